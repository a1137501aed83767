"""A plan in words: parties by name, steps counted from 1, amounts, times, and where each outcome leads."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oracle.errors import InputError
from oracle.plans.plan import ARBITER, DAY_SECONDS, DONE, EVERYONE, NEVER, REFUND, REST, DueFrom, Payment, Plan, Step

# Not those of `time`, which follow the locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_UNITS = ((DAY_SECONDS, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_ENDS = {DONE: "the plan is done", REFUND: "all is refunded"}


@dataclass(frozen=True)
class Money:
    """How amounts of a token are written."""

    decimals: int = 2
    currency: str = ""  # a word behind the amount

    def words(self, amount: int) -> str:
        """An amount in units of the token, its thousands apart: 1 280.00 EUR."""
        whole, part = divmod(amount, 10**self.decimals)
        shown = f"{whole:,}".replace(",", " ") + (f".{part:0{self.decimals}}" if self.decimals else "")
        return f"{shown} {self.currency}".strip()


UNITS = Money(decimals=0)


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def counted(number: int, noun: str) -> str:
    """`1 day`, `2 days`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def capital(sentence: str) -> str:
    """A sentence with its first letter as a capital; the rest stays as it is."""
    return sentence[:1].upper() + sentence[1:]


def span_words(seconds: int) -> str:
    """A span of time, to the second: `1 day and 12 hours`."""
    parts = []
    for unit, noun in _UNITS:
        number, seconds = divmod(seconds, unit)
        if number:
            parts.append(counted(number, noun))
    return listed(parts or ["0 seconds"])


def moment_words(seconds: int) -> str:
    """A timestamp: `14 May 2027, 08:30 UTC`, or `the end of 14 May 2027 (UTC)`; years have no end."""
    at = time.gmtime(seconds)
    day = f"{at.tm_mday} {_MONTHS[at.tm_mon - 1]} {at.tm_year}"
    if (at.tm_hour, at.tm_min, at.tm_sec) == (23, 59, 59):
        return f"the end of {day} (UTC)"
    return f"{day}, {at.tm_hour:02}:{at.tm_min:02}" + (f":{at.tm_sec:02}" if at.tm_sec else "") + " UTC"


@dataclass(frozen=True)
class Wording:
    """How one plan is spoken of."""

    plan: Plan
    names: Sequence[str]
    money: Money

    def __post_init__(self) -> None:
        if len(self.names) != len(self.plan.parties):
            raise InputError(
                f"there are {len(self.names)} names for {len(self.plan.parties)} parties: give each party one name"
            )

    def party(self, index: int) -> str:
        """The name of a party, or of all."""
        return "everyone" if index == EVERYONE else self.names[index]

    def parties(self, indices: Iterable[int]) -> str:
        """Several names, in the order of the plan."""
        return listed(self.party(index) for index in sorted(indices))

    def verb(self, index: int) -> str:
        """What a step is."""
        return self.plan.steps[index].verb.name.lower()

    def step(self, index: int) -> str:
        """A step by its number and verb: `step 1 (receive)`."""
        return f"step {index + 1} ({self.verb(index)})"

    def due(self, index: int) -> str:
        """Until when a step is on time."""
        step = self.plan.steps[index]
        if step.due_from is DueFrom.DATE:
            return f"by {moment_words(step.due_seconds)}"
        since = (
            "all have joined" if step.due_from is DueFrom.ACTIVATION or index == 0 else f"{_before(self.plan, index)}"
        )
        return f"within {span_words(step.due_seconds)} after {since}"

    def late(self, step: Step) -> str:
        """How late a step can be done, and what that costs; empty where it cannot."""
        late = step.late
        if not late.days:
            return ""
        days = f"up to {counted(late.days, 'day')} late"
        if not late.penalty_per_day:
            return days
        cost = self.money.words(late.penalty_per_day)
        if late.payer == late.payee:
            return f"{days}, at {cost} a day, returned to {self.party(late.payee)}"
        return f"{days}, at {cost} a day, from {self.party(late.payer)} to {self.party(late.payee)}"

    def shown(self, step: Step) -> str:
        """What must be shown for a step; empty where that is nothing."""
        evidence = "a hash as evidence" if step.needs_evidence else ""
        if not step.quorum:
            return evidence
        if step.quorum == len(step.witnesses):
            signatures = f"the word of {self.parties(step.witnesses)}"
        else:
            witnesses = ", ".join(self.party(index) for index in sorted(step.witnesses))
            signatures = f"the word of {step.quorum} of {len(step.witnesses)} ({witnesses})"
        return " and ".join(filter(None, (evidence, signatures)))

    def payment(self, payment: Payment) -> str:
        """A payment, as it follows `pays`."""
        amount = "all that is left" if payment.amount == REST else self.money.words(payment.amount)
        if payment.payer == EVERYONE:
            return f"{self.party(payment.payee)} {amount} from all deposits"
        if payment.payer == payment.payee:
            return f"{self.party(payment.payee)} {amount} of its own deposit"
        return f"{self.party(payment.payee)} {amount} from the deposit of {self.party(payment.payer)}"

    def target(self, index: int) -> str:
        """Where an outcome leads."""
        if index == ARBITER:
            return f"{self.party(self.plan.arbiter)} decides"
        return _ENDS.get(index) or f"{self.step(index)} follows"

    def outcomes(self, step: Step) -> dict[int, list[str]]:
        """What leads to each target."""
        ways: dict[int, list[str]] = {step.on_done: ["done"]}
        ways.setdefault(step.on_timeout, []).append("time over")
        if step.on_refusal != NEVER:
            ways.setdefault(step.on_refusal, []).append("refused")
        return ways


def _before(plan: Plan, index: int) -> str:
    """What a time counts from that counts from the step before: the step itself, where only one leads here."""
    leading = [
        number for number, step in enumerate(plan.steps) if index in (step.on_done, step.on_timeout, step.on_refusal)
    ]
    return f"step {leading[0] + 1}" if len(leading) == 1 else "the step before"
