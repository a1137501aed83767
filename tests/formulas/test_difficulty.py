"""The checks that chain values are held against: they take what is right and refuse what is off by a hair."""

import pytest
from mpmath import mp, mpf

from oracle.errors import FormulaMismatch
from oracle.formulas.difficulty import (
    adjusted_difficulty,
    check_difficulty,
    check_sum_exp,
    check_theta,
    relative_error,
    sum_exp,
    theta_wad,
)
from oracle.formulas.lanes import WAD, WAD_PER_UNIT

LANES = [0, 1, -1, 16384, -16384, 32767, -32768]


def test_sum_exp_is_a_sum_of_exponentials() -> None:
    assert sum_exp([]) == 0
    assert sum_exp([0] * 112) == 112
    with mp.workdps(60):
        assert relative_error(sum_exp([16384]), mp.sqrt(mp.e)) < mpf(10) ** -55
        assert relative_error(sum_exp(LANES), sum(mp.exp(mpf(lane) / 32768) for lane in LANES)) < mpf(10) ** -55


def test_theta_is_exact() -> None:
    assert theta_wad(WAD // 2, 3) == WAD // 2 + 3 * WAD_PER_UNIT
    check_theta(node=4, got_wad=WAD // 2 - WAD_PER_UNIT, theta0_wad=WAD // 2, lane=-1)
    with pytest.raises(FormulaMismatch, match="theta of node 4"):
        check_theta(node=4, got_wad=WAD // 2 - WAD_PER_UNIT + 1, theta0_wad=WAD // 2, lane=-1)


def test_the_sum_is_held_to_one_in_a_million_million() -> None:
    with mp.workdps(60):
        exact = int(sum_exp(LANES) * WAD)
    check_sum_exp(got_wad=exact, active_lanes=LANES)
    check_sum_exp(got_wad=exact + exact * 9 // 10**13, active_lanes=LANES)
    for off in (exact * 11 // 10**13, -exact * 11 // 10**13):
        with pytest.raises(FormulaMismatch, match="sum of exp"):
            check_sum_exp(got_wad=exact + off, active_lanes=LANES)


def test_p_is_d_over_the_sum() -> None:
    assert adjusted_difficulty(1000, mpf(8)) == 125
    check_difficulty(got=125, base_difficulty=1000, active_lanes=[0] * 8)


def test_p_may_be_rounded_down_and_not_up() -> None:
    check_difficulty(got=124, base_difficulty=999, active_lanes=[0] * 8)
    for wrong in (123, 125, 126):
        with pytest.raises(FormulaMismatch, match="p on chain"):
            check_difficulty(got=wrong, base_difficulty=999, active_lanes=[0] * 8)


def test_p_below_one_is_one() -> None:
    check_difficulty(got=1, base_difficulty=3, active_lanes=[0] * 8)
    for wrong in (0, 2):
        with pytest.raises(FormulaMismatch, match="p on chain"):
            check_difficulty(got=wrong, base_difficulty=3, active_lanes=[0] * 8)


def test_large_p_is_held_to_one_in_a_million_million() -> None:
    d = 10**60
    with mp.workdps(80):
        exact = int(adjusted_difficulty(d, sum_exp(LANES)))
    check_difficulty(got=exact, base_difficulty=d, active_lanes=LANES)
    with pytest.raises(FormulaMismatch, match="p on chain"):
        check_difficulty(got=exact + exact // 10**11, base_difficulty=d, active_lanes=LANES)
