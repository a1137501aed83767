"""Which target interval T rounds or blocks can hold on a chain whose own blocks come every b seconds.

ASERT multiplies d by 2^((T * blocks - seconds) / half-life). Where blocks come every b seconds whatever d is, seconds
are b * blocks, so d changes by 2^((T / b - 1) / half-life) each second: without end, unless b = T.

A ledger's rounds are won by hashing, one after the other, but enter the chain with its blocks, and at most one a
timestamp. Let finds come at random with mean m seconds at the difficulty p in force. A chain block then wins a round
with probability 1 - exp(-b / m), each independent of the last since finds have no memory. So a round takes

    T = b / (1 - exp(-b / m))   seconds on average, and m = -b / ln(1 - b / T)   holds T where T > b.

As T falls towards b, m and with it p fall to 0 hashes; at T <= b no p holds T, and d drifts as above. Even ahead of
that, finds are lost: a round takes one of T / m finds.
"""

import math

# Below it more than 28 of 100 finds are lost, and a phi of 0.5 makes rounds less than 1.36 times as quick, not 1.65.
LEAST_BLOCKS_A_ROUND = 2.0
_MOST_BITS = 256  # of d


def held_interval_seconds(find_seconds: float, block_seconds: float) -> float:
    """Mean time of a round T where finds take `find_seconds` on average and enter with blocks `block_seconds` apart."""
    return block_seconds / -math.expm1(-block_seconds / find_seconds)


def find_seconds_to_hold(interval_seconds: float, block_seconds: float) -> float:
    """Mean time of a find m that makes a round take `interval_seconds`: p over the hash rate.

    Raises:
        ValueError: none does, since a round takes a block at least.
    """
    if interval_seconds <= block_seconds:
        raise ValueError(f"no find is quick enough: a round takes at least a block, {block_seconds} s")
    return -block_seconds / math.log1p(-block_seconds / interval_seconds)


def lost_finds_share(interval_seconds: float, block_seconds: float) -> float:
    """Share of finds that come too late for their round, since another of the same block won it."""
    find_seconds = find_seconds_to_hold(interval_seconds, block_seconds)
    return 1 - find_seconds / interval_seconds


def doublings_a_second(interval_seconds: float, block_seconds: float, half_life_seconds: float) -> float:
    """By how many powers of two d changes a second where blocks come every `block_seconds` whatever d is."""
    return (interval_seconds / block_seconds - 1) / half_life_seconds


def seconds_to_saturation(
    interval_seconds: float, block_seconds: float, half_life_seconds: float, *, hashes_per_block: int, nodes: int
) -> float:
    """Until p is 1 hash, or d is all of its 256 bits, where blocks come every `block_seconds` whatever d is.

    Infinite where they come every `interval_seconds`.
    """
    rate = doublings_a_second(interval_seconds, block_seconds, half_life_seconds)
    if rate == 0:
        return math.inf
    bits = math.log2(hashes_per_block) if rate < 0 else _MOST_BITS - math.log2(hashes_per_block * nodes)
    return bits / abs(rate)
