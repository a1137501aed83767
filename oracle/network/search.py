"""The search of nonces: keccak256 over four words until one is below 2^256 / p."""

from collections.abc import Iterable

from sha3 import keccak_256


def search(prefix: bytes, difficulty: int, nonces: Iterable[int]) -> int | None:
    """The first of `nonces` whose hash meets p; None where none does.

    Args:
        prefix: challenge || n || body, three words of 32 bytes (`formulas.pow.block_hash`).
        difficulty: p, expected hashes.
        nonces: What to try, in order.
    """
    # hash * p < 2^256 for integers is hash <= (2^256 - 1) // p.
    most = ((1 << 256) - 1) // difficulty
    for nonce in nonces:
        if int.from_bytes(keccak_256(prefix + nonce.to_bytes(32, "big")).digest(), "big") <= most:
            return nonce
    return None


def work_prefix(challenge: bytes, node: int, body_hash: bytes) -> bytes:
    """What the nonce is appended to."""
    return challenge + node.to_bytes(32, "big") + body_hash
