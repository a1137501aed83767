"""The body of a mined block: which transactions it includes, by number; twin of `contracts/libraries/BlockBody.sol`."""

from collections.abc import Collection

import numpy as np

_HEADER_BYTES = 8


def encode_body(numbers: Collection[int]) -> bytes:
    """The first number in 8 bytes, big-endian, then a bitmap from it, lowest bit first; 8 zero bytes if none."""
    if not numbers:
        return bytes(_HEADER_BYTES)
    first = min(numbers)
    bits = np.zeros(max(numbers) - first + 1, dtype=np.uint8)
    bits[np.fromiter(numbers, dtype=np.int64, count=len(numbers)) - first] = 1
    return first.to_bytes(_HEADER_BYTES, "big") + np.packbits(bits, bitorder="little").tobytes()


def decode_body(body: bytes) -> list[int]:
    """The numbers of a body, ascending.

    Raises:
        ValueError: it is shorter than its header.
    """
    if len(body) < _HEADER_BYTES:
        raise ValueError(f"a body has at least {_HEADER_BYTES} bytes, this one {len(body)}")
    first = int.from_bytes(body[:_HEADER_BYTES], "big")
    bits = np.unpackbits(np.frombuffer(body, dtype=np.uint8, offset=_HEADER_BYTES), bitorder="little")
    return [first + int(i) for i in np.flatnonzero(bits)]
