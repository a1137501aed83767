"""All moments at which a plan can come to a state: bounds on them and on the spans between them, exactly.

Three moments matter: 1970, from which dates count; the activation; and the entry into the state. Each time of a plan
bounds the span between two of them, so the bounds of all pairs describe every way to come to a state in time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import product

_UNBOUNDED = 1 << 80


class Moment(IntEnum):
    """What spans lie between."""

    EPOCH = 0
    ACTIVATED = 1
    ENTERED = 2
    LEFT = 3


@dataclass(frozen=True)
class Limit:
    """`later` comes at most so many seconds after `earlier`; a negative number says that it comes before."""

    later: Moment
    earlier: Moment
    seconds: int


@dataclass(frozen=True)
class EntryTimes:
    """When a state can be entered."""

    bounds: tuple[tuple[int, ...], ...]  # [later][earlier] in seconds, as tight as can be

    @property
    def earliest(self) -> int:
        """First timestamp of an entry."""
        return -self.bounds[Moment.EPOCH][Moment.ENTERED]

    @property
    def latest(self) -> int:
        """Last timestamp of an entry."""
        return self.bounds[Moment.ENTERED][Moment.EPOCH]

    @property
    def latest_after_activation(self) -> int:
        """The most seconds from the activation to an entry."""
        return self.bounds[Moment.ENTERED][Moment.ACTIVATED]

    def contain(self, other: "EntryTimes") -> bool:
        """Whether every way of `other` is one of these."""
        return all(
            mine >= theirs
            for row, rows in zip(self.bounds, other.bounds, strict=True)
            for mine, theirs in zip(row, rows, strict=True)
        )


@dataclass(frozen=True)
class Leaving:
    """A way out of a state."""

    left_seconds: int  # with the earliest entry before it: a timestamp that is possible
    activated_seconds: int
    entered_seconds: int
    next: EntryTimes  # of what comes after


def activation(first_seconds: int, last_seconds: int) -> EntryTimes:
    """The entry into a plan that becomes active between two timestamps."""
    return EntryTimes(((0, -first_seconds, -first_seconds), (last_seconds, 0, 0), (last_seconds, 0, 0)))


def leaving(times: EntryTimes, limits: Iterable[Limit]) -> Leaving | None:
    """How a state is left within limits, one of which bounds the leaving from above; None where it cannot be."""
    rows = [[*row, _UNBOUNDED] for row in times.bounds]
    rows.append([_UNBOUNDED, _UNBOUNDED, _UNBOUNDED, 0])
    for limit in (Limit(Moment.ENTERED, Moment.LEFT, 0), *limits):
        rows[limit.later][limit.earlier] = min(rows[limit.later][limit.earlier], limit.seconds)
    moments = range(len(Moment))
    for by, later, earlier in product(moments, repeat=3):
        over = rows[later][by] + rows[by][earlier]
        rows[later][earlier] = min(rows[later][earlier], over)
    if any(rows[moment][moment] < 0 for moment in moments):
        return None
    kept = (Moment.EPOCH, Moment.ACTIVATED, Moment.LEFT)
    first = [-each for each in rows[Moment.EPOCH]]
    return Leaving(
        left_seconds=first[Moment.LEFT],
        activated_seconds=first[Moment.ACTIVATED],
        entered_seconds=first[Moment.ENTERED],
        next=EntryTimes(tuple(tuple(rows[later][earlier] for earlier in kept) for later in kept)),
    )
