"""Tuning holds mean theta; who reads announcements waits less."""

from dataclasses import replace

import numpy as np
import pytest

from oracle.plant.definition import EPOCH_10, EPOCH_20, Definition
from oracle.plant.families import CLASSICAL, PROPORTIONAL, READER
from oracle.plant.foresight import Reader
from oracle.plant.traces import draw_traces
from oracle.plant.tune import ControllerFamily, tune, with_mean_theta

# Parameters that the grid finds.
_GOOD = {PROPORTIONAL: (0.2,), READER: (0.2, 0.02, 30.0)}


def _p95(definition: Definition, family: ControllerFamily, seeds: range) -> float:
    traces = draw_traces(definition, seeds)
    _, figures = with_mean_theta(family, definition, traces, 0.59, _GOOD[family])
    assert figures.mean_theta.mean() == pytest.approx(0.59, abs=0.006)
    return float(figures.latency_p95.mean())


@pytest.mark.parametrize(
    "definition", [EPOCH_10, pytest.param(EPOCH_20, marks=pytest.mark.long)], ids=["epoch 10", "epoch 20"]
)
def test_a_reader_waits_less_at_equal_mean_theta(definition: Definition) -> None:
    seeds = range(1000, 1020)
    assert _p95(definition, READER, seeds) < 0.95 * _p95(definition, PROPORTIONAL, seeds)


@pytest.mark.parametrize("family", CLASSICAL, ids=lambda family: family.name)
def test_levels_reach_the_mean_theta_asked_for(family: ControllerFamily) -> None:
    definition = replace(EPOCH_10, blocks=3000)
    traces = draw_traces(definition, range(3))
    tuned = tune(replace(family, grid=family.grid[1:3] or family.grid), definition, traces, 0.59)
    assert tuned.parameters in family.grid
    _, figures = with_mean_theta(family, definition, traces, 0.59, tuned.parameters)
    assert figures.mean_theta.mean() == pytest.approx(0.59, abs=0.02)


def test_a_reader_knows_what_is_announced_and_comes_and_nothing_else() -> None:
    definition = replace(EPOCH_10, blocks=4000)
    traces = draw_traces(definition, (5,))
    reader = Reader(definition, traces, gain=0.0, constant=0.0, weight=1.0, horizon=30)
    known = reader.excess[0]
    crowds = traces.schedules[0].crowds
    spoken = np.zeros(len(known), dtype=bool)
    for crowd in crowds:
        if crowd.announced_ahead_blocks and not crowd.called_off:
            first = max(0, crowd.start_block - crowd.announced_ahead_blocks)
            spoken[first : crowd.start_block + crowd.length_blocks] = True
    assert not known[~spoken].any()
    assert known[spoken].max() > 3
    assert any(crowd.called_off for crowd in crowds)
    assert any(not crowd.announced_ahead_blocks for crowd in crowds)
