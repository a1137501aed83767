"""Encrypts a file before it leaves the machine, so that holders keep what they cannot read.

A file gets a key of its own, which is wrapped for its owner by HPKE (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305).
Its bytes are sealed in chunks by ChaCha20-Poly1305 in the manner of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015):

    header  = magic (8) ‖ chunk bytes (4) ‖ content bytes (8) ‖ length of the wrapped key (2) ‖ wrapped key
    chunk i = ChaCha20-Poly1305(key, nonce = i as 12 bytes, chunk, associated data = SHA-256(header) ‖ i ‖ whether last)

A key seals one file once, so that no nonce is used twice with it. The associated data binds a chunk to its file and
place: what was changed, moved, repeated, cut off or taken from another file does not open. What a holder learns is the
size, and who may open it is not told.
"""

import hashlib
import secrets
import struct
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from oracle.errors import InputError

MAGIC = b"CATSEAL1"
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
MOST_BYTES = 2**34  # of content, which is sealed in memory
_MOST_CHUNK_BYTES = 2**24
_KEY_BYTES = 32
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_HEAD = struct.Struct(">8sIQH")
_MOST_WRAPPED_BYTES = 1024
_INFO = b"catalyst storage: key of a file, format 1"


class SealBroken(InputError):
    """A sealed file is none, was changed, or is sealed for another."""


def sealed_file(content: bytes, owner: bytes) -> bytes:
    """A file as its holders are to keep it; no two are alike, even of the same content.

    Args:
        content: At most `MOST_BYTES`.
        owner: An X25519 public key, 32 bytes.

    Raises:
        InputError: it is too large, or the key is none.
    """
    if len(content) > MOST_BYTES:
        raise InputError(f"{len(content)} bytes are more than can be sealed at a time, {MOST_BYTES}: divide the file")
    key = secrets.token_bytes(_KEY_BYTES)
    try:
        wrapped = _SUITE.encrypt(key, X25519PublicKey.from_public_bytes(owner), info=_INFO)
    except ValueError:
        raise InputError("the owner's key is no X25519 public key: give one of 32 bytes") from None
    header = _HEAD.pack(MAGIC, CHUNK_BYTES, len(content), len(wrapped)) + wrapped
    cipher, digest = ChaCha20Poly1305(key), hashlib.sha256(header).digest()
    chunks = [
        cipher.encrypt(_nonce(index), content[start:end], _bound(digest, index, is_last=is_last))
        for index, start, end, is_last in _cut(len(content), CHUNK_BYTES)
    ]
    return b"".join([header, *chunks])


def opened_file(sealed: bytes, key: X25519PrivateKey) -> bytes:
    """The content of a sealed file, whole or not at all.

    Raises:
        SealBroken: it is no sealed file, was changed, or is sealed for another key.
    """
    if len(sealed) < _HEAD.size:
        raise SealBroken("this is no sealed file: it is shorter than the header of one")
    magic, chunk_bytes, size, wrapped_bytes = _HEAD.unpack_from(sealed)
    body = _HEAD.size + wrapped_bytes
    if magic != MAGIC or not 0 < chunk_bytes <= _MOST_CHUNK_BYTES or wrapped_bytes > _MOST_WRAPPED_BYTES:
        raise SealBroken("this is no sealed file of a format that is known: give the bytes as they were sealed")
    pieces = max(-(-size // chunk_bytes), 1)
    if len(sealed) != body + size + TAG_BYTES * pieces:
        raise SealBroken("the sealed file is not as long as its header says: fetch it again from another holder")
    try:
        cipher = ChaCha20Poly1305(_SUITE.decrypt(sealed[_HEAD.size : body], key, info=_INFO))
    except (InvalidTag, ValueError):
        raise SealBroken("the sealed file is for another key, or its header was changed") from None
    digest, content = hashlib.sha256(sealed[:body]).digest(), []
    for index, start, end, is_last in _cut(size, chunk_bytes):
        at = body + start + TAG_BYTES * index
        chunk = sealed[at : at + end - start + TAG_BYTES]
        try:
            content.append(cipher.decrypt(_nonce(index), chunk, _bound(digest, index, is_last=is_last)))
        except InvalidTag:
            raise SealBroken(f"chunk {index} was changed, or is of another place: fetch the file again") from None
    return b"".join(content)


def is_sealed(content: bytes) -> bool:
    """Whether bytes begin as a sealed file does."""
    return content.startswith(MAGIC)


def _cut(size: int, chunk_bytes: int) -> Iterator[tuple[int, int, int, bool]]:
    """Number, start and end of each chunk, and whether it is the last; an empty file has an empty one."""
    count = max(-(-size // chunk_bytes), 1)
    for index in range(count):
        yield index, index * chunk_bytes, min((index + 1) * chunk_bytes, size), index == count - 1


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")


def _bound(digest: bytes, index: int, *, is_last: bool) -> bytes:
    return digest + index.to_bytes(8, "big") + bytes([is_last])
