"""Figures of a run: latencies, staleness, intervals, issuance, offered capacity. Times are in T."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.plant.kernel import INTERVAL, LATENCY_BINS_PER_T, PHI, STALE, TIME
from oracle.plant.plant import Trajectory

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """One value per seed."""

    latency_mean: Floats
    latency_p95: Floats
    latency_p99: Floats
    high_value_mean: Floats
    high_value_p95: Floats
    high_value_p99: Floats
    stale_rate: Floats
    interval_deviation: Floats
    issuance_ahead: Floats  # the most blocks off schedule at any time
    mean_theta: Floats  # offered capacity: mean of theta over blocks


def measure(trajectory: Trajectory) -> Figures:
    """Figures of each seed's run."""
    log, by_tier = trajectory.log, trajectory.latencies
    both = by_tier.sum(axis=1)
    heights = np.arange(1, log.shape[1] + 1)
    stale = log[:, :, STALE].sum(axis=1)
    return Figures(
        latency_mean=trajectory.latency_sums.sum(axis=1) / both.sum(axis=1),
        latency_p95=_percentile(both, 0.95),
        latency_p99=_percentile(both, 0.99),
        high_value_mean=trajectory.latency_sums[:, 0] / np.maximum(1e-9, by_tier[:, 0].sum(axis=1)),
        high_value_p95=_percentile(by_tier[:, 0], 0.95),
        high_value_p99=_percentile(by_tier[:, 0], 0.99),
        stale_rate=stale / (stale + log.shape[1]),
        interval_deviation=log[:, :, INTERVAL].std(axis=1),
        issuance_ahead=np.abs(heights - log[:, :, TIME]).max(axis=1),
        mean_theta=trajectory.definition.theta0 + log[:, :, PHI].mean(axis=1),
    )


def _percentile(histogram: Floats, share: float) -> Floats:
    """The latency that `share` of the transactions of each row do not exceed, to half a bin."""
    running = histogram.cumsum(axis=1)
    at: Floats = (running < share * running[:, -1:]).sum(axis=1).astype(np.float64)
    return (at + 0.5) / LATENCY_BINS_PER_T
