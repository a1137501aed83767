"""Feedback on high value: sees what blocks find of it, and follows it and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from oracle.plant.controllers import Constant, HighValue
from oracle.plant.definition import EPOCH_10
from oracle.plant.families import CONSTANT, HIGH_VALUE
from oracle.plant.kernel import HIGH_VALUE as COLUMN
from oracle.plant.kernel import PHI, TIME
from oracle.plant.plant import run
from oracle.plant.traces import draw_traces
from oracle.plant.tune import with_mean_theta

SHORT = replace(EPOCH_10, blocks=600)


def test_a_block_finds_the_high_value_transactions_that_came_since_the_last() -> None:
    traces = draw_traces(SHORT, (3,))
    log = run(SHORT, traces, Constant(0.0)).log[0]
    grid = np.arange(traces.arrivals.shape[2] + 1) / 4
    came = np.interp(log[:, TIME], grid, np.concatenate([[0.0], traces.arrivals[0, 0].cumsum()]))
    assert log[:, COLUMN] == pytest.approx(np.diff(came, prepend=0.0), abs=1e-6)


def test_phi_follows_high_value_and_not_the_rest() -> None:
    traces = draw_traces(SHORT, range(4))
    surge, more = traces.arrivals.copy(), traces.arrivals.copy()
    bins = slice(4 * 200, 4 * 300)
    surge[:, 0, bins] *= 4
    more[:, 1, bins] *= 1.3
    controller = HighValue(gain=2.0, constant=0.0)

    def phi(arrivals: np.ndarray) -> float:
        log = run(SHORT, replace(traces, arrivals=arrivals), controller).log
        return float(log[:, 220:280, PHI].mean())

    calm = phi(traces.arrivals)
    assert phi(surge) > calm + 0.1
    assert phi(more) == pytest.approx(calm, abs=0.02)


def test_where_blocks_take_the_dearest_first_it_clears_no_sooner_than_at_a_constant() -> None:
    definition = replace(EPOCH_10, blocks=3000)
    traces = draw_traces(definition, range(1000, 1010))
    _, fed = with_mean_theta(HIGH_VALUE, definition, traces, 0.59, (8.0,))
    _, constant = with_mean_theta(CONSTANT, definition, traces, 0.59, ())
    assert fed.mean_theta.mean() == pytest.approx(constant.mean_theta.mean(), abs=0.01)
    # High value finds room in the next block as it is: what is left to wait for is that block.
    assert fed.high_value_mean.mean() == pytest.approx(constant.high_value_mean.mean(), abs=0.03)
