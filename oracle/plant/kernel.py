"""The plant's blocks, compiled: rounds, propagation, queues by fee, latencies.

A block comes when its round is over (`rounds.py`), by D (`retarget.py`) and the mean of exp(phi) over the nodes, the
mean because p = d / sum(exp(phi)) is one for all. Under proof of work a find goes stale with probability
1 - exp(-rate * (0.005 + tau * size)). A block takes theta * capacity transactions of the queues: those of the dearer
tiers first, then those that reach its pool alone (`pools.py`), then those of the last tier, each queue in the order of
arrival. A part of the hash rate may hop: it mines a block only where its p is below the usual one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.compiled import compiled
from oracle.plant.definition import BASE_DELAY
from oracle.plant.retarget import difficulty
from oracle.plant.rounds import WORK, Rounds, competing_blocks, length_of_round, p_of_round, rate_of_round
from oracle.plant.traces import BINS_PER_T

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Latencies are counted in bins of 1 / 20 T up to 2000 T.
LATENCY_BINS_PER_T = 20
LATENCY_BINS = 2_000 * LATENCY_BINS_PER_T

# Queues: one for each tier of the price, the dearest first; then one for each pool.
HIGH = 0

# Columns of a log of blocks. PHI is that of the node that found the block.
# BACKLOG is what a block could have taken and did not.
# HIGH_VALUE counts the transactions of the dearest tier that pend when a block comes: it takes them first, so that
# BACKLOG, what it leaves, hardly ever holds one.
# STALE counts finds that went stale, or with slots the competing blocks that are expected.
# HOPPING is 1 where those mined who come for a low p alone.
TIME, INTERVAL, SIZE, BACKLOG, ARRIVED, PHI, RATE, STALE, DIFFICULTY, HIGH_VALUE, HOPPING = range(11)
COLUMNS = 11

# Blocks over which hoppers take the usual p, as an exponential mean.
USUAL_BLOCKS = 500


class Law(NamedTuple):
    """What stays as it is through a run."""

    rounds: Rounds
    tiers: int  # of the price
    as_ledgers: bool  # whether a block takes whole transactions, and of those only what came in before the last one
    capacity: float  # transactions of a block at theta = 1
    theta0: float
    tau: float  # intervals that a full block takes to the others more than one of no size
    hopping_share: float  # of the hash rate
    lag: int  # blocks of an epoch that phi of the epoch before binds
    retarget: int
    retarget_parameter: float


class Drawn(NamedTuple):
    """What chance and traffic bring; arrays have one row per seed."""

    queues: Floats  # [seeds, tiers + pools, bins]: transactions that come in
    hash_rates: Floats  # [seeds, T]
    work: Floats  # [seeds, finds]: exponential variates of mean 1 that decide how long rounds last
    luck: Floats  # [seeds, finds]: uniform variates that decide which finds go stale
    finders: Ints  # [seeds, finds]: the pool whose find it is


class State(NamedTuple):
    """What moves on from block to block; arrays have one row per seed."""

    clock: Floats  # [seeds], T
    usual: Floats  # [seeds]: p as hoppers know it, relative to that at the start
    finds: Ints  # [seeds]
    joined: Floats  # [seeds, tiers + pools]: transactions that have come in
    left: Floats  # [seeds, tiers + pools]: transactions that have been served
    head: Ints  # [seeds, tiers + pools]: bin of the oldest pending transaction
    head_left: Floats  # [seeds, tiers + pools]: how many of that bin have been served
    log: Floats  # [seeds, blocks, COLUMNS]
    latencies: Floats  # [seeds, tiers + pools, LATENCY_BINS]: transactions by latency
    latency_sums: Floats  # [seeds, tiers + pools]


def at_the_start(drawn: Drawn, blocks: int) -> State:
    """Nothing has come yet; the log has room for so many blocks."""
    shape = seeds, _ = drawn.queues.shape[:2]
    return State(
        clock=np.zeros(seeds),
        usual=np.ones(seeds),
        finds=np.zeros(seeds, np.int64),
        joined=np.zeros(shape),
        left=np.zeros(shape),
        head=np.zeros(shape, np.int64),
        head_left=np.zeros(shape),
        log=np.zeros((seeds, blocks, COLUMNS)),
        latencies=np.zeros((*shape, LATENCY_BINS)),
        latency_sums=np.zeros(shape),
    )


@compiled
def advance(
    law: Law,
    drawn: Drawn,
    state: State,
    first_block: int,
    blocks: int,
    phi_before: Floats,  # [seeds, pools]: until `law.lag` blocks are over
    phi_after: Floats,  # [seeds, pools]
) -> None:
    """Run every seed over some blocks; moves the state on."""
    rounds, tiers, as_ledgers, capacity, theta0, tau, hopping_share, lag, retarget, retarget_parameter = law
    queues, hash_rates, work, luck, finders = drawn
    clock, usual, finds, joined, left, log = state.clock, state.usual, state.finds, state.joined, state.left, state.log
    for seed in range(clock.shape[0]):
        for block in range(first_block, first_block + blocks):
            phis = phi_before[seed] if block - first_block < lag else phi_after[seed]
            mean_exp = np.mean(np.exp(phis))
            began = clock[seed]
            known = joined[seed].copy()
            arrived_before = known.sum()
            # It looks at blocks, so finds that go stale change nothing.
            hardness = difficulty(retarget, retarget_parameter, block, log[seed, :, TIME], log[seed, :, DIFFICULTY])
            p = p_of_round(rounds, hardness, mean_exp)
            stale = competing_blocks(rounds, p)
            relative = hardness / mean_exp
            hopping = relative < usual[seed]
            present = 1.0 if hopping else 1.0 - hopping_share
            usual[seed] += (relative - usual[seed]) / USUAL_BLOCKS
            while True:
                here = min(int(clock[seed]), hash_rates.shape[1] - 1)
                hash_rate = present * hash_rates[seed, here]
                rate = rate_of_round(rounds, p, hash_rate)
                clock[seed] += length_of_round(rounds, p, hash_rate, work[seed, finds[seed]])
                lucky = luck[seed, finds[seed]]
                pool = finders[seed, finds[seed]]
                finds[seed] = (finds[seed] + 1) % work.shape[1]
                for queue in range(queues.shape[1]):
                    joined[seed, queue] = arrived(queues[seed, queue], clock[seed], joined[seed, queue], began)
                began = clock[seed]
                own = tiers + pool
                within_reach = known if as_ledgers else joined[seed]
                pending = within_reach - left[seed]
                room = (theta0 + phis[pool]) * capacity
                if as_ledgers:
                    room = np.floor(room)
                size = min(pending[:tiers].sum() + pending[own], room) / capacity
                if rounds.kind != WORK or lucky >= 1.0 - np.exp(-rate * (BASE_DELAY + tau * size)):
                    break
                stale += 1
            for queue in range(tiers - 1):
                room -= serve(drawn, state, seed, queue, min(room, pending[queue]))
            for queue in (own, tiers - 1):
                room -= serve(drawn, state, seed, queue, min(room, pending[queue]))
            row = log[seed, block]
            row[TIME] = clock[seed]
            row[INTERVAL] = clock[seed] - (log[seed, block - 1, TIME] if block else 0.0)
            row[SIZE] = size
            row[BACKLOG] = within_reach.sum() - left[seed].sum()
            row[ARRIVED] = joined[seed].sum() - arrived_before
            row[PHI] = phis[pool]
            row[RATE] = rate
            row[STALE] = stale
            row[DIFFICULTY] = hardness
            row[HIGH_VALUE] = pending[HIGH]
            row[HOPPING] = hopping


@compiled
def drain(drawn: Drawn, state: State) -> None:
    """Count what is pending with the time that it has waited, as if all of it were confirmed now."""
    for seed in range(state.clock.shape[0]):
        for queue in range(drawn.queues.shape[1]):
            serve(drawn, state, seed, queue, state.joined[seed, queue] - state.left[seed, queue])


@compiled
def arrived(arrivals: Floats, time: float, joined: float, since: float) -> float:
    """How many have come in until a time, of which `joined` until `since`."""
    bins = len(arrivals)
    first, last = min(since * BINS_PER_T, bins - 1e-9), min(time * BINS_PER_T, bins - 1e-9)
    a, b = int(first), int(last)
    if a == b:
        return float(joined + arrivals[a] * (last - first))
    total: float = arrivals[a] * (a + 1 - first) + arrivals[b] * (last - b)
    for between in range(a + 1, b):
        total += arrivals[between]
    return float(joined + total)


@compiled
def serve(drawn: Drawn, state: State, seed: int, queue: int, count: float) -> float:
    """Serve the `count` oldest of a queue now, and count how long they have waited."""
    arrivals, time, head, head_left = drawn.queues[seed, queue], state.clock[seed], state.head, state.head_left
    remaining = count
    while remaining > 1e-9:
        at = head[seed, queue]
        here = arrivals[at] - head_left[seed, queue]
        if here <= 1e-12:
            if at + 1 >= len(arrivals):
                break
            head[seed, queue], head_left[seed, queue] = at + 1, 0.0
            continue
        taken = min(here, remaining)
        middle = (at + (head_left[seed, queue] + taken / 2) / arrivals[at]) / BINS_PER_T
        waited = max(0.0, time - middle)
        state.latencies[seed, queue, min(LATENCY_BINS - 1, int(waited * LATENCY_BINS_PER_T))] += taken
        state.latency_sums[seed, queue] += taken * waited
        head_left[seed, queue] += taken
        remaining -= taken
    state.left[seed, queue] += count - remaining
    return count - remaining
