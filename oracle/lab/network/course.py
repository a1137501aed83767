"""How blocks come about in driven time, by engine: a course says when the next is made, and what is submitted."""

from collections.abc import Sequence
from typing import Protocol

from oracle.chain.follower import Follower
from oracle.chain.ledger import MinedBlock
from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.pos.terms import StakeTerms
from oracle.engines.pow.terms import WorkTerms
from oracle.lab.network.block import State
from oracle.lab.network.made import Made
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site
from oracle.lab.network.slots import SlotCourse
from oracle.lab.network.turns import TurnCourse
from oracle.lab.network.work import WorkCourse
from oracle.workload.schedule import Schedule


class Course(Protocol):
    """The consensus of a run."""

    def next(self, state: State, *, until: float) -> Made | None:
        """What comes next after a state; None where nothing does by a time."""
        ...

    def took(self, mined: Sequence[MinedBlock]) -> None:
        """What came of it."""
        ...


def course_of(plan: NetworkPlan, site: Site, follower: Follower, schedule: Schedule) -> Course:
    """The course of a plan's engine: a line for each."""
    match plan.terms:
        case WorkTerms():
            return WorkCourse(plan, site, follower, schedule)
        case StakeTerms() as terms:
            return SlotCourse(plan, terms, site, follower)
        case DelegateTerms() as terms:
            return TurnCourse(plan, terms, site, follower)
    raise AssertionError(f"no course plays {plan.terms.engine}")
