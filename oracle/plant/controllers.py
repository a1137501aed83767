"""Controllers that see numbers alone: laws of control, rules that live chains use, and one phi by node."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.compiled import compiled
from oracle.formulas.feedback import feedback_phi
from oracle.formulas.levels import at_mean
from oracle.plant.kernel import ARRIVED, BACKLOG, HIGH_VALUE, INTERVAL, PHI, SIZE, TIME
from oracle.plant.plant import Observation, PlantController

Floats = NDArray[np.float64]


def time_of(seen: Observation) -> Floats:
    """Clock of each seed, in T."""
    return seen.log[:, -1, TIME] if seen.block else np.zeros(len(seen.phi))


def backlog_of(seen: Observation) -> Floats:
    """Pending transactions of each seed, in blocks that are full at theta = 1."""
    return seen.log[:, -1, BACKLOG] / seen.definition.capacity if seen.block else np.zeros(len(seen.phi))


def load_of(seen: Observation, blocks: int) -> Floats:
    """Arrivals in a T over the last blocks of each seed, in blocks that are full at theta = 1."""
    if not seen.block:
        return np.full(len(seen.phi), seen.definition.load * seen.definition.theta0)
    rows = seen.log[:, -blocks:]
    return np.asarray(rows[:, :, ARRIVED].sum(axis=1) / rows[:, :, INTERVAL].sum(axis=1) / seen.definition.capacity)


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
class FeedForward:
    """Proportional, and in proportion to the load: phi = constant + gain * backlog + weight * load over some blocks."""

    gain: float
    weight: float
    blocks: int
    constant: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        return self.constant + self.gain * backlog_of(seen) + self.weight * load_of(seen, self.blocks)


@dataclass(frozen=True)
class SmithPredictor:
    """Proportional to the backlog as it will be when phi acts, by the load over some blocks and phi in force.

    Smith 1957: a model of the plant without its delay takes the delay out of the loop.
    """

    gain: float
    blocks: int
    constant: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        if not seen.block:
            return np.full(len(seen.phi), self.constant)
        definition = seen.definition
        per_block = seen.log[:, -self.blocks :, ARRIVED].mean(axis=1) / definition.capacity
        grows = definition.lag_blocks * (per_block - definition.theta0 - seen.phi)
        return np.asarray(self.constant + self.gain * np.maximum(0.0, backlog_of(seen) + grows))


@dataclass(frozen=True)
class TwoMedians:
    """As Monero bounds its blocks: theta is a factor times the median size of recent blocks.

    The short median, over `short` blocks, counts up to `surge` times the long one, over `long` blocks.
    """

    short: int
    long: int
    surge: float
    factor: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        if not seen.block:
            return np.zeros(len(seen.phi))
        sizes = seen.log[:, :, SIZE]
        lasting = np.median(sizes[:, -self.long :], axis=1)
        recent = np.median(sizes[:, -self.short :], axis=1)
        effective = np.maximum(lasting, np.minimum(recent, self.surge * lasting))
        return np.asarray(self.factor * effective - seen.definition.theta0)


@dataclass(frozen=True)
class AdaptiveLimit:
    """As Bitcoin Cash's ABLA moves its limit: a control function that follows sizes, and a buffer that follows it.

    By block, with x the size, y = epsilon + beta the limit, and rates of the two:
    epsilon += rate * (zeta * min(x, y) - epsilon);  beta += rate * (growth * surplus - beta) while blocks are above
    epsilon / zeta. CHIP-2023-04 has this form with a zeta of 1.5 and time constants of a year; here they are tuned.
    """

    rate: float
    buffer_rate: float
    zeta: float

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        if not seen.block:
            return np.zeros(len(seen.phi))
        sizes = np.ascontiguousarray(seen.log[:, -_FOLLOWED:, SIZE])
        return _adaptive_limit(sizes, seen.definition.theta0, self.rate, self.buffer_rate, self.zeta) - (
            seen.definition.theta0
        )


@dataclass(frozen=True)
class CapacityByTime:
    """As Avalanche's ACP-176 fills its bucket of gas: capacity by time and not by block.

    theta = rate * mean length of the last blocks, in T: where blocks come slowly, each may hold more. The fee that
    meters the bucket on Avalanche has no part here, since no price deters anyone on the plant.
    """

    blocks: int
    rate: float  # full blocks in a T

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        if not seen.block:
            return np.zeros(len(seen.phi))
        lengths = seen.log[:, -self.blocks :, INTERVAL].mean(axis=1)
        return np.asarray(self.rate * lengths - seen.definition.theta0)


# Blocks over which rules that follow sizes are played anew: what lies further back has no weight in those tuned.
_FOLLOWED = 1_000


@compiled
def _adaptive_limit(sizes: Floats, theta0: float, rate: float, buffer_rate: float, zeta: float) -> Floats:
    limits = np.empty(len(sizes))
    for row in range(len(sizes)):
        control, buffer = theta0, 0.0
        for size in sizes[row]:
            surplus = zeta * min(size, control + buffer) - control
            control = max(0.1 * theta0, control + rate * surplus)
            buffer = max(0.0, buffer + buffer_rate * (max(0.0, surplus) - buffer))
        limits[row] = control + buffer
    return limits


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
        low, high = (np.full_like(apart, bound) for bound in seen.definition.phi_bounds)
        return np.asarray(at_mean(apart, np.asarray(self.common(seen)), low, high))
