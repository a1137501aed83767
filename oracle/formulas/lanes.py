"""Codec of phi lanes; twin of `contracts/libraries/PhiLanes.sol`.

A lane q is a signed 16-bit integer that stands for phi = q / 2**15, in [-1, 1).
Sixteen lanes make a 256-bit word: lane n at bits 16*(n mod 16) of word n // 16.
"""

from collections.abc import Sequence

from eth_hash.auto import keccak

LANES_PER_WORD = 16
UNITS_PER_ONE = 1 << 15
WAD = 10**18
WAD_PER_UNIT = WAD // UNITS_PER_ONE  # 30517578125000, exact
MIN_LANE = -(1 << 15)
MAX_LANE = (1 << 15) - 1


def word_count(node_count: int) -> int:
    """Words that hold `node_count` lanes, rounded up."""
    return -(-node_count // LANES_PER_WORD)


def pack(lanes: Sequence[int]) -> list[int]:
    """Words of `lanes`, unused lanes 0.

    Raises:
        ValueError: a lane does not fit 16 bits; names its node.
    """
    words = [0] * word_count(len(lanes))
    for node, lane in enumerate(lanes):
        if not MIN_LANE <= lane <= MAX_LANE:
            raise ValueError(f"phi of node {node} is {lane} lane units, outside [{MIN_LANE}, {MAX_LANE}]")
        words[node // LANES_PER_WORD] |= (lane & 0xFFFF) << (16 * (node % LANES_PER_WORD))
    return words


def unpack(words: Sequence[int], node_count: int) -> list[int]:
    """The first `node_count` lanes of `words`, sign-extended."""
    return [lane_of(words, node) for node in range(node_count)]


def lane_of(words: Sequence[int], node: int) -> int:
    """The lane of `node`, sign-extended."""
    bits = (words[node // LANES_PER_WORD] >> (16 * (node % LANES_PER_WORD))) & 0xFFFF
    return bits - 0x10000 if bits & 0x8000 else bits


def word_bytes(words: Sequence[int]) -> bytes:
    """The words one after the other, 32 bytes each, big-endian; phiHash is the hash of these bytes."""
    return b"".join(word.to_bytes(32, "big") for word in words)


def phi_hash(words: Sequence[int]) -> bytes:
    """PhiHash = keccak256 of the words."""
    return bytes(keccak(word_bytes(words)))


def lane_to_wad(lane: int) -> int:
    """Phi of a lane in WAD, exact."""
    return lane * WAD_PER_UNIT


def halve(lane: int, times: int) -> int:
    """A lane divided by 2**times, toward zero, as `relax()` does."""
    magnitude = abs(lane) >> times
    return magnitude if lane >= 0 else -magnitude
