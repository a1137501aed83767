"""Encrypted keystores: which are opened, and what is said of the others."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from oracle.chain.keys import load_keystore
from oracle.chain.keystore import NotAKeystore, check_keystore
from oracle.errors import SettingsError

_KEY = bytes.fromhex("42" * 32)
_ADDRESS = Account.from_key(_KEY).address
_PASSWORD = "correct horse"
_STORE: dict[str, Any] = Account.encrypt(_KEY, _PASSWORD, kdf="pbkdf2", iterations=2)
_SCRYPT: dict[str, Any] = Account.encrypt(_KEY, _PASSWORD, kdf="scrypt", iterations=2)


def _file(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "store.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    path.chmod(0o600)
    return path


def _crypto(store: dict[str, Any] = _STORE, **changed: object) -> dict[str, Any]:
    return store | {"crypto": store["crypto"] | changed}


def _derived(store: dict[str, Any], **changed: object) -> dict[str, Any]:
    return _crypto(store, kdfparams=store["crypto"]["kdfparams"] | changed)


@pytest.mark.parametrize(
    "content",
    [
        _STORE,
        _SCRYPT,
        {name.capitalize(): value for name, value in _STORE.items()},  # as old wallets write Crypto
        {name.upper(): value for name, value in _STORE.items()},
        _STORE | {"address": "0x" + _STORE["address"].lower()},
        _STORE | {"address": None},
        _STORE | {"address": ""},
        {name: value for name, value in _STORE.items() if name != "address"},
        b"\xef\xbb\xbf" + json.dumps(_STORE).encode(),
    ],
)
def test_opens_a_keystore_with_its_password_only(tmp_path: Path, content: object) -> None:
    path = _file(tmp_path, content)
    assert load_keystore(path, _PASSWORD).address == _ADDRESS
    with pytest.raises(SettingsError, match="cannot be opened: wrong password"):
        load_keystore(path, "wrong")
    with pytest.raises(SettingsError, match="CATALYST_KEYSTORE_PASSWORD"):
        load_keystore(path, None)


def test_a_key_written_without_its_leading_zeros_is_padded_as_go_ethereum_does(tmp_path: Path) -> None:
    short = bytes.fromhex("43" * 31)
    path = _file(tmp_path, Account.encrypt(b"\0" + short, _PASSWORD, iterations=2))
    whole = load_keystore(path, _PASSWORD)
    path = _file(tmp_path, _sealed(short))
    assert load_keystore(path, _PASSWORD).key == whole.key == b"\0" + short


def _sealed(key: bytes) -> dict[str, Any]:
    """The keystore with another key of any length in it, as go-ethereum once wrote short ones; it claims no address."""
    crypto = _STORE["crypto"]
    stream = bytes(a ^ b for a, b in zip(bytes.fromhex(crypto["ciphertext"]), _KEY, strict=True))
    ciphertext = bytes(a ^ b for a, b in zip(stream, key, strict=False))
    salt, rounds = bytes.fromhex(crypto["kdfparams"]["salt"]), crypto["kdfparams"]["c"]
    derived = hashlib.pbkdf2_hmac("sha256", _PASSWORD.encode(), salt, rounds, 32)
    return _crypto(ciphertext=ciphertext.hex(), mac=keccak(derived[16:] + ciphertext).hex()) | {"address": None}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_STORE | {"version": "1"}, "a version 1 keystore; convert it"),
        (_STORE | {"version": 1}, "a version 1 keystore; convert it"),
        (_STORE | {"version": 2}, "a version 2 keystore; convert it"),
        (_STORE | {"version": 4}, "a version 4 keystore, which holds a validator's key"),
        (_STORE | {"version": True}, "a version unknown keystore; convert it"),
        (_STORE | {"version": None}, "no keystore: it has no field 'version'"),
        (_crypto(cipher="aes-128-cbc"), "encrypted by cipher 'aes-128-cbc'; only aes-128-ctr is read"),
        (_crypto(cipher=None), "encrypted by cipher 'None'"),
        (_crypto(kdf="argon2"), "no keystore: its 'kdf' is neither scrypt nor pbkdf2"),
        (_crypto(mac="00"), "no keystore: its 'mac' is not 32 bytes in hexadecimal"),
        (_crypto(ciphertext="11" * 33), "no keystore: its 'ciphertext' is not 1 to 32 bytes in hexadecimal"),
        (_crypto(ciphertext=""), "no keystore: its 'ciphertext' is not 1 to 32 bytes"),
        (_crypto(cipherparams={"iv": "00" * 15}), "no keystore: its 'iv' is not 16 bytes"),
        (_crypto(cipherparams=None), "no keystore: it has no object 'cipherparams'"),
        (_derived(_STORE, c=10_000_001), "encrypted with more than 10000000 rounds of pbkdf2"),
        (_derived(_STORE, c=0), "no keystore: its parameter 'c' is no number"),
        (_derived(_STORE, prf="hmac-md5"), "no keystore: its pbkdf2 parameter 'prf' is not hmac-sha256"),
        (_derived(_STORE, dklen=2**31), "no keystore: its dklen is not 32"),
        (_derived(_STORE, salt="zz"), "no keystore: its 'salt' is not"),
        (_derived(_SCRYPT, n=2**31), "encrypted with scrypt parameters n = 2147483648, r = 8, p = 1"),
        (_derived(_SCRYPT, n=2**19), "take more than 256 MiB"),
        (_derived(_SCRYPT, r=2**31), "encrypted with scrypt parameters"),
        (_derived(_SCRYPT, p=2**31), "encrypted with scrypt parameters"),
        (_derived(_SCRYPT, n=2, r=1, p=2**22), "encrypted with scrypt parameters n = 2, r = 1, p = 4194304"),
        (_derived(_SCRYPT, n=3), "'n' is no power of two"),
        (_derived(_SCRYPT, n="262144"), "no keystore: its parameter 'n' is no number"),
        ({"version": 3, "crypto": None}, "no keystore: it has no object 'crypto'"),
        ({}, "no keystore: it has no field 'version'"),
        (7, "no keystore: its JSON is no object"),
        ([1, 2], "no keystore: its JSON is no object"),
        (None, "no keystore: its JSON is no object"),
        (b"", "no keystore: it is not JSON"),
        (b"0x" + _KEY.hex().encode(), "no keystore: it is not JSON"),
        (b"[" * 16_000, "no keystore: it is not JSON"),
        (_STORE | {"address": "0x1234"}, "no keystore: its 'address' is no address"),
        (json.dumps(_STORE).encode("utf-16"), "is not UTF-8 text"),
    ],
)
def test_what_cannot_be_opened_is_called_what_it_is_before_a_password_is_asked(
    tmp_path: Path, content: object, said: str
) -> None:
    for password in (_PASSWORD, None):
        with pytest.raises(SettingsError) as caught:
            load_keystore(_file(tmp_path, content), password)
        assert said in str(caught.value)
        assert "wrong password" not in str(caught.value)
        assert _KEY.hex() not in str(caught.value)


def test_what_go_ethereum_writes_is_within_the_bounds() -> None:
    assert check_keystore(json.dumps(_derived(_SCRYPT, n=262_144)).encode()) == _ADDRESS[2:].lower()
    assert check_keystore(json.dumps(_derived(_SCRYPT, n=262_144, r=1, p=8)).encode()) == _ADDRESS[2:].lower()


def test_an_address_that_disagrees_with_the_key_is_refused_and_both_are_named(tmp_path: Path) -> None:
    path = _file(tmp_path, _STORE | {"address": "22" * 20})
    with pytest.raises(SettingsError, match=f"says address 0x{'22' * 20}, but its key is that of {_ADDRESS}"):
        load_keystore(path, _PASSWORD)


def test_a_number_that_is_no_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="holds no private key of an account"):
        load_keystore(_file(tmp_path, _sealed(bytes(32))), _PASSWORD)


_ANY: st.SearchStrategy[object] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.just([])
    | st.just({})
)


@given(
    outer=st.sampled_from(["version", "crypto", "address", "id"]),
    inner=st.sampled_from(["cipher", "cipherparams", "ciphertext", "kdf", "kdfparams", "mac"]),
    parameter=st.sampled_from(["n", "r", "p", "dklen", "salt"]),
    level=st.integers(0, 2),
    value=_ANY,
)
def test_whatever_a_field_holds_the_file_is_checked_or_refused_in_words(
    outer: str, inner: str, parameter: str, level: int, value: object
) -> None:
    changed = (_SCRYPT | {outer: value}, _crypto(_SCRYPT, **{inner: value}), _derived(_SCRYPT, **{parameter: value}))
    content = json.dumps(changed[level]).encode()
    try:
        check_keystore(content)
    except NotAKeystore as error:
        assert str(error).isprintable()
        assert len(str(error)) < 250
