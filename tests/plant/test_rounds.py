"""Rounds of slots and turns on the plant: as the ledgers have them, and what phi does to them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.formulas.lottery import ONE, chance_q128
from oracle.plant.controllers import Constant
from oracle.plant.definition import EPOCH_10, Definition
from oracle.plant.families import CONSTANT, FEEDBACK
from oracle.plant.kernel import INTERVAL, PHI, STALE, TIME
from oracle.plant.measure import measure
from oracle.plant.plant import run
from oracle.plant.rounds import Slots, Turns, competing_blocks, length_of_round, p_of_round, rounds_of
from oracle.plant.traces import draw_traces
from oracle.plant.tune import with_mean_theta
from oracle.workload.nodes import pareto_stakes
from tests.conftest import Figure

STAKES = pareto_stakes(100, 1)
SLOTS, TURNS = Slots(5, tuple(map(float, STAKES))), Turns(10, 0.01)
POS, DPOS = replace(EPOCH_10, engine=SLOTS), replace(EPOCH_10, engine=TURNS)
BOTH = pytest.mark.parametrize("definition", [POS, DPOS], ids=["pos", "dpos"])


@pytest.mark.parametrize("p", [1, 2, 3, 5, 17, 40])
def test_somebody_draws_a_slot_and_others_compete_as_the_lottery_has_it(p: int) -> None:
    rounds = rounds_of(Slots(p, SLOTS.stakes))
    chances = np.array([chance_q128(p, stake, sum(STAKES)) for stake in STAKES]) / ONE
    somebody = 1 - np.prod(1 - chances.astype(float))
    luck = np.random.default_rng(p).exponential(size=40_000)
    lengths = np.array([length_of_round(rounds, p, 1.0, each) for each in luck]) * p
    assert set(lengths.astype(int)) == set(lengths)
    assert (lengths == 1).mean() == pytest.approx(somebody, abs=0.01)
    assert lengths.mean() == pytest.approx(p, rel=0.02)
    assert competing_blocks(rounds, p) == pytest.approx(float(chances.sum()) / somebody - 1)


@pytest.mark.parametrize("missed", [0.0, 0.01, 0.3])
def test_a_turn_lasts_p_seconds_and_a_missed_one_as_long_again(missed: float) -> None:
    rounds = rounds_of(Turns(10, missed))
    luck = np.random.default_rng(1).exponential(size=40_000)
    turns = np.array(
        [length_of_round(rounds, p_of_round(rounds, 1.2, 1.1), 1.0, each) for each in luck]
    )  # of floor(12 / 1.1) = 10 seconds
    assert set(turns.astype(int)) == set(turns)
    assert (turns > 1).mean() == pytest.approx(missed, abs=0.01)
    assert competing_blocks(rounds, 10) == 0


@given(units=st.integers(1, 1000), d=st.floats(0.01, 100), mean_exp=st.floats(0.6, 1.65))
def test_p_is_whole_and_at_least_one(units: int, d: float, mean_exp: float) -> None:
    p = p_of_round(rounds_of(Turns(units, 0.01)), d, mean_exp)
    assert p == max(1, int(d * units / mean_exp))


@BOTH
def test_the_schedule_holds_whatever_phi_does(definition: Definition) -> None:
    log = run(definition, draw_traces(definition, range(30)), Constant(0.2)).log
    assert log[:, 100:, PHI] == pytest.approx(0.2)
    assert log[:, :, INTERVAL].mean() == pytest.approx(1.0, abs=0.05)
    # Blocks come faster at first: after 5 / exp(0.2) slots and 10 / exp(0.2) seconds, rounded down to 4 and 8.
    assert np.diff(log[:, 30:60, TIME]).mean() == pytest.approx(0.8, rel=0.08)


def test_only_slots_bring_competing_blocks() -> None:
    pos, dpos = (measure(run(each, draw_traces(each, range(2)), Constant(0.0))) for each in (POS, DPOS))
    assert 0.05 < pos.stale_rate.mean() < 0.3
    assert dpos.stale_rate.max() == 0
    assert (run(DPOS, draw_traces(DPOS, range(2)), Constant(0.0)).log[:, :, STALE] == 0).all()


@BOTH
def test_feedback_waits_less_than_a_constant_at_equal_mean_theta(definition: Definition, figure: Figure) -> None:
    traces = draw_traces(definition, range(1000, 1010))
    mean_theta = definition.theta0 + 0.09
    p95 = {}
    for family in (CONSTANT, FEEDBACK):
        _, figures = with_mean_theta(family, definition, traces, mean_theta, ())
        assert figures.mean_theta.mean() == pytest.approx(mean_theta, abs=0.005)
        p95[family.name] = figures.latency_p95
    cut = 1 - p95[FEEDBACK.name] / p95[CONSTANT.name]
    assert cut.min() > 0
    assert cut.mean() > 0.2
    figure(
        f"plant, {type(definition.engine).__name__.lower()}: feedback cuts p95 by {cut.mean():.0%} at equal mean theta"
    )


@pytest.mark.parametrize(("slots", "stakes"), [(0, (1.0,)), (5, ()), (5, (0.0,)), (5, (1.0, -1.0))])
def test_slots_that_cannot_be_are_refused(slots: int, stakes: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        Slots(slots, stakes)


@pytest.mark.parametrize(("seconds", "missed"), [(0, 0.0), (10, 1.0), (10, -0.1)])
def test_turns_that_cannot_be_are_refused(seconds: int, missed: float) -> None:
    with pytest.raises(ValueError, match="at least one second"):
        Turns(seconds, missed)
