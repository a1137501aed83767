"""Follows a plan in words: what happened, and what is due next, by whom and until when."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oracle.agreements.book import PlanBookClient
from oracle.agreements.history import Happening
from oracle.agreements.standing import Standing, deadlines_of
from oracle.agreements.words import PlanWords, listed, utc
from oracle.plans import signing
from oracle.plans.plan import NEVER, Status, Verb

Values = Mapping[str, Any]  # of an event

_ENDS = {
    Status.DONE: "the plan is done: who is credited can withdraw",
    Status.REFUNDED: "the plan was refunded: who held anything of its deposit can withdraw it",
    Status.ARBITRATED: "the arbiter has divided what was held: who is credited can withdraw",
    Status.AMENDED: "the plan was replaced: what holds now is the plan in its place",
}


@dataclass(frozen=True)
class Due:
    """What is to be done next."""

    words: str
    parties: tuple[int, ...] = ()  # who must act; nobody where anyone can, or the plan has ended
    until_seconds: int | None = None  # while they can


@dataclass(frozen=True)
class Notice:
    """Something new about a plan."""

    time_seconds: int
    words: str
    happening: Happening | None = None  # what happened
    due: Due | None = None  # or what is due now


def follow(
    book: PlanBookClient, words: PlanWords, *, rest: Callable[[], None], from_block: int = 0
) -> Iterator[Notice]:
    """What happens to a plan and what is due, as it changes, until the plan has ended.

    What a reorganisation takes back is not taken back here.

    Args:
        book: Where the plan is.
        words: How the plan is spoken of.
        rest: Called between looks at the chain.
        from_block: First block that is read.
    """
    plan_id = signing.plan_id(words.plan)
    said, has_begun = "", False
    while True:
        head = book.chain.head()
        if head >= from_block:
            for each in book.history(plan_id, from_block, head):
                yield Notice(each.time_seconds, told(words, each, has_begun=has_begun), happening=each)
                has_begun = has_begun or each.kind == "Activated"
            from_block = head + 1
            standing, now_seconds = book.standing(plan_id, head), book.chain.timestamp(head)
            due = due_of(words, standing, now_seconds)
            if due.words != said:
                yield Notice(now_seconds, due.words, due=due)
                said = due.words
            if standing.status.has_ended:
                return
        rest()


def due_of(words: PlanWords, standing: Standing, now_seconds: int) -> Due:
    """What is due next where a plan stands so at a time."""
    plan, ends = words.plan, deadlines_of(words.plan, standing)
    if ends is None:
        return Due(_ENDS.get(standing.status, "the plan is not proposed yet: anyone can propose it"))
    turn, last = _turn(words, standing), ends.last_seconds
    if now_seconds > last:
        return Due(f"the time of {turn.named} was over at {utc(last)}: anyone can pass it, and then {turn.after}")
    until = f"until {utc(ends.due_seconds)}"
    if last > ends.due_seconds:
        penalty = plan.steps[standing.step].late.penalty_per_day
        cost = f"at {words.shown(penalty)} for each day that began" if penalty else "without a penalty"
        until += f", or late until {utc(last)} {cost}"
    said = f"{turn.task} {until}; after that anyone can pass it, and then {turn.after}"
    return Due(said, turn.parties, last)


@dataclass(frozen=True)
class _Turn:
    """Whose turn it is, and what for."""

    parties: tuple[int, ...]
    task: str
    named: str  # what is to be done, as a noun
    after: str  # where the plan goes when time is over


def _turn(words: PlanWords, standing: Standing) -> _Turn:
    plan = words.plan
    if standing.status is Status.PROPOSED:
        missing = tuple(party for party in range(len(plan.parties)) if party not in standing.joined)
        who = listed([words.party(each) for each in missing])
        return _Turn(missing, f"{who} must join", "the joining", "all is refunded")
    if standing.status is Status.DISPUTED:
        task = f"{words.party(plan.arbiter)} must divide what is held"
        return _Turn((plan.arbiter,), task, "the dispute", "all is refunded")
    step, named = plan.steps[standing.step], words.step(standing.step)
    task = f"{words.party(step.actor)} {'can' if step.verb is Verb.REVOKE else 'must'} do {named}"
    refusal = "" if step.on_refusal == NEVER else ", or refuse it,"
    return _Turn((step.actor,), task + refusal, named, words.target(step.on_timeout))


def told(words: PlanWords, happening: Happening, *, has_begun: bool) -> str:
    """What happened.

    Args:
        words: How the plan is spoken of.
        happening: The event.
        has_begun: Whether all had joined ahead of it.
    """
    return _TOLD[happening.kind](words, happening.values, has_begun)


def _proposed(words: PlanWords, _: Values, __: bool) -> str:
    plan = words.plan
    return f"the plan was proposed: {plan.kind}, {len(plan.parties)} parties, {len(plan.steps)} steps"


def _joined(words: PlanWords, values: Values, _: bool) -> str:
    deposit = values["deposit"]
    return f"{words.party(values['party'])} joined" + (f" with {words.shown(deposit)}" if deposit else "")


def _performed(words: PlanWords, values: Values, _: bool) -> str:
    late = f", {values['lateDays']} days late" if values["lateDays"] else ""
    shown = f", shown by 0x{values['evidence'].hex()}" if any(values["evidence"]) else ""
    return f"{_actor(words, values['step'])} did {words.step(values['step'])}{late}{shown}"


def _refused(words: PlanWords, values: Values, _: bool) -> str:
    return f"{_actor(words, values['step'])} refused {words.step(values['step'])}"


def _timed_out(words: PlanWords, values: Values, has_begun: bool) -> str:
    what = words.step(values["step"]) if has_begun else "the joining"
    return f"the time of {what} was over, and it was passed"


def _divided(words: PlanWords, values: Values, _: bool) -> str:
    parts = [f"{words.party(party)} {words.shown(share)}" for party, share in enumerate(values["shares"]) if share]
    return f"{words.party(words.plan.arbiter)} divided what was held: {listed(parts)}"


def _credited(words: PlanWords, values: Values, _: bool) -> str:
    return f"{words.account(values['account'])} was credited {words.shown(values['amount'])}"


def _actor(words: PlanWords, step: int) -> str:
    return words.party(words.plan.steps[step].actor)


_TOLD: Mapping[str, Callable[[PlanWords, Values, bool], str]] = {
    "Proposed": _proposed,
    "Joined": _joined,
    "Activated": lambda *_: "all have joined: the plan is active",
    "Performed": _performed,
    "Refused": _refused,
    "TimedOut": _timed_out,
    "Divided": _divided,
    "Replaced": lambda _, values, __: f"all parties replaced the plan by 0x{values['replacement'].hex()}",
    "Ended": lambda _, values, __: f"the plan has ended: {Status(values['status']).name.lower()}",
    "Credited": _credited,
}
