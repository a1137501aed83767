"""The checks that chain values are held against: they take what is right and refuse what is off by a hair."""

import re

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
    for wrong in (1, 123, 125, 126):
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


def test_a_relative_error_is_by_the_expected_value_and_absolute_at_zero() -> None:
    assert relative_error(-2, 0) == 2
    with mp.workdps(60):
        assert relative_error(9, 10) == relative_error(11, 10) == relative_error(-9, -10) == mpf(1) / 10
        assert relative_error(10**50 + 1, 10**50) == mpf(10) ** -50


def test_checks_return_the_relative_error_that_they_found() -> None:
    with mp.workdps(60):
        exact = int(sum_exp(LANES) * WAD)
        found = check_sum_exp(got_wad=exact + exact // 10**13, active_lanes=LANES)
        assert found == pytest.approx(1e-13, rel=1e-4)
    assert check_difficulty(got=124, base_difficulty=999, active_lanes=[0] * 8) == 0
    assert check_difficulty(got=1, base_difficulty=3, active_lanes=[0] * 8) == 0
    big = 10**60
    assert check_difficulty(got=big // 8 + big // 10**14, base_difficulty=big, active_lanes=[0] * 8) == pytest.approx(
        8e-14
    )


def test_a_quotient_of_one_or_a_little_more_is_p_of_one() -> None:
    for d in (8, 12, 15):
        assert check_difficulty(got=1, base_difficulty=d, active_lanes=[0] * 8) == 0
        with pytest.raises(FormulaMismatch, match="p on chain is 2 but d / sum of exp"):
            check_difficulty(got=2, base_difficulty=d, active_lanes=[0] * 8)


@pytest.mark.parametrize("d", [1, 8, 12, 1000])
def test_p_is_never_zero(d: int) -> None:
    with pytest.raises(FormulaMismatch, match="p on chain is 0 but d / sum of exp"):
        check_difficulty(got=0, base_difficulty=d, active_lanes=[0] * 8)


def test_errors_say_what_is_on_chain_and_what_the_formula_gives() -> None:
    with pytest.raises(FormulaMismatch, match=r"^theta of node 4 is 7 on chain but theta0 \+ phi is 30517578125009$"):
        check_theta(node=4, got_wad=7, theta0_wad=9, lane=1)
    with pytest.raises(FormulaMismatch, match=r"^sum of exp\(phi\) on chain is off by 0\.667 relative, above 1e-12$"):
        check_sum_exp(got_wad=WAD, active_lanes=[0, 0, 0])
    for got, d, nodes, exact, off in (
        (100, 999, 7, "142.71428571428571429", "0.292"),
        (3, 8, 8, "1.0", "2.0"),
        (2, 3, 8, "0.375", "1.0"),
    ):
        message = f"p on chain is {got} but d / sum of exp(phi) is {exact}: off by {off} relative"
        with pytest.raises(FormulaMismatch, match=f"^{re.escape(message)}$"):
            check_difficulty(got=got, base_difficulty=d, active_lanes=[0] * nodes)
