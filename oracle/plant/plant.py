"""The plant under a controller: epoch after epoch, all seeds side by side."""

import itertools
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.lanes import UNITS_PER_ONE
from oracle.plant.definition import Definition
from oracle.plant.kernel import HIGH, Drawn, Law, advance, at_the_start, drain
from oracle.plant.pools import split
from oracle.plant.retarget import NAMES
from oracle.plant.rounds import rounds_of
from oracle.plant.traces import Traces

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Observation:
    """What a controller sees at the end of an epoch. Arrays have one row per seed."""

    definition: Definition
    block: int  # blocks so far
    log: Floats  # [seeds, block, COLUMNS of the kernel]: every block so far
    phi: Floats  # [seeds]: in force, mean of the nodes
    own: Floats  # [seeds, pools]: transactions pending that reach one pool alone


class PlantController(Protocol):
    """Decides one phi for all nodes, or one for those of each pool."""

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed, or of each seed and pool, before limits."""


@dataclass(frozen=True)
class Trajectory:
    """A run that is over."""

    definition: Definition
    log: Floats  # [seeds, blocks, COLUMNS]
    latencies: Floats  # [seeds, 2, LATENCY_BINS]: high-value transactions, then the others
    latency_sums: Floats  # [seeds, 2]
    decided: Floats  # [seeds, epochs]: mean phi of the nodes in each epoch, as limited


def run(definition: Definition, traces: Traces, controller: PlantController) -> Trajectory:
    """Run all seeds to the end. Transactions still pending then are counted with the time that they have waited.

    Raises:
        ValueError: blocks came so slowly that the traces are over.
    """
    queues, finders = split(traces, definition.pools)
    tiers = traces.arrivals.shape[1]
    law = Law(
        rounds=rounds_of(definition.engine),
        tiers=tiers,
        as_ledgers=definition.as_ledgers,
        capacity=definition.capacity,
        theta0=definition.theta0,
        tau=definition.tau,
        hopping_share=definition.hopping_share,
        lag=definition.lag_blocks,
        retarget=NAMES[definition.retarget],
        retarget_parameter=definition.retarget_parameter,
    )
    drawn = Drawn(queues, traces.hash_rates, traces.work, traces.luck, finders)
    state = at_the_start(drawn, definition.blocks)
    seeds = len(state.clock)
    low, high = definition.phi_bounds
    phi = np.zeros((seeds, len(definition.pools.hash_shares)))
    decided = []
    ends = definition.epoch_ends or range(definition.epoch_blocks, definition.blocks, definition.epoch_blocks)
    for first, end in itertools.pairwise((0, *ends, definition.blocks)):
        own = (state.joined - state.left)[:, tiers:]
        seen = Observation(definition, first, state.log[:, :first], phi.mean(axis=1), own)
        wanted = controller(seen).reshape(seeds, -1)
        after = np.clip(phi + np.clip(wanted - phi, -definition.max_step, definition.max_step), low, high)
        if definition.as_ledgers:
            after = np.round(after * UNITS_PER_ONE) / UNITS_PER_ONE
        advance(law, drawn, state, first, end - first, phi, after)
        phi = after
        decided.append(after.mean(axis=1))
    longest = state.clock.max()
    if longest >= traces.hash_rates.shape[1]:
        raise ValueError(f"a run took {longest:.0f} T, longer than its traces; draw longer ones")
    drain(drawn, state)
    return Trajectory(
        definition, state.log, _by_value(state.latencies), _by_value(state.latency_sums), np.stack(decided, axis=1)
    )


def _by_value(by_queue: Floats) -> Floats:
    """High-value transactions, then all others."""
    return np.stack([by_queue[:, HIGH], by_queue[:, HIGH + 1 :].sum(axis=1)], axis=1)
