"""Unequal pools with order flow of their own: where it matters which node has which phi.

A pool finds blocks by its share of the hash rate, which is not its share of the nodes. A part of the traffic reaches
one pool alone (an exclusive order flow: its own users, a private relay), and whose part is large changes, without
regard to hash rate.
"""

import numpy as np
from numpy.typing import NDArray

from oracle.plant.definition import Pools
from oracle.plant.traces import BINS_PER_T, Traces

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def split(traces: Traces, pools: Pools) -> tuple[Floats, Ints]:
    """Arrivals by queue, [seeds, tiers + pools, bins], and the pool of each find, [seeds, finds].

    Equal for equal seeds. What reaches one pool alone is of the last tier.
    """
    seeds, tiers, bins = traces.arrivals.shape
    queues = np.zeros((seeds, tiers + len(pools.hash_shares), bins))
    finders = np.zeros(traces.work.shape, np.int64)
    queues[:, :tiers] = traces.arrivals
    queues[:, tiers - 1] *= 1 - pools.own_share
    own = pools.own_share * traces.arrivals[:, -1]
    if len(pools.hash_shares) == 1:
        queues[:, tiers] = own
        return queues, finders
    edges = np.cumsum(pools.hash_shares)[:-1]
    for row, seed in enumerate(traces.seeds):
        random = np.random.default_rng([seed, 0x706F6F6C73])
        finders[row] = np.searchsorted(edges, random.random(size=traces.work.shape[1]), side="right")
        at = 0
        while at < bins:
            until = at + 1 + int(random.exponential(pools.own_every) * BINS_PER_T)
            shares = random.dirichlet(np.ones(len(pools.hash_shares)))
            queues[row, tiers:, at:until] = shares[:, None] * own[row, at:until]
            at = until
    return queues, finders
