"""The table that the contracts take exponentials from; `tests/contracts/test_exp_table.py` compares every lane."""

import pytest
from mpmath import mp, mpf

from oracle.formulas.exp_table import exp_q85, exp_table, q85_to_wad, sum_exp_q85
from oracle.formulas.lanes import MAX_LANE, MIN_LANE, WAD


def test_the_rows_are_exponentials_to_the_nearest() -> None:
    high, low = exp_table()
    assert (len(high), len(low)) == (256, 256)
    assert (high[128], low[0]) == (1 << 42, 1 << 43)
    with mp.workdps(40):
        assert all(abs(value - mp.exp(mpf(i - 128) / 128) * 2**42) <= 0.5 for i, value in enumerate(high))
        assert all(abs(value - mp.exp(mpf(j) / 2**15) * 2**43) <= 0.5 for j, value in enumerate(low))


@pytest.mark.parametrize("lane", [MIN_LANE, MIN_LANE + 255, MIN_LANE + 256, -257, -1, 0, 1, 255, 256, 16_384, MAX_LANE])
def test_exp_of_a_lane_is_within_4e13_of_the_exact_one(lane: int) -> None:
    with mp.workdps(40):
        assert abs(exp_q85(lane) / mp.exp(mpf(lane) / 2**15) / 2**85 - 1) < mpf("4e-13")


def test_exp_of_zero_is_one_and_sums_add_up() -> None:
    assert exp_q85(0) == 1 << 85
    assert sum_exp_q85([0, 0, 5]) == (2 << 85) + exp_q85(5)
    assert sum_exp_q85([]) == 0


def test_wad_is_rounded_down() -> None:
    assert q85_to_wad(3 << 85) == 3 * WAD
    assert q85_to_wad((3 << 85) - 1) == 3 * WAD - 1
    assert q85_to_wad(1) == 0
