"""The planner: what it may not leave, and that it looks ahead."""

import math
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from oracle.control import plan
from oracle.control.load import HORIZON
from oracle.control.plan import EPOCHS, PRICE, Prospect, Rules, plan_phi
from tests.control.interpreted import interpreted

Floats = NDArray[np.float64]
RULES = Rules(epoch_blocks=10, lag_blocks=3, theta0=0.5, max_step=0.1, low=-0.4, high=0.5, half_life=288.0, speeds=1.0)


def prospect(backlog: float = 0.0, phi: float = 0.0, load: float | Floats = 0.35, pace: float = 1.0) -> Prospect:
    loads = np.broadcast_to(np.asarray(load, dtype=np.float64), (1, HORIZON)).copy()
    return Prospect(np.full((1, HORIZON), pace), np.array([backlog]), np.array([phi]), loads)


def chosen(looks: Prospect, rules: Rules = RULES, margin: float = 0.1) -> float:
    return float(plan_phi(looks, rules, margin)[0])


@dataclass
class Drawn:
    backlog: float
    phi: float
    pace: float
    load: Floats


drawn = st.builds(
    Drawn,
    st.floats(0, 200),
    st.floats(-0.4, 0.5),
    st.floats(0.2, 5),
    st.lists(st.floats(0, 3), min_size=HORIZON, max_size=HORIZON).map(np.array),
)


@settings(max_examples=50)
@given(drawn, st.floats(-0.1, 0.3))
def test_phi_keeps_its_bounds_and_moves_by_a_step_at_most(case: Drawn, margin: float) -> None:
    phi = chosen(prospect(case.backlog, case.phi, case.load, case.pace), margin=margin)
    assert -0.4 <= phi <= 0.5
    assert abs(phi - case.phi) <= 0.1 + 1e-12


@settings(max_examples=10)
@given(drawn)
def test_compiled_it_gives_the_bits_of_plain_floating_point(case: Drawn) -> None:
    looks = prospect(case.backlog, case.phi, case.load, case.pace)
    with interpreted(plan_phi, plan) as plain:
        assert plain(looks, RULES, 0.1)[0] == chosen(looks)


def cost(looks: Prospect, moves: tuple[float, ...], margin: float = 0.1) -> tuple[float, float]:
    """Cost of a plan and phi of its first epoch, from the docstring's formulas."""
    time, blocks, backlog, phi, spent = 0.0, 0, float(looks.backlog[0]), float(looks.phi[0]), 0.0
    first = math.nan
    for number, move in enumerate(moves):
        after = min(RULES.high, max(RULES.low, phi + RULES.max_step * move))
        first = after if number == 0 else first
        for block in range(RULES.epoch_blocks):
            now = phi if block < RULES.lag_blocks else after
            rate = looks.pace[0, 0] * math.exp(now) * 2 ** ((time - blocks) / RULES.half_life)
            backlog = max(
                0.0, backlog + looks.load[0, min(int(time), HORIZON - 1)] / rate - RULES.theta0 - now + margin
            )
            time, blocks = time + 1 / rate, blocks + 1
            spent += (backlog**2 + PRICE * now) / rate
        phi = after
    return spent, first


@settings(max_examples=25)
@given(drawn)
def test_no_plan_of_whole_steps_is_cheaper_than_the_one_it_follows(case: Drawn) -> None:
    looks = prospect(case.backlog, case.phi, case.load, case.pace)
    phi = chosen(looks)
    parts = [-1 + quarter / 4 for quarter in range(9)]
    whole = [(a, b, c, d) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1) for d in (-1, 0, 1)]
    assert len(whole[0]) == EPOCHS
    least = min(cost(looks, moves)[0] for moves in whole)
    # The one followed begins with this phi; what comes after is refined too, so look at all its beginnings by parts.
    best_with_that_first = min(
        cost(looks, (first, b, c, d))[0]
        for first in parts
        if abs(min(0.5, max(-0.4, case.phi + 0.1 * first)) - phi) < 1e-12
        for b in parts
        for c in parts
        for d in parts
    )
    assert best_with_that_first <= least + 1e-6 * abs(least)


def test_an_announced_crowd_raises_phi_before_it_comes_and_an_empty_chain_lowers_it() -> None:
    crowd = np.full(HORIZON, 0.35)
    crowd[15:55] = 0.8
    assert chosen(prospect(load=crowd)) > chosen(prospect(load=0.35))
    assert chosen(prospect(load=0.0)) < 0


def test_a_backlog_raises_phi() -> None:
    assert chosen(prospect(backlog=10.0)) == 0.1


def test_where_less_hash_rate_is_there_phi_is_higher() -> None:
    assert chosen(prospect(pace=0.6, load=0.4)) > chosen(prospect(pace=1.6, load=0.4))


def test_where_blocks_hardly_come_or_hardly_end_there_is_a_plan_within_its_bounds() -> None:
    for pace in (1e-300, 1e-30, 1e30, 1e300, 0.0):
        for backlog in (0.0, 1e300):
            phi = chosen(prospect(backlog=backlog, phi=0.2, pace=pace))
            assert 0.1 - 1e-12 <= phi <= 0.3 + 1e-12
