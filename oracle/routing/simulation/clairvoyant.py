"""A planner that knows how every leg will end: the best that anybody could have done with a transfer.

It looks at all ways of at most MOST_LEGS legs, with waits of a few lengths before each, over the world as it will be,
and takes the one in time with the lowest fees and time by the transfer's weights. Legs that fail are never taken. An
amount that may be split is also sent in two or three parts of a few sizes, one after the other being placed over
bridges that none before it uses; so for those it is good, but not proven best.
"""

from dataclasses import replace

from oracle.routing.graph import WHOLE_BPS
from oracle.routing.measures import MINUTE_SECONDS, cost_bps
from oracle.routing.objective import Objective
from oracle.routing.simulation.transfers import Carried, Transfer
from oracle.routing.simulation.world import Course, World

MOST_LEGS = 4
_WAITS_SECONDS = (0.0, 300.0, 900.0, 1_800.0)
_DIVISIONS = ((1,), (1, 1), (2, 1), (1, 2), (4, 1), (1, 4), (1, 1, 1), (2, 1, 1), (1, 1, 2))  # by their proportions


def carry_knowing(world: World, transfer: Transfer) -> Carried:
    """What becomes of a transfer whose planner knows the future."""
    objective = transfer.objective
    divisions = _DIVISIONS if objective.split else _DIVISIONS[:1]
    made = [parts for division in divisions if (parts := _parts(world, transfer, division)) is not None]
    if not made:
        return Carried(None, 0, 0, 0)
    parts = min(made, key=lambda each: _score_of(each, transfer))
    return Carried(
        arrived_at_seconds=max(end for end, _, _ in parts) - transfer.start_seconds,
        cost_minor=sum(cost for _, cost, _ in parts),
        legs=sum(len(names) for _, _, names in parts),
        failed_legs=0,
    )


_Way = tuple[float, int, tuple[str, ...]]  # when it arrives, its fees, its bridges


def _score_of(parts: list[_Way], transfer: Transfer) -> float:
    objective = transfer.objective
    seconds = max(end for end, _, _ in parts) - transfer.start_seconds
    bps = cost_bps(sum(cost for _, cost, _ in parts), objective.amount_minor)
    return objective.weight_cost * bps + objective.weight_time * seconds / MINUTE_SECONDS


def _parts(world: World, transfer: Transfer, division: tuple[int, ...]) -> list[_Way] | None:
    used: set[str] = set()
    found: list[_Way] = []
    left, whole = transfer.objective.amount_minor, sum(division)
    for at, part in enumerate(division):
        last = at == len(division) - 1
        amount = left if last else transfer.objective.amount_minor * part // whole
        left -= amount
        search = _Search(world, replace(transfer.objective, amount_minor=amount), transfer.start_seconds, used)
        way = search.best()
        if way is None:
            return None
        found.append(way)
        used |= set(way[2])
    return found


class _Search:
    """The best way of one amount, by going through all of them, and leaving those that cannot be better."""

    def __init__(self, world: World, objective: Objective, start_seconds: float, used: set[str]) -> None:
        self._objective, self._start = objective, start_seconds
        self._end = start_seconds + (objective.deadline_seconds or 0)
        self._leaving: dict[str, list[Course]] = {}
        for course in world.courses.values():
            if course.name not in used:
                self._leaving.setdefault(course.source, []).append(course)
        self._best: tuple[float, _Way] | None = None

    def best(self) -> _Way | None:
        """When it arrives, what it costs, and over which bridges; None where none is in time."""
        self._walk(self._objective.source, self._start, self._objective.amount_minor, (self._objective.source,), ())
        return self._best[1] if self._best is not None else None

    def _walk(self, at: str, now: float, amount: int, chains: tuple[str, ...], names: tuple[str, ...]) -> None:
        score = self._score(now, amount)
        if self._best is not None and score >= self._best[0]:
            return
        if at == self._objective.target:
            self._best = (score, (now, self._objective.amount_minor - amount, names))
            return
        if len(names) == MOST_LEGS:
            return
        for course in self._leaving.get(at, ()):
            if course.target in chains:
                continue
            for wait in _WAITS_SECONDS:
                outcome = course.leg(now + wait, amount)
                if outcome.paid_minor is not None and outcome.ended_at_seconds <= self._end:
                    self._walk(
                        course.target,
                        outcome.ended_at_seconds,
                        outcome.paid_minor,
                        (*chains, course.target),
                        (*names, course.name),
                    )

    def _score(self, now: float, amount: int) -> float:
        """Fees and time by their weights; both only grow on the way."""
        objective = self._objective
        bps = WHOLE_BPS * (objective.amount_minor - amount) / objective.amount_minor
        return objective.weight_cost * bps + objective.weight_time * (now - self._start) / MINUTE_SECONDS
