"""A perfect reader in the classical form: proportional, with what announced crowds will bring."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from oracle.plant.controllers import backlog_of, time_of
from oracle.plant.definition import Definition
from oracle.plant.plant import Observation
from oracle.plant.traces import Traces

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reader:
    """Proportional, with what announced crowds will bring: knows which are real, when they come and how big they are.

    Phi = constant + gain * backlog + weight * excess, where excess is what they will bring within the horizon beyond
    the base load. It knows nothing of crowds that no one announced, of the hash rate, or of chance.
    """

    definition: Definition
    traces: Traces
    gain: float
    constant: float
    weight: float
    horizon: int  # T

    @cached_property
    def excess(self) -> Floats:
        """[seeds, T]: announced arrivals to come, in full blocks."""
        length = self.traces.hash_rates.shape[1]
        excess = np.zeros((len(self.traces.seeds), length))
        base = self.definition.load * self.definition.theta0
        for row, schedule in zip(excess, self.traces.schedules, strict=True):
            for crowd in schedule.crowds:
                if crowd.called_off or not crowd.announced_ahead_blocks:
                    continue
                end = crowd.start_block + crowd.length_blocks
                times = np.arange(max(0, crowd.start_block - crowd.announced_ahead_blocks), min(length, end))
                here = np.minimum(times + self.horizon, end) - np.maximum(times, crowd.start_block)
                row[times] += base * (crowd.factor - 1) * np.maximum(0, here)
        return excess

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        excess = self.excess[np.arange(len(seen.phi)), time_of(seen).astype(int)]
        return np.asarray(self.constant + self.gain * backlog_of(seen) + self.weight * excess)
