"""Content that one recipient alone can open, with a label in the open that nobody can change.

HPKE (RFC 9180, base mode) of the `cryptography` library, which is installed already: X25519, HKDF-SHA256,
ChaCha20-Poly1305. PyNaCl's SealedBox would do for the secrecy, but it authenticates no associated data, so that the
label would need a scheme of our own. The label goes into HPKE's `info`, where RFC 9180 (section 8.1) has applications
put it that seal one message at a time.

Base mode says nothing of who sealed: anyone can seal for a recipient. That an envelope comes from the data server is
what the connection to it shows. Who gets hold of the recipient's key reads all envelopes sealed for it, old ones too.
"""

import base64
import binascii
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from oracle.errors import InputError, SettingsError, WriteFailed
from oracle.records.canonical import canonical

VERSION = 1
SUITE = "DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305"
KEY_BYTES = 32
MOST_BYTES = 8 * 1024 * 1024  # of content
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_MOST_KEY_FILE_BYTES = 1024


class SealFailed(InputError):
    """Content cannot be sealed, or an envelope cannot be opened."""


@dataclass(frozen=True)
class Label:
    """What an envelope says of its content."""

    plan: bytes  # id of the plan by which it is shared, 32 bytes
    record: str
    fields: tuple[str, ...]
    deidentified: bool

    def as_json(self) -> dict[str, Any]:
        """As the envelope shows it."""
        return {
            "plan": "0x" + self.plan.hex(),
            "record": self.record,
            "fields": list(self.fields),
            "deidentified": self.deidentified,
        }


def seal(content: bytes, label: Label, recipient: bytes) -> dict[str, Any]:
    """An envelope, as a JSON document.

    Args:
        content: At most `MOST_BYTES`.
        label: What it is.
        recipient: An X25519 public key, 32 bytes.

    Raises:
        SealFailed: the content is too large, or the key is none.
    """
    if len(content) > MOST_BYTES:
        raise SealFailed(f"{len(content)} bytes are more than an envelope holds, {MOST_BYTES}; ask for fewer fields")
    head = {"version": VERSION, "suite": SUITE, "recipient": "0x" + recipient.hex(), **label.as_json()}
    try:
        sealed = _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(recipient), info=canonical(head))
    except ValueError:
        raise SealFailed(f"0x{recipient.hex()} is no X25519 public key; give one of 32 bytes") from None
    return {**head, "sealed": base64.b64encode(sealed).decode()}


def open_sealed(envelope: object, label: Label, key: X25519PrivateKey) -> bytes:
    """The content of an envelope that must be what the label says.

    Raises:
        SealFailed: it is of another version or label, is sealed for another key, or was changed.
    """
    if not isinstance(envelope, dict):
        raise SealFailed("the envelope is no JSON object; give it as the data server sent it")
    head = {"version": VERSION, "suite": SUITE, "recipient": "0x" + public_key(key).hex(), **label.as_json()}
    for name, expected in head.items():
        found = envelope.get(name)
        if type(found) is not type(expected) or found != expected:
            raise SealFailed(f"the envelope's {name} is {_shown(found)}, and not {_shown(expected)} as was asked for")
    sealed = envelope.get("sealed")
    if not isinstance(sealed, str) or len(sealed) > 2 * MOST_BYTES:
        raise SealFailed("the envelope has no content in 'sealed'; give it as the data server sent it")
    try:
        return _SUITE.decrypt(base64.b64decode(sealed, validate=True), key, info=canonical(head))
    except (InvalidTag, binascii.Error, ValueError):
        raise SealFailed("the envelope was changed after it was sealed; ask for it again") from None


def public_key(key: X25519PrivateKey) -> bytes:
    """The public half of a key, 32 bytes."""
    return key.public_key().public_bytes_raw()


def new_key_file(path: Path) -> bytes:
    """Make a key pair; the private key goes into a new file, which its owner alone may read.

    Returns:
        The public key, 32 bytes.

    Raises:
        SettingsError: the file is there already; no key is ever written over.
        WriteFailed: it cannot be written.
    """
    key = X25519PrivateKey.generate()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key.private_bytes_raw().hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise SettingsError(
            f"key file {path} is there already, and a key is not written over: give a new one"
        ) from None
    except OSError as error:
        raise WriteFailed(f"key file {path} cannot be written: {error.strerror or error}; give another") from error
    return public_key(key)


def load_key_file(path: Path) -> X25519PrivateKey:
    """The key of a file that `new_key_file` wrote.

    Raises:
        SettingsError: the file is unreadable, open to others, or holds no key. The message never holds file content.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SettingsError(f"key file {path} is open to other users: run `chmod 600 {path}`")
            raw = file.read(_MOST_KEY_FILE_BYTES)
    except OSError as error:
        raise SettingsError(
            f"key file {path} cannot be read: {type(error).__name__}; give the path of a key file"
        ) from None
    try:
        return X25519PrivateKey.from_private_bytes(bytes.fromhex(raw.decode("ascii").strip().removeprefix("0x")))
    except ValueError:
        raise SettingsError(
            f"key file {path} holds no key to open records: it must be {2 * KEY_BYTES} hexadecimal digits"
        ) from None


def _shown(value: object) -> str:
    return ascii(value)[:80]
