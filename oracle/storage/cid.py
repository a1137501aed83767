"""Content identifiers of files, computed here, so that a reader need not believe the node that serves the bytes.

CIDv1 in base32 over UnixFS, in the layout that the holders' nodes write: raw leaves of 1 MiB, and above one leaf a
dag-pb node that links up to 1 024 of them. So it covers files up to 1 GiB. Formats: the IPLD specification of dag-pb,
and `unixfs.proto` of the UnixFS specification.
"""

import base64
import hashlib
from dataclasses import dataclass

from oracle.errors import InputError

RAW, DAG_PB = 0x55, 0x70
LEAF_BYTES = 1 << 20
_MOST_LEAVES = 1_024
MOST_BYTES = LEAF_BYTES * _MOST_LEAVES
_SHA2_256, _DIGEST_BYTES = 0x12, 32
_UNIXFS_FILE = 2


@dataclass(frozen=True)
class Cid:
    """A CIDv1 with a SHA-256 digest."""

    codec: int  # RAW or DAG_PB
    digest: bytes  # 32 bytes

    @property
    def binary(self) -> bytes:
        """Version, codec, and multihash."""
        return bytes([1, self.codec, _SHA2_256, _DIGEST_BYTES]) + self.digest

    def __str__(self) -> str:
        return "b" + base64.b32encode(self.binary).decode().rstrip("=").lower()


def parse_cid(text: str) -> Cid:
    """A CID from its text.

    Raises:
        InputError: it is no CIDv1 in base32 with a SHA-256 digest.
    """
    try:
        binary = base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8))
    except ValueError:
        binary = b""
    found = Cid(binary[1], binary[4:]) if len(binary) == 4 + _DIGEST_BYTES else None
    if found is None or found.codec not in {RAW, DAG_PB} or str(found) != text:
        raise InputError(f"{text[:80]} is no CID of this network: give a CIDv1 in base32, such as bafkrei… or bafybei…")
    return found


def cid_of(content: bytes) -> Cid:
    """The CID of a file.

    Raises:
        InputError: it is empty or too large.
    """
    if not 0 < len(content) <= MOST_BYTES:
        raise InputError(f"a file of {len(content)} bytes cannot be kept: give one of 1 to {MOST_BYTES} bytes")
    pieces = [content[at : at + LEAF_BYTES] for at in range(0, len(content), LEAF_BYTES)]
    leaves = [Cid(RAW, hashlib.sha256(piece).digest()) for piece in pieces]
    if len(leaves) == 1:
        return leaves[0]
    links = b"".join(
        _field(2, _field(1, leaf.binary) + _field(2, b"") + _number(3, len(piece)))
        for leaf, piece in zip(leaves, pieces, strict=True)
    )
    data = _number(1, _UNIXFS_FILE) + _number(3, len(content)) + b"".join(_number(4, len(piece)) for piece in pieces)
    return Cid(DAG_PB, hashlib.sha256(links + _field(1, data)).digest())


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes, in protocol buffers."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    """A field of an integer."""
    return bytes([number << 3]) + _varint(value)
