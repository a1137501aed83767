"""A plan in words: times, parties by name, steps counted from 1."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from oracle.plans.plan import ARBITER, DONE, REFUND, Plan


def utc(seconds: int) -> str:
    """A timestamp as people read it; years have no end."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def units(amount: int) -> str:
    """An amount where nothing of its token is known."""
    return f"{amount} units"


def listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@dataclass(frozen=True)
class PlanWords:
    """How one plan is spoken of."""

    plan: Plan
    names: tuple[str, ...] = ()  # one for each party; addresses serve where there are none
    shown: Callable[[int], str] = units  # an amount of its token

    def party(self, index: int) -> str:
        """A party by its name, or by index and address; an index beyond them by itself."""
        if index < len(self.names):
            return self.names[index]
        if index < len(self.plan.parties):
            return f"party {index} ({self.plan.parties[index]})"
        return f"party {index}, which the plan does not have"

    def account(self, address: str) -> str:
        """A party by its address; the address itself where it is none's."""
        for index, account in enumerate(self.plan.parties):
            if account.lower() == address.lower():
                return self.party(index)
        return address

    def step(self, index: int) -> str:
        """A step by its number and verb."""
        if index == ARBITER:
            return "the dispute"
        if index >= len(self.plan.steps):
            return f"step {index + 1}, which the plan does not have"
        return f"step {index + 1} of {len(self.plan.steps)} ({self.plan.steps[index].verb.name.lower()})"

    def target(self, index: int) -> str:
        """What follows where a step leads to this target."""
        if index == ARBITER:
            return f"{self.party(self.plan.arbiter)} decides"
        ends = {DONE: "the plan is done", REFUND: "all is refunded"}
        return ends.get(index) or f"{self.step(index)} follows"
