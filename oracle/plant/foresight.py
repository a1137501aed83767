"""Controllers that know more than numbers: what reading can give at most, and what knowing all would."""

from dataclasses import dataclass
from functools import cached_property

import numba
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


@dataclass(frozen=True)
class Clairvoyant:
    """Model-predictive: knows all arrivals and hash rates to come, and luck alone not.

    Every epoch it plays all plans of some epochs, in five steps each, through the mean course of the plant, and
    follows the one of least cost: the sum over T of backlog ** power + price * phi. For luck it leaves a margin: it
    plans as if blocks held so much less.
    """

    traces: Traces
    margin: float  # of theta
    price: float
    power: float
    epochs: int = 5

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        definition = seen.definition
        low, high = definition.phi_bounds
        return np.asarray(
            _best_first_steps(
                seen.block,
                (definition.epoch_blocks, definition.lag_blocks, self.epochs),
                (definition.theta0, definition.capacity, definition.max_step, low, high),
                definition.retarget_parameter,
                (self.price, self.power, self.margin),
                time_of(seen),
                backlog_of(seen),
                seen.phi,
                self._by_t,
                self.traces.hash_rates,
            )
        )

    @cached_property
    def _by_t(self) -> Floats:
        """[seeds, T]: arrivals of each T."""
        return self.traces.arrivals_by_t()


@numba.njit(cache=True)
def _best_first_steps(
    block: int,
    counts: tuple[int, int, int],
    limits: tuple[float, float, float, float, float],
    half_life: float,
    cost: tuple[float, float, float],
    clock: Floats,
    backlog: Floats,
    phi: Floats,
    arrivals: Floats,
    hash_rates: Floats,
) -> Floats:
    """Phi after the first epoch of the cheapest plan, for each seed."""
    epoch, lag, depth = counts
    theta0, capacity, step, low, high = limits
    price, power, margin = cost
    plans = 5**depth
    chosen = np.empty(len(phi))
    states = np.empty((depth + 1, 5))  # time, height, backlog, phi, cost
    for seed in range(len(phi)):
        best, best_phi, last = np.inf, phi[seed], -1
        for plan in range(plans):
            # Plans in a row share their beginning: go on from where this one leaves the last.
            shared = 0
            if last >= 0:
                scale = plans // 5
                while shared < depth and plan // scale == last // scale:
                    shared += 1
                    scale = max(1, scale // 5)
            else:
                states[0] = np.array([clock[seed], block, backlog[seed], phi[seed], 0.0])
            last = plan
            scale = plans // 5
            for at in range(depth):
                action = plan // scale % 5
                scale = max(1, scale // 5)
                if at < shared:
                    continue
                time, height, queue, before, spent = states[at]
                after = min(high, max(low, before + step * (action - 2) / 2))
                for number in range(epoch):
                    now = before if number < lag else after
                    here = min(int(time), arrivals.shape[1] - 1)
                    rate = hash_rates[seed, here] * np.exp(now) / 2.0 ** ((height - time) / half_life)
                    queue = max(0.0, queue + arrivals[seed, here] / capacity / rate - theta0 - now + margin)
                    time += 1.0 / rate
                    height += 1
                    spent += (queue**power + price * now) / rate
                states[at + 1] = np.array([time, height, queue, after, spent])
            if states[depth, 4] < best:
                best, best_phi = states[depth, 4], states[1, 3]
        chosen[seed] = best_phi
    return chosen
