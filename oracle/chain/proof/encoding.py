"""RLP and Keccak of a block's parts. Both are on the path of every block: the general library takes thrice as long."""

from collections.abc import Sequence

from sha3 import keccak_256

# Bytes, or a list of such.
Item = bytes | Sequence["Item"]


def keccak(content: bytes) -> bytes:
    """Keccak-256; 32 bytes."""
    return bytes(keccak_256(content).digest())


def encode_rlp(item: Item) -> bytes:
    """RLP (yellow paper, appendix B) of bytes and lists of them, nested."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(len(item), 0x80) + item
    content = b"".join(map(encode_rlp, item))
    return _prefix(len(content), 0xC0) + content


def _prefix(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes((offset + length,))
    size = integer_bytes(length)
    return bytes((offset + 55 + len(size),)) + size


def integer_bytes(number: int) -> bytes:
    """A number as RLP has it: big-endian, without leading zeros."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
