"""Transactions of the workload as they arrive in continuous time: the same for every run of one seed."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from oracle.workload.calls import Call, Venue
from oracle.workload.generator import Traffic, generate


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
