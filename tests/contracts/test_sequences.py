"""Any sequence of changes: Σexp(φ) never drifts, θ stays θ₀ + φ within the bounds, retired nodes stay out."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.formulas.difficulty import check_sum_exp
from oracle.formulas.lanes import MAX_LANE, MIN_LANE, halve, lane_to_wad, pack
from oracle.report.limits import bounded_lanes
from tests.contracts.conftest import Deployed
from tests.contracts.stage import LIMITS, THETA0_WAD, THETA_MAX_WAD, THETA_MIN_WAD, WAD, Stage, miner

_STEP = st.one_of(
    st.tuples(st.just("report"), st.lists(st.integers(MIN_LANE, MAX_LANE), min_size=1, max_size=30)),
    st.tuples(st.just("relax"), st.integers(0, 4 * LIMITS.relax_period_seconds)),
    st.tuples(st.just("retire"), st.integers(0, 1000)),
    st.tuples(st.just("register"), st.lists(st.integers(THETA_MIN_WAD, THETA_MAX_WAD), min_size=1, max_size=3)),
    st.tuples(st.just("theta0"), st.tuples(st.integers(0, 1000), st.integers(THETA_MIN_WAD, THETA_MAX_WAD))),
)


class Model:
    """What the registry must hold, in Python."""

    def __init__(self) -> None:
        self.theta0 = list(THETA0_WAD)
        self.lanes = [0] * len(self.theta0)
        self.active = [True] * len(self.theta0)

    def check(self, stage: Stage) -> None:
        """Compare every read with the model."""
        nodes = stage.nodes()
        assert (list(nodes.theta0_wad), list(nodes.lanes), list(nodes.active)) == (
            self.theta0,
            self.lanes,
            self.active,
        )
        assert stage.oracle.functions.phiWords(0, 99).call() == pack(self.lanes)
        thetas = stage.thetas()
        for node, theta in enumerate(thetas):
            assert theta == self.theta0[node] + lane_to_wad(self.lanes[node])
            assert THETA_MIN_WAD <= theta <= THETA_MAX_WAD if self.active[node] else theta == 0
        active = [lane for lane, is_active in zip(self.lanes, self.active, strict=True) if is_active]
        assert stage.oracle.functions.activeCount().call() == len(active)
        check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=active)
        if not any(active):
            assert stage.sum_exp_wad() == len(active) * WAD


@pytest.mark.parametrize("examples", [4, pytest.param(12, marks=pytest.mark.long)])
def test_no_sequence_makes_the_registry_drift(deployed: Deployed, examples: int) -> None:
    """Few on this slow chain; tests/trust/test_machine.py has thousands of steps on a fast one."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(steps=st.lists(_STEP, min_size=6, max_size=14))
    def keeps(steps: Sequence[tuple[str, object]]) -> None:
        stage = deployed.restored()
        model = Model()
        for kind, argument in steps:
            _ACTIONS[kind](stage, model, argument)
            model.check(stage)

    keeps()


def _report(stage: Stage, model: Model, wish: list[int]) -> None:
    """Also: the contract takes whatever `bounded_lanes` makes of a wish."""
    lanes = bounded_lanes(
        [wish[node % len(wish)] for node in range(len(model.lanes))],
        nodes=stage.nodes(),
        limits=LIMITS,
        theta_min_wad=THETA_MIN_WAD,
        theta_max_wad=THETA_MAX_WAD,
    )
    stage.apply(lanes)
    model.lanes = lanes


def _relax(stage: Stage, model: Model, late: int) -> None:
    if not any(model.lanes):
        return
    last = stage.contracts.oracle_state().reported.timestamp_seconds
    # A period or more after any relaxation so far: at least one halving is due, and the event says how many.
    at = max(stage.now + LIMITS.relax_period_seconds, last + LIMITS.max_age_seconds + 1) + late
    halvings = stage.events(stage.send(stage.oracle.functions.relax(), at=at))[-1].arguments["halvings"]
    assert halvings >= 1
    model.lanes = [halve(lane, halvings) for lane in model.lanes]


def _retire(stage: Stage, model: Model, pick: int) -> None:
    active = [node for node, is_active in enumerate(model.active) if is_active]
    node = active[pick % len(active)]
    stage.send(stage.oracle.functions.retire(node))
    model.active[node] = False
    model.theta0[node] = model.lanes[node] = 0


def _register(stage: Stage, model: Model, theta0: list[int]) -> None:
    first = len(model.theta0)
    stage.send(stage.oracle.functions.register([miner(first + i) for i in range(len(theta0))], theta0))
    model.theta0 += theta0
    model.lanes += [0] * len(theta0)
    model.active += [True] * len(theta0)


def _theta0(stage: Stage, model: Model, choice: tuple[int, int]) -> None:
    active = [node for node, is_active in enumerate(model.active) if is_active]
    node = active[choice[0] % len(active)]
    phi = lane_to_wad(model.lanes[node])
    value = max(THETA_MIN_WAD, THETA_MIN_WAD - phi, min(THETA_MAX_WAD, THETA_MAX_WAD - phi, choice[1]))
    stage.send(stage.oracle.functions.setTheta0(node, value))
    model.theta0[node] = value


_ACTIONS: dict[str, Callable[[Stage, Model, Any], None]] = {
    "report": _report,
    "relax": _relax,
    "retire": _retire,
    "register": _register,
    "theta0": _theta0,
}
