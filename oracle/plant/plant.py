"""The plant under a controller: epoch after epoch, all seeds side by side."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from oracle.plant.definition import Definition
from oracle.plant.kernel import COLUMNS, LATENCY_BINS, advance, drain
from oracle.plant.retarget import NAMES
from oracle.plant.traces import Traces

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Observation:
    """What a controller sees at the end of an epoch. Arrays have one row per seed."""

    definition: Definition
    block: int  # blocks so far
    log: Floats  # [seeds, block, COLUMNS of the kernel]: every block so far
    phi: Floats  # [seeds]: in force


class PlantController(Protocol):
    """Decides one phi for all nodes."""

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed, before limits."""


@dataclass(frozen=True)
class Trajectory:
    """A run that is over."""

    definition: Definition
    log: Floats  # [seeds, blocks, COLUMNS]
    latencies: Floats  # [seeds, 2, LATENCY_BINS]: high-value transactions, then the others
    latency_sums: Floats  # [seeds, 2]
    decided: Floats  # [seeds, epochs]: phi of each epoch, as limited


def run(definition: Definition, traces: Traces, controller: PlantController) -> Trajectory:
    """Run all seeds to the end. Transactions still pending then are counted with the time that they have waited.

    Raises:
        ValueError: blocks came so slowly that the traces are over.
    """
    seeds = len(traces.seeds)
    clock, finds = np.zeros(seeds), np.zeros(seeds, np.int64)
    joined, left = np.zeros((seeds, 2)), np.zeros((seeds, 2))
    head, head_left = np.zeros((seeds, 2), np.int64), np.zeros((seeds, 2))
    log = np.zeros((seeds, definition.blocks, COLUMNS))
    latencies, latency_sums = np.zeros((seeds, 2, LATENCY_BINS)), np.zeros((seeds, 2))
    numbers = (definition.capacity, definition.theta0, definition.tau)
    low, high = definition.phi_bounds
    phi = np.zeros(seeds)
    decided = []
    for first in range(0, definition.blocks, definition.epoch_blocks):
        wanted = controller(Observation(definition, first, log[:, :first], phi))
        after = np.clip(phi + np.clip(wanted - phi, -definition.max_step, definition.max_step), low, high)
        advance(
            first,
            min(definition.epoch_blocks, definition.blocks - first),
            definition.lag_blocks,
            phi,
            after,
            numbers,
            NAMES[definition.retarget],
            definition.retarget_parameter,
            traces.arrivals,
            traces.hash_rates,
            traces.work,
            traces.luck,
            clock,
            finds,
            joined,
            left,
            head,
            head_left,
            log,
            latencies,
            latency_sums,
        )
        phi = after
        decided.append(after)
    if clock.max() >= traces.hash_rates.shape[1]:
        raise ValueError(f"a run took {clock.max():.0f} T, longer than its traces; draw longer ones")
    drain(traces.arrivals, clock, joined, left, head, head_left, latencies, latency_sums)
    return Trajectory(definition, log, latencies, latency_sums, np.stack(decided, axis=1))
