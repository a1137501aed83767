"""Controllers that see numbers alone: constant, proportional, PI, fullness as of EIP-1559, high value, by node."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.plant.kernel import BACKLOG, HIGH_VALUE, PHI, SIZE, TIME
from oracle.plant.plant import Observation, PlantController

Floats = NDArray[np.float64]


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
    """Phi = constant + gain * backlog: `oracle.control.feedback` on the plant."""

    gain: float
    constant: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        return self.constant + self.gain * backlog_of(seen)


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
    """A phi of its own for each pool's nodes: the common one, and gain * how much more than others pends at the pool.

    phi_n = phi + gain * (own_n - mean of own), in blocks that are full at theta = 1.
    """

    common: PlantController
    gain: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed and pool."""
        own = seen.own / seen.definition.capacity
        return np.asarray(self.common(seen)[:, None] + self.gain * (own - own.mean(axis=1, keepdims=True)))
