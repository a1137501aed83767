"""Sealed envelopes and the files of their keys."""

import base64
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from oracle.errors import SettingsError
from oracle.records.sealed import (
    MOST_BYTES,
    Label,
    SealFailed,
    load_key_file,
    new_key_file,
    open_sealed,
    public_key,
    seal,
)

LABEL = Label(bytes(range(32)), "r-1", ("diagnoses", "medication"), True)
KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def envelope() -> dict[str, Any]:
    return seal(b"secret", LABEL, public_key(KEY))


def test_the_recipient_opens_what_was_sealed(envelope: dict[str, Any]) -> None:
    assert open_sealed(envelope, LABEL, KEY) == b"secret"
    assert envelope["version"] == 1
    assert b"secret" not in base64.b64decode(envelope["sealed"])
    assert seal(b"secret", LABEL, public_key(KEY)) != envelope


def test_no_other_key_opens_it(envelope: dict[str, Any]) -> None:
    other = X25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(SealFailed, match="recipient"):
        open_sealed(envelope, LABEL, other)
    with pytest.raises(SealFailed, match="changed"):
        open_sealed({**envelope, "recipient": "0x" + public_key(other).hex()}, LABEL, other)


@pytest.mark.parametrize(
    "change",
    [{"plan": bytes(32)}, {"record": "r-2"}, {"fields": ("diagnoses",)}, {"deidentified": False}],
    ids=lambda change: next(iter(change)),
)
def test_a_label_cannot_be_changed(envelope: dict[str, Any], change: dict[str, Any]) -> None:
    other = replace(LABEL, **change)
    with pytest.raises(SealFailed, match="as was asked for"):
        open_sealed(envelope, other, KEY)
    with pytest.raises(SealFailed, match="changed after it was sealed"):
        open_sealed({**envelope, **other.as_json()}, other, KEY)


@pytest.mark.parametrize("name", ["version", "suite"])
def test_other_versions_and_suites_are_refused(envelope: dict[str, Any], name: str) -> None:
    with pytest.raises(SealFailed, match=f"the envelope's {name} is"):
        open_sealed({**envelope, name: 2}, LABEL, KEY)
    with pytest.raises(SealFailed, match="version"):
        open_sealed({**envelope, "version": True}, LABEL, KEY)


def test_each_changed_octet_is_found(envelope: dict[str, Any]) -> None:
    octets = base64.b64decode(envelope["sealed"])
    for at in range(len(octets)):
        changed = octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]
        with pytest.raises(SealFailed):
            open_sealed({**envelope, "sealed": base64.b64encode(changed).decode()}, LABEL, KEY)


@pytest.mark.parametrize("broken", [None, [], {}, "no base 64!", "", 7])
def test_what_is_no_envelope_is_refused(envelope: dict[str, Any], broken: object) -> None:
    with pytest.raises(SealFailed):
        open_sealed(broken, LABEL, KEY)
    with pytest.raises(SealFailed):
        open_sealed({**envelope, "sealed": broken}, LABEL, KEY)


def test_too_much_is_not_sealed() -> None:
    with pytest.raises(SealFailed, match="more than an envelope holds"):
        seal(bytes(MOST_BYTES + 1), LABEL, public_key(KEY))


# Keys


def test_a_new_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    before = os.umask(0)
    try:
        public = new_key_file(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_key(load_key_file(path)) == public
    with pytest.raises(SettingsError, match="not written over"):
        new_key_file(path)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    new_key_file(path)
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_key_file(path)


@pytest.mark.parametrize("content", [b"", b"11" * 31, b"\xff\xfe", b"zz" * 32])
def test_what_holds_no_key_is_refused_without_its_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="64 hexadecimal digits") as error:
        load_key_file(path)
    assert "11111" not in str(error.value)
    with pytest.raises(SettingsError, match="cannot be read"):
        load_key_file(tmp_path / "none")
