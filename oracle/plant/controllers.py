"""Controllers that see numbers alone: constant, proportional, PI, fullness as of EIP-1559, high value, by node."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from oracle.formulas.feedback import feedback_phi
from oracle.plant.kernel import BACKLOG, HIGH_VALUE, PHI, SIZE, TIME
from oracle.plant.plant import Observation, PlantController

Floats = NDArray[np.float64]
_HALVINGS = 50


def time_of(seen: Observation) -> Floats:
    """Clock of each seed, in T."""
    return seen.log[:, -1, TIME] if seen.block else np.zeros(len(seen.phi))


def backlog_of(seen: Observation) -> Floats:
    """Pending transactions of each seed, in blocks that are full at theta = 1."""
    return seen.log[:, -1, BACKLOG] / seen.definition.capacity if seen.block else np.zeros(len(seen.phi))


@dataclass(frozen=True)
class Constant:
    """The same phi at all times."""

    phi: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        return np.full(len(seen.phi), self.phi)


@dataclass(frozen=True)
class Proportional:
    """The classical feedback on the plant."""

    gain: float
    constant: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        return feedback_phi(backlog_of(seen), gain=self.gain, constant=self.constant)


@dataclass(frozen=True)
class ProportionalIntegral:
    """PI on backlog in velocity form, so that limits wind nothing up: phi += gain * change + integral_gain * error."""

    gain: float
    integral_gain: float
    setpoint: float  # backlog, in full blocks

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        epoch = seen.definition.epoch_blocks
        before = seen.log[:, -1 - epoch, BACKLOG] / seen.definition.capacity if seen.block > epoch else 0.0
        backlog = backlog_of(seen)
        return seen.phi + self.gain * (backlog - before) + self.integral_gain * (backlog - self.setpoint)


@dataclass(frozen=True)
class Fullness:
    """As EIP-1559 moves its base fee: theta *= 1 + rate * (fullness - target) / target, over an epoch."""

    rate: float
    target: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        if not seen.block:
            return np.zeros(len(seen.phi))
        theta0 = seen.definition.theta0
        rows = seen.log[:, -seen.definition.epoch_blocks :]
        fullness = rows[:, :, SIZE].sum(axis=1) / (theta0 + rows[:, :, PHI]).sum(axis=1)
        return np.asarray((theta0 + seen.phi) * (1 + self.rate * (fullness - self.target) / self.target) - theta0)


@dataclass(frozen=True)
class HighValue:
    """Phi = constant + gain * high-value backlog, so that high-value traffic clears sooner.

    The backlog is that which each block of the last epoch found, on average, in blocks that are full at theta = 1.
    """

    gain: float
    constant: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        if not seen.block:
            return np.full(len(seen.phi), self.constant)
        found = seen.log[:, -seen.definition.epoch_blocks :, HIGH_VALUE].mean(axis=1)
        return np.asarray(self.constant + self.gain * found / seen.definition.capacity)


@dataclass(frozen=True)
class PerNode:
    """A phi of its own for each pool's nodes: more where more pends than at others, at the mean of the common one.

    phi_n = clip(level + gain * (own_n - mean of own)), in blocks that are full at theta = 1, with that level at which
    the mean over pools is the common phi: what one pool is given, others lack. At the bounds all are alike.
    """

    common: PlantController
    gain: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed and pool."""
        own = seen.own / seen.definition.capacity
        apart = self.gain * (own - own.mean(axis=1, keepdims=True))
        return at_mean(apart, np.asarray(self.common(seen)), seen.definition.phi_bounds)


def at_mean(apart: Floats, mean: Floats, bounds: tuple[float, float]) -> Floats:
    """Values as far apart as `apart`, [rows, columns], within bounds, whose means over columns are `mean`, [rows].

    A mean beyond the bounds is taken to them.
    """
    low, high = bounds
    return np.asarray(np.clip(_levels(apart, np.clip(mean, low, high), low, high)[:, None] + apart, low, high))


@numba.njit(cache=True)
def _levels(apart: Floats, mean: Floats, low: float, high: float) -> Floats:
    """What to add to each row, by halving."""
    levels = np.empty(len(mean))
    for row in range(len(mean)):
        below, above = low - apart[row].max(), high - apart[row].min()
        for _ in range(_HALVINGS):
            level = (below + above) / 2
            total = 0.0
            for column in range(apart.shape[1]):
                total += min(high, max(low, level + apart[row, column]))
            if total < mean[row] * apart.shape[1]:
                below = level
            else:
                above = level
        levels[row] = above
    return levels
