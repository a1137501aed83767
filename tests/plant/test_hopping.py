"""Hopping: miners who come only while p is low gain by φ, and by nothing else that stays as it is."""

from dataclasses import replace

import numpy as np
import pytest

from oracle.plant.controllers import Proportional
from oracle.plant.definition import EPOCH_10
from oracle.plant.hopping import hopping_gain
from oracle.plant.kernel import DIFFICULTY, HOPPING, PHI
from oracle.plant.plant import Observation, run
from oracle.plant.traces import Traces, draw_traces

SHARE = 0.25
# So long a half-life keeps d where it is: what is left for p to follow is φ.
STEADY = replace(EPOCH_10, blocks=3_000, hopping_share=SHARE, retarget_parameter=1e9)


@pytest.fixture(scope="module")
def traces() -> Traces:
    drawn = draw_traces(replace(STEADY, blocks=4_000), range(60_000, 60_004), crowd_every=1e12)
    return replace(drawn, hash_rates=np.ones_like(drawn.hash_rates))


def _waves(seen: Observation) -> np.ndarray:
    """φ of +0.2 and -0.2 by turns of 50 blocks."""
    return np.full(len(seen.phi), 0.2 if seen.block // 50 % 2 else -0.2)


def _none(seen: Observation) -> np.ndarray:
    return np.zeros(len(seen.phi))


def test_without_phi_a_hopper_gains_nothing(traces: Traces) -> None:
    gains = hopping_gain(run(STEADY, traces, _none))
    assert np.abs(gains).max() < 1e-3


def test_a_known_course_of_phi_gains_what_the_formula_says(traces: Traces) -> None:
    """Hoppers mine at 1/p of exp(0.2) alone; loyal miners at the mean of both sides, by time."""
    trajectory = run(replace(STEADY, max_step=1.0), traces, _waves)
    log = trajectory.log[:, 1_000:]
    low = log[:, :, PHI] > 0
    assert (log[:, :, HOPPING] == low).mean() > 0.97
    # The low side lasts 50 blocks at a rate of exp(0.2), the other 50 at 0.75 · exp(-0.2).
    times = np.array([50 / np.exp(0.2), 50 / (0.75 * np.exp(-0.2))])
    loyal = (times * np.exp([0.2, -0.2])).sum() / times.sum()
    assert hopping_gain(trajectory).mean() == pytest.approx(np.exp(0.2) / loyal - 1, rel=0.05)


def test_phi_by_feedback_pays_hoppers(traces: Traces) -> None:
    busy = draw_traces(replace(STEADY, blocks=4_000), range(60_000, 60_004))
    crowds = replace(busy, hash_rates=np.ones_like(busy.hash_rates))
    gains = hopping_gain(run(STEADY, crowds, Proportional(0.4, 0.05)))
    assert gains.min() > 0.02


def test_hoppers_stay_away_while_p_is_above_the_usual(traces: Traces) -> None:
    """And blocks take longer then: by 1 / (1 - share) at the same p."""
    log = run(replace(STEADY, max_step=1.0), traces, _waves).log[:, 1_000:]
    high = (log[:, :, PHI] < 0) & (log[:, :, HOPPING] == 0)
    intervals = log[:, :, 1][high] * np.exp(log[:, :, PHI][high]) / log[:, :, DIFFICULTY][high]
    assert intervals.mean() == pytest.approx(1 / (1 - SHARE), rel=0.05)
    with pytest.raises(ValueError, match="not within 0 and 1"):
        replace(STEADY, hopping_share=1.0)
