"""The chance of a stake to draw a slot: near the exact power, in order, and the same however stake is split."""

import itertools
import math
import random

from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp, mpf

from oracle.formulas.lottery import MAX_P, ONE, chance_q128, minus_log_q128, wins

TOTALS = st.integers(1, 2**127)
PS = st.one_of(st.integers(1, 1000), st.integers(1, 2 * MAX_P))


@given(p=PS, total=TOTALS, data=st.data())
def test_a_chance_is_within_2_to_the_minus_119_of_the_power(p: int, total: int, data: st.DataObject) -> None:
    stake = data.draw(st.integers(0, total))
    chance = chance_q128(p, stake, total)
    with mp.workdps(80):
        exact = 1 - (1 - mpf(1) / min(p, MAX_P)) ** (mpf(stake) / total)
        assert abs(mpf(chance) / ONE - exact) <= mpf(2) ** -119
    assert 0 <= chance <= ONE
    assert (chance == ONE) == (p == 1 and stake > 0)


@given(p=PS, total=TOTALS, data=st.data())
def test_a_chance_never_falls_where_stake_rises_or_p_falls(p: int, total: int, data: st.DataObject) -> None:
    stake = data.draw(st.integers(0, total - 1))
    more = data.draw(st.one_of(st.just(stake + 1), st.integers(stake, total)))
    assert chance_q128(p, more, total) >= chance_q128(p, stake, total)
    assert chance_q128(p + data.draw(st.integers(1, 10)), stake, total) <= chance_q128(p, stake, total)


def test_chances_of_neighbours_keep_their_order_at_every_p_up_to_a_thousand() -> None:
    logs = [minus_log_q128(p) for p in [*range(2, 1002), *range(MAX_P - 1000, MAX_P + 1)]]
    assert all(one > other for one, other in itertools.pairwise(logs))
    drawn = random.Random(1)
    for p in range(2, 1002):
        total = drawn.randrange(1, 2**127)
        stake = drawn.randrange(total)
        assert chance_q128(p, stake, total) <= chance_q128(p, stake + 1, total)


@given(
    p=st.integers(2, 1000), parts=st.lists(st.integers(1, 2**90), min_size=2, max_size=40), rest=st.integers(0, 2**95)
)
@example(p=1000, parts=[1, 1], rest=2**95)
def test_splitting_a_stake_gains_nothing_and_costs_nothing_but_dust(p: int, parts: list[int], rest: int) -> None:
    total = sum(parts) + rest
    with mp.workdps(60):
        nobody = mp.fprod(1 - mpf(chance_q128(p, part, total)) / ONE for part in parts)
        whole = mpf(chance_q128(p, sum(parts), total)) / ONE
        gain = (1 - nobody) / whole - 1
        assert gain <= mpf(10) ** -12
        # Parts below 2^-60 of all stake lose by rounding.
        assert gain >= -(mpf(10) ** -12) or min(parts) < total >> 60


def test_the_chances_of_all_come_to_one_slot_in_p() -> None:
    for p in (2, 5, 17, 100_000):
        with mp.workdps(60):
            assert abs(mpf(chance_q128(p, 7, 7)) / ONE * p - 1) < mpf(10) ** -30


def test_draws_win_as_often_as_their_chance_says() -> None:
    drawn = random.Random(2)
    chance = chance_q128(4, 1, 3)
    expected = 1 - 0.75 ** (1 / 3)
    rounds = 40_000
    won = sum(wins(drawn.randbytes(32), chance) for _ in range(rounds))
    assert abs(won / rounds - expected) < 4 * math.sqrt(expected * (1 - expected) / rounds)
    assert wins(bytes(32), 1)
    assert not wins(bytes(32), 0)
    assert wins(b"\xff" * 32, ONE)
    assert not wins(b"\xff" * 32, ONE - 1)
