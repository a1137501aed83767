"""The plant's definition once more, in plain Python: one seed, lists for queues, a latency for every part of a bin."""

import math
from dataclasses import dataclass, field

from oracle.plant.definition import BASE_DELAY, Definition
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
        while True:
            rate = traces.hash_rates[seed, int(time)] * math.exp(phi) / difficulty
            until = time + traces.work[seed, finds] / rate
            for tier in (0, 1):
                queues[tier] += _between(traces.arrivals[seed, tier], time, until)
            time = until
            pending = sum(part[2] for queue in queues for part in queue)
            size = min(pending / definition.capacity, definition.theta0 + phi)
            goes_stale = traces.luck[seed, finds] < 1 - math.exp(-rate * (BASE_DELAY + definition.tau * size))
            finds += 1
            if not goes_stale:
                break
            out.stale += 1
        room = (definition.theta0 + phi) * definition.capacity
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
    return out


def _between(arrivals, since: float, until: float) -> list[list[float]]:  # type: ignore[no-untyped-def]
    parts = []
    for at in range(int(since * BINS_PER_T), int(until * BINS_PER_T) + 1):
        first, last = max(since, at / BINS_PER_T), min(until, (at + 1) / BINS_PER_T)
        if last > first:
            parts.append([first, last, arrivals[at] * (last - first) * BINS_PER_T])
    return parts
