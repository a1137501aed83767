"""Which target interval T rounds or blocks can hold on a chain whose own blocks are b seconds apart.

ASERT multiplies d by 2^((T * blocks - seconds) / half-life). If blocks come every b seconds whatever d is, then seconds
= b * blocks, and d changes by the factor 2^((T / b - 1) / half-life) each second: without end, unless b = T.

A ledger's rounds are won by hashing, one after the other. A win enters the chain with one of its blocks, at most one
win per timestamp. Let blocks of a round be found at random, every m seconds on average at the difficulty p in force. A
chain block then wins a round with probability 1 - exp(-b / m), independently of the last, since search has no memory.
So a round takes

    T = b / (1 - exp(-b / m)) seconds on average, and m = -b / ln(1 - b / T) holds T if T > b.

As T falls towards b, m falls to 0 and p with it; at T <= b no p holds T, and d drifts as above. Even before that, finds
are lost: a round uses one of T / m finds.
"""

import math

# Below it, over 28 % of finds are lost, and a phi of 0.5 makes rounds less than 1.36 times as fast, in place of 1.65.
LEAST_BLOCKS_A_ROUND = 2.0
_MOST_BITS = 256  # of d


def held_interval_seconds(find_seconds: float, block_seconds: float) -> float:
    """Mean time T of a round, for finds every `find_seconds` on average and chain blocks `block_seconds` apart."""
    return block_seconds / -math.expm1(-block_seconds / find_seconds)


def find_seconds_to_hold(interval_seconds: float, block_seconds: float) -> float:
    """Mean time of a find m that makes a round take `interval_seconds`: p over the hash rate.

    Raises:
        ValueError: there is none, since a round takes at least one block.
    """
    if interval_seconds <= block_seconds:
        raise ValueError(f"no find is quick enough: a round takes at least a block, {block_seconds} s")
    return -block_seconds / math.log1p(-block_seconds / interval_seconds)


def lost_finds_share(interval_seconds: float, block_seconds: float) -> float:
    """Share of finds that are too late for their round, since another find in the same block won it."""
    find_seconds = find_seconds_to_hold(interval_seconds, block_seconds)
    return 1 - find_seconds / interval_seconds


def doublings_a_second(interval_seconds: float, block_seconds: float, half_life_seconds: float) -> float:
    """By how many powers of two d changes each second, if blocks come every `block_seconds` whatever d is."""
    return (interval_seconds / block_seconds - 1) / half_life_seconds


def seconds_to_saturation(
    interval_seconds: float, block_seconds: float, half_life_seconds: float, *, hashes_per_block: int, nodes: int
) -> float:
    """Seconds until p is 1 hash, or d fills its 256 bits, if blocks come every `block_seconds` whatever d is.

    Infinite if they come every `interval_seconds`.
    """
    rate = doublings_a_second(interval_seconds, block_seconds, half_life_seconds)
    if rate == 0:
        return math.inf
    bits = math.log2(hashes_per_block) if rate < 0 else _MOST_BITS - math.log2(hashes_per_block * nodes)
    return bits / abs(rate)
