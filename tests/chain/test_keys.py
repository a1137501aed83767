from pathlib import Path

import pytest
from eth_account import Account

from oracle.chain.keys import key_of_variable, load_key_file
from oracle.errors import SettingsError

KEY = "0x" + "42" * 32
ADDRESS = Account.from_key(KEY).address


def _private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_reads_a_key_file_with_and_without_prefix(tmp_path: Path) -> None:
    assert load_key_file(_private(tmp_path / "a", KEY + "\n")).address == ADDRESS
    assert load_key_file(_private(tmp_path / "b", KEY[2:])).address == ADDRESS


def test_refuses_a_key_file_that_others_can_read(tmp_path: Path) -> None:
    path = _private(tmp_path / "key", KEY)
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_key_file(path)


@pytest.mark.parametrize(
    "text", ["", "0x1234", "zz" * 32, KEY + "00", "0x" + "00" * 32, "42 " * 32, "42" * 16 + "\n" + "42" * 16, "ff" * 32]
)
def test_what_is_no_key_is_refused_and_not_quoted(tmp_path: Path, text: str) -> None:
    path = _private(tmp_path / "key", text)
    with pytest.raises(SettingsError, match="holds no private key") as caught:
        load_key_file(path)
    assert not text or text not in str(caught.value)
    with pytest.raises(SettingsError, match="environment variable CATALYST_X holds no private key: it must") as caught:
        key_of_variable(text, "CATALYST_X")
    assert not text or text not in str(caught.value)


def test_reads_a_key_of_a_variable_as_that_of_a_file() -> None:
    assert key_of_variable(KEY, "CATALYST_X").address == ADDRESS
    assert key_of_variable(f" {KEY[2:]}\n", "CATALYST_X").address == ADDRESS


def test_names_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        load_key_file(tmp_path / "nowhere")


def test_a_key_file_with_a_byte_order_mark_is_read_and_other_encodings_are_named(tmp_path: Path) -> None:
    assert load_key_file(_private(tmp_path / "a", "\ufeff" + KEY)).address == ADDRESS
    path = _private(tmp_path / "b", "")
    path.write_bytes(KEY.encode("utf-16"))
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        load_key_file(path)
