"""`catalyst bench stability` in small, and that it sees what it looks for."""

import numpy as np
import pytest

from oracle.lab.bench.stability import StabilityPlan, _by_span, _calm, _recovered
from oracle.plant.definition import EPOCH_10
from oracle.plant.plant import Observation
from tests.lab.bench.conftest import Measured


def test_every_controller_is_measured_in_every_way(stability_measured: Measured) -> None:
    measured, said = stability_measured
    assert len(measured["rows"]) == len(said) == 2 * 3 * 3
    for row in measured["rows"]:
        assert all(value >= 0 for key, value in row.items() if key.startswith(("recovery", "strongest")))


def test_a_limit_cycle_shows_as_a_line() -> None:
    def swings(seen: Observation) -> np.ndarray:
        return np.full(len(seen.phi), 0.05 * (1 if seen.block // 10 % 8 < 4 else -1))

    row = _calm(EPOCH_10, swings, StabilityPlan(calm_blocks=1_500, seeds=2))
    assert row["strongest_line_share"] > 0.3
    assert row["strongest_line_period_epochs"] == pytest.approx(8, rel=0.15)


def test_recovery_is_the_time_to_the_last_span_that_is_off() -> None:
    slow = np.cumsum(np.concatenate([np.ones(480), np.full(100, 2.0), np.ones(600)]))
    assert _recovered(slow[None], 480) == pytest.approx(200, abs=3 * 48)
    assert _recovered(np.arange(1.0, 1000.0)[None], 480) == 0


def test_backlogs_are_meant_over_the_spans_from_the_jump_on() -> None:
    times = np.array([[100.0, 480.0, 500.0, 530.0], [90.0, 481.0, 540.0, 560.0]])
    backlogs = np.array([[9.0, 1.0, 2.0, 5.0], [9.0, 3.0, 7.0, 9.0]])
    assert _by_span(times, backlogs, 480) == pytest.approx([2.0, 7.0])
