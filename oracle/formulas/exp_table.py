"""exp(phi) of a lane as the contracts compute it: the product of two table entries, an exact integer.

    q + 2^15 = 256 i + j,  0 <= i, j < 256
    exp(q / 2^15) = exp((i - 128) / 128) exp(j / 2^15) ~ HIGH[i] LOW[j] / 2^85

Twin of `contracts/libraries/ExpTable.sol`, whose table `deploy/exp_table.py` writes from this one.
"""

from collections.abc import Iterable
from functools import cache

import mpmath

from oracle.formulas.lanes import MIN_LANE, WAD

HIGH_BITS = 42
LOW_BITS = 43
SUM_BITS = HIGH_BITS + LOW_BITS


@cache
def exp_table() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """HIGH and LOW, 256 entries each: exponentials in fixed point with 42 and 43 fractional bits, to the nearest."""
    with mpmath.workdps(40):
        high = [int(mpmath.nint(mpmath.exp(mpmath.mpf(i - 128) / 128) * 2**HIGH_BITS)) for i in range(256)]
        low = [int(mpmath.nint(mpmath.exp(mpmath.mpf(j) / 2**15) * 2**LOW_BITS)) for j in range(256)]
    return tuple(high), tuple(low)


def exp_q85(lane: int) -> int:
    """exp(lane / 2^15) * 2^85 by the table; 2^85 exactly at 0."""
    high, low = exp_table()
    i, j = divmod(lane - MIN_LANE, 256)
    return high[i] * low[j]


def sum_exp_q85(lanes: Iterable[int]) -> int:
    """The sum of exp over lanes in units of 2^-85, equal to the contract's to the last bit."""
    return sum(map(exp_q85, lanes))


def q85_to_wad(value_q85: int) -> int:
    """Convert from units of 2^-85 to WAD, rounded down."""
    return value_q85 * WAD >> SUM_BITS
