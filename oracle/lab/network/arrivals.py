"""Transactions of the workload as they arrive in continuous time: the same for every run of one seed."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from oracle.lab.network.plan import NetworkPlan
from oracle.workload.calls import Call, Venue
from oracle.workload.crowds import Traffic
from oracle.workload.generator import generate
from oracle.workload.schedule import Schedule


@dataclass(frozen=True)
class Arrival:
    """A call and when its sender sends it."""

    time_seconds: float  # since the start
    call: Call


def arrivals(traffic: Traffic, venue: Venue, interval_seconds: int) -> Iterator[Arrival]:
    """Arrivals in the order of time, without end: those of a target interval are spread evenly over it by chance."""
    random_ = random.Random(f"arrivals {traffic.seed}")  # noqa: S311 - simulation, not secrets
    for interval, calls in zip(itertools.count(), generate(traffic, venue)):
        times = sorted(random_.random() for _ in calls)
        for offset, call in zip(times, calls, strict=True):
            yield Arrival((interval + offset) * interval_seconds, call)


class TrafficClock:
    """The arrivals of a plan, handed out as time goes by."""

    def __init__(self, plan: NetworkPlan, schedule: Schedule, venue: Venue) -> None:
        traffic = Traffic(base_load=plan.base_load, crowds=schedule.crowds, accounts=plan.accounts, seed=plan.seed)
        self._arrivals = arrivals(traffic, venue, plan.interval_seconds)
        self._next = next(self._arrivals)

    def due(self, time_seconds: float) -> list[Arrival]:
        """Arrivals up to a time that were not handed out yet."""
        due = []
        while self._next.time_seconds <= time_seconds:
            due.append(self._next)
            self._next = next(self._arrivals)
        return due
