"""Keystores of other wallets, from the shared cases beside the repository: opened, or refused for what they are."""

import shutil
from pathlib import Path

import pytest

from oracle.chain.keys import load_keystore
from oracle.errors import SettingsError
from tests.conftest import ROOT

_CASES = ROOT.parent / "shared" / "cases" / "keystores"
_PASSWORDS = {"geth-v1.json": "g", "geth-31-byte.json": "foo"}
_ADDRESS = "0x718faE2E5c6Ba915a210B7f6e85246dB915b9C03"
_OPENED = {
    "bom.json": _ADDRESS,
    "Crypto-upper.json": _ADDRESS,
    "geth-31-byte.json": "0xd1E64E5480bFaf733Ba7D48712DEcb8227797a4e",
}
_REFUSED = {
    "geth-v1.json": "is a version 1 keystore; convert it",
    "v2.json": "is a version 2 keystore; convert it",
    "v3-cbc.json": "is encrypted by cipher 'aes-128-cbc'",
    "wrong-address.json": f"says address 0x{'22' * 20}, but its key is that of {_ADDRESS}",
    # As dear to open as what go-ethereum writes, which must open; its password does not fit.
    "huge-n.json": "cannot be opened: wrong password",
    "null-crypto.json": "is no keystore: it has no object 'crypto'",
    "number.json": "is no keystore: its JSON is no object",
    "list.json": "is no keystore: its JSON is no object",
}

pytestmark = pytest.mark.skipif(not _CASES.is_dir(), reason="the shared cases are not beside the repository")


def _private(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    shutil.copyfile(_CASES / name, path)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("name", _OPENED)
def test_is_opened_as_its_own_key(tmp_path: Path, name: str) -> None:
    assert load_keystore(_private(tmp_path, name), _PASSWORDS.get(name, "happy")).address == _OPENED[name]


@pytest.mark.parametrize("name", _REFUSED)
def test_is_refused_for_what_it_is(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=_REFUSED[name]):
        load_keystore(_private(tmp_path, name), _PASSWORDS.get(name, "happy"))


def test_no_case_is_left_out() -> None:
    assert {path.name for path in _CASES.iterdir()} <= set(_OPENED) | set(_REFUSED)
