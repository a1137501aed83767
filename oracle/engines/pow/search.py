"""The search of nonces: keccak256 over four words until one is below 2^256 / p."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sha3 import keccak_256

from oracle.formulas.snapshot import NOTHING_SHOWN, OpeningPhi


@dataclass(frozen=True)
class Target:
    """What a node searches: the body of its block, the prefix of its hashes, and p of the round's opening."""

    round: int
    body: bytes
    prefix: bytes
    difficulty: int
    opening: OpeningPhi = NOTHING_SHOWN  # what is submitted with the body


@dataclass(frozen=True)
class Find:
    """A nonce that meets p."""

    node: int
    target: Target
    nonce: int
    time_seconds: float


def search(prefix: bytes, difficulty: int, nonces: Iterable[int]) -> int | None:
    """The first of `nonces` whose hash meets p; None where none does.

    Args:
        prefix: challenge || n || body, three words of 32 bytes (`formulas.pow.block_hash`).
        difficulty: p, expected hashes.
        nonces: What to try, in order.
    """
    most = _most(difficulty)
    return next((nonce for nonce in nonces if _work(prefix, nonce) <= most), None)


def work_prefix(challenge: bytes, node: int, body_hash: bytes) -> bytes:
    """What the nonce is appended to."""
    return challenge + node.to_bytes(32, "big") + body_hash


def search_slice(prefixes: Sequence[bytes], difficulty: int, first: int, count: int) -> tuple[int, int] | None:
    """Try `count` nonces from `first` on, one prefix after the other in turn.

    Returns:
        Position of the prefix and the nonce that meet p; None where none does.
    """
    most = _most(difficulty)
    for i in range(count):
        position = i % len(prefixes)
        if _work(prefixes[position], first + i) <= most:
            return position, first + i
    return None


def _most(difficulty: int) -> int:
    """The greatest hash that meets p: hash * p < 2^256 for integers is hash <= (2^256 - 1) // p."""
    return ((1 << 256) - 1) // difficulty


def _work(prefix: bytes, nonce: int) -> int:
    return int.from_bytes(keccak_256(prefix + nonce.to_bytes(32, "big")).digest(), "big")
