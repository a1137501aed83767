"""Where a plan stands, and until when."""

from dataclasses import dataclass
from typing import Any

from oracle.plans.machine import State, deadlines
from oracle.plans.plan import MAX_PARTIES, Plan, Status


@dataclass(frozen=True)
class Standing:
    """What the book says of a plan."""

    status: Status
    step: int  # the present one, from 0; ARBITER in a dispute
    joined: frozenset[int]
    activated_at_seconds: int
    since_seconds: int  # when the present step became the present one


@dataclass(frozen=True)
class Deadlines:
    """Timestamps until which the present state lasts."""

    due_seconds: int  # without penalty
    last_seconds: int  # at all


def standing_of(values: tuple[Any, ...]) -> Standing:
    """From the contract's struct."""
    status, step, joined, activated_at, since = values
    parties = frozenset(party for party in range(MAX_PARTIES) if joined >> party & 1)
    return Standing(Status(status), step, parties, activated_at, since)


def deadlines_of(plan: Plan, standing: Standing) -> Deadlines | None:
    """Until when the present state lasts; None where nothing can be late, before the plan and after its end."""
    if standing.status is Status.UNKNOWN or standing.status.has_ended:
        return None
    state = State(
        status=standing.status,
        held=(),
        credited=(),
        step=standing.step,
        activated_at_seconds=standing.activated_at_seconds,
        since_seconds=standing.since_seconds,
    )
    return Deadlines(*deadlines(plan, state))
