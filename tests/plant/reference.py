"""The plant's definition once more, in plain Python: one seed, lists for queues, a latency for every part of a bin."""

import math
from dataclasses import dataclass, field

from oracle.plant.definition import BASE_DELAY, Definition
from oracle.plant.rounds import Slots, Turns
from oracle.plant.traces import BINS_PER_T, Traces


@dataclass
class Reference:
    """What a run leaves behind."""

    times: list[float] = field(default_factory=list)
    backlogs: list[float] = field(default_factory=list)
    stale: int = 0
    waited: list[tuple[int, float, float]] = field(default_factory=list)  # tier, transactions, T


def play(definition: Definition, traces: Traces, seed: int, phis: list[float]) -> Reference:
    """One seed, with phi given for every block."""
    out = Reference()
    time, finds = 0.0, 0
    queues: list[list[list[float]]] = [[], []]  # of [first arrival, last arrival, transactions], oldest first
    for height, phi in enumerate(phis):
        difficulty = 2 ** ((height - time) / definition.retarget_parameter)
        late: list[list[list[float]]] = [[], []]  # what this block cannot take yet
        while True:
            lasts, rate = _round(
                definition, difficulty, phi, traces.hash_rates[seed, int(time)], traces.work[seed, finds]
            )
            until = time + lasts
            for tier in (0, 1):
                joins = late if definition.as_ledgers else queues
                joins[tier] += _between(traces.arrivals[seed, tier], time, until)
            time = until
            pending = sum(part[2] for queue in queues for part in queue)
            room = (definition.theta0 + phi) * definition.capacity
            room = math.floor(room) if definition.as_ledgers else room
            size = min(pending, room) / definition.capacity
            may_go_stale = not isinstance(definition.engine, Slots | Turns)
            stales = 1 - math.exp(-rate * (BASE_DELAY + definition.tau * size)) if may_go_stale else 0.0
            goes_stale = traces.luck[seed, finds] < stales
            finds += 1
            if not goes_stale:
                break
            out.stale += 1
        for tier, queue in enumerate(queues):
            while queue and room > 1e-9:
                first, last, count = queue[0]
                taken = min(room, count)
                end = first + (last - first) * taken / count
                out.waited.append((tier, taken, time - (first + end) / 2))
                queue[0] = [end, last, count - taken]
                room -= taken
                if queue[0][2] <= 1e-9:
                    queue.pop(0)
        out.times.append(time)
        out.backlogs.append(sum(part[2] for queue in queues for part in queue))
        for queue, joined in zip(queues, late, strict=True):
            queue.extend(joined)
    return out


def _round(definition: Definition, difficulty: float, phi: float, hash_rate: float, luck: float) -> tuple[float, float]:
    """Length in T and rate of a round: slots and turns one by one, until the exponential variate is used up."""
    match definition.engine:
        case Slots(slots=slots):
            p, chances = max(1, math.floor(difficulty * slots / math.exp(phi))), 1
            while p > 1 and luck >= -chances * math.log(1 - 1 / p):
                chances += 1
            return chances / slots, slots / p
        case Turns(seconds=seconds, missed=missed):
            p, turns = max(1, math.floor(difficulty * seconds / math.exp(phi))), 1
            while missed and luck >= -turns * math.log(missed):
                turns += 1
            return turns * p / seconds, seconds * (1 - missed) / p
    rate = hash_rate * math.exp(phi) / difficulty
    return luck / rate, rate


def _between(arrivals, since: float, until: float) -> list[list[float]]:  # type: ignore[no-untyped-def]
    parts = []
    for at in range(int(since * BINS_PER_T), int(until * BINS_PER_T) + 1):
        first, last = max(since, at / BINS_PER_T), min(until, (at + 1) / BINS_PER_T)
        if last > first:
            parts.append([first, last, arrivals[at] * (last - first) * BINS_PER_T])
    return parts
