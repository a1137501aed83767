"""What a plan does on each call, as pure functions: the twin of `contracts/plans/PlanBook.sol` without signatures.

`tests/trust/test_plan_machine.py` holds the two equal on random plans.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from oracle.errors import InputError
from oracle.plans.plan import (
    ARBITER,
    DAY_SECONDS,
    DONE,
    EVERYONE,
    MAX_DATE_SECONDS,
    MAX_PARTIES,
    MAX_PAYMENTS,
    MAX_SECONDS,
    MAX_STEPS,
    NEVER,
    NO_TOKEN,
    NOBODY,
    REFUND,
    REST,
    DueFrom,
    Payment,
    Plan,
    Status,
    Step,
)


class InvalidPlan(InputError):
    """The contract would not take this plan."""


class Refused(InputError):
    """A plan does not allow this now; `name` is the contract's error."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the plan refuses: {name}")
        self.name = name


@dataclass(frozen=True)
class State:
    """Where a plan stands, and all money of it."""

    status: Status
    held: tuple[int, ...]  # by party, in units of the token
    credited: tuple[int, ...]  # by party, since the beginning
    step: int = 0
    joined: frozenset[int] = frozenset()
    activated_at_seconds: int = 0
    since_seconds: int = 0


def proposed(plan: Plan) -> State:
    """The state that all begin in."""
    none = (0,) * len(plan.parties)
    return State(Status.PROPOSED, held=none, credited=none)


def check(plan: Plan, now_seconds: int) -> None:
    """Raise `InvalidPlan` where the contract would, with its reason."""
    parties = len(plan.parties)
    _require(0 < parties <= MAX_PARTIES, "there must be 1 to 16 parties")
    _require(0 < len(plan.steps) <= MAX_STEPS, "there must be 1 to 16 steps")
    _require(len(plan.deposits) == parties, "there must be a deposit for each party")
    accounts = [account.lower() for account in plan.parties]
    for index, account in enumerate(accounts):
        _require(account != NO_TOKEN, "a party has no address")
        _require(account not in accounts[:index], "a party is named twice")
        _require(plan.deposits[index] < REST, "a deposit is 2^128 or more")
    _require((sum(plan.deposits) == 0) == (plan.token == NO_TOKEN), "deposits need a token, and a token deposits")
    if plan.arbiter == NOBODY:
        _require(plan.arbiter_seconds == 0, "there is a time for an arbiter, but no arbiter")
    else:
        _require(plan.arbiter < parties, "the arbiter is no party")
        _require(plan.deposits[plan.arbiter] == 0, "the arbiter deposits")
        _require(_is_span(plan.arbiter_seconds), "the arbiter has no time, or more than a century")
    _require(
        now_seconds <= plan.join_by_seconds <= now_seconds + MAX_SECONDS,
        "the time to join is over, or more than a century away",
    )
    for index, step in enumerate(plan.steps):
        _check_step(plan, index, step)


def due_seconds(step: Step, state: State) -> int:
    """The timestamp until which the present step is on time."""
    if step.due_from is DueFrom.DATE:
        return step.due_seconds
    since = state.activated_at_seconds if step.due_from is DueFrom.ACTIVATION else state.since_seconds
    return since + step.due_seconds


def deadlines(plan: Plan, state: State) -> tuple[int, int]:
    """The timestamp until which the present state lasts without penalty, and at all.

    Raises:
        Refused: the plan has ended.
    """
    if state.status is Status.ACTIVE:
        step = plan.steps[state.step]
        due = due_seconds(step, state)
        return due, due + step.late.days * DAY_SECONDS
    if state.status is Status.PROPOSED:
        return plan.join_by_seconds, plan.join_by_seconds
    if state.status is Status.DISPUTED:
        return (state.since_seconds + plan.arbiter_seconds,) * 2
    raise Refused("WrongStatus")


def join(plan: Plan, state: State, party: int, now_seconds: int) -> State:
    """A party signs and deposits; with the last one the plan is active."""
    _in_status(state, Status.PROPOSED)
    if now_seconds > plan.join_by_seconds:
        raise Refused("TooLate")
    if party in state.joined:
        raise Refused("AlreadyJoined")
    joined = state.joined | {party}
    state = replace(state, joined=joined, held=_with(state.held, party, plan.deposits[party]))
    if len(joined) == len(plan.parties):
        return replace(state, status=Status.ACTIVE, activated_at_seconds=now_seconds, since_seconds=now_seconds)
    return state


def perform(
    plan: Plan, state: State, step: int, now_seconds: int, *, evidence: bool, witnesses: Iterable[int] = ()
) -> State:
    """The actor does the present step."""
    present = _present(plan, state, step)
    late = late_days(present, state, now_seconds)
    if present.needs_evidence and not evidence:
        raise Refused("EvidenceMissing")
    seen = list(witnesses)
    if present.quorum and (
        len(seen) < present.quorum or seen != sorted(set(seen)) or not present.witnesses.issuperset(seen)
    ):
        raise Refused("WrongWitnesses")
    if late and present.late.penalty_per_day:
        cost = late * present.late.penalty_per_day
        state = _paid(state, Payment(present.late.payer, present.late.payee, cost))
    for payment in present.payments:
        state = _paid(state, payment)
    return _gone(state, present.on_done, now_seconds)


def refuse(plan: Plan, state: State, step: int, now_seconds: int) -> State:
    """The actor refuses the present step."""
    present = _present(plan, state, step)
    if present.on_refusal == NEVER:
        raise Refused("NotRefusable")
    late_days(present, state, now_seconds)
    return _gone(state, present.on_refusal, now_seconds)


def timeout(plan: Plan, state: State, step: int, now_seconds: int) -> State:
    """Anyone passes what is over."""
    _, last = deadlines(plan, state)
    if step != state.step:
        raise Refused("NotPresentStep")
    if now_seconds <= last:
        raise Refused("TooEarly")
    target = plan.steps[step].on_timeout if state.status is Status.ACTIVE else REFUND
    return _gone(state, target, now_seconds)


def divide(plan: Plan, state: State, shares: tuple[int, ...], now_seconds: int) -> State:
    """The arbiter divides what parties hold."""
    _in_status(state, Status.DISPUTED)
    if now_seconds > deadlines(plan, state)[1]:
        raise Refused("TooLate")
    if len(shares) != len(plan.parties) or shares[plan.arbiter] or sum(shares) != sum(state.held):
        raise Refused("WrongDivision")
    credited = tuple(before + share for before, share in zip(state.credited, shares, strict=True))
    return replace(state, status=Status.ARBITRATED, held=(0,) * len(shares), credited=credited)


def amend(plan: Plan, state: State, replacement: Plan, now_seconds: int) -> State:
    """All parties replace a plan that has not ended. The state of the replacement, with all credit so far.

    What a party holds is its deposit; what it lacks is drawn, and what it holds beyond is credited to it.
    """
    if state.status is Status.UNKNOWN or state.status.has_ended:
        raise Refused("WrongStatus")
    check(replacement, now_seconds)
    _require(
        (replacement.token, replacement.parties) == (plan.token, plan.parties), "an amendment keeps token and parties"
    )
    triples = zip(state.credited, state.held, replacement.deposits, strict=True)
    return State(
        Status.ACTIVE,
        held=replacement.deposits,
        credited=tuple(credited + max(held - deposit, 0) for credited, held, deposit in triples),
        joined=frozenset(range(len(plan.parties))),
        activated_at_seconds=now_seconds,
        since_seconds=now_seconds,
    )


def late_days(step: Step, state: State, now_seconds: int) -> int:
    """How many days after the due time have begun.

    Raises:
        Refused: the step can no longer be done.
    """
    over = now_seconds - due_seconds(step, state)
    if over <= 0:
        return 0
    if over > step.late.days * DAY_SECONDS:
        raise Refused("TooLate")
    return -(-over // DAY_SECONDS)


def _present(plan: Plan, state: State, step: int) -> Step:
    _in_status(state, Status.ACTIVE)
    if step != state.step:
        raise Refused("NotPresentStep")
    return plan.steps[step]


def _in_status(state: State, status: Status) -> None:
    if state.status is not status:
        raise Refused("WrongStatus")


def _gone(state: State, target: int, now_seconds: int) -> State:
    if target in (DONE, REFUND):
        credited = tuple(before + left for before, left in zip(state.credited, state.held, strict=True))
        status = Status.DONE if target == DONE else Status.REFUNDED
        return replace(state, status=status, held=(0,) * len(state.held), credited=credited)
    status = Status.DISPUTED if target == ARBITER else Status.ACTIVE
    return replace(state, status=status, step=target, since_seconds=now_seconds)


def _paid(state: State, payment: Payment) -> State:
    if payment.payer == EVERYONE:
        return _paid_of_all(state, payment)
    amount = min(payment.amount, state.held[payment.payer])
    held = _with(state.held, payment.payer, state.held[payment.payer] - amount)
    return replace(
        state, held=held, credited=_with(state.credited, payment.payee, state.credited[payment.payee] + amount)
    )


def _paid_of_all(state: State, payment: Payment) -> State:
    """By shares of what all hold; what rounding leaves, parties pay in their order, one unit each."""
    total = sum(state.held)
    if total == 0:
        return state
    amount = min(payment.amount, total)
    shares = [held * amount // total for held in state.held]
    left = amount - sum(shares)
    for party, whole in enumerate(state.held):
        if left and shares[party] < whole:
            shares[party] += 1
            left -= 1
    held = tuple(before - share for before, share in zip(state.held, shares, strict=True))
    return replace(state, held=held, credited=_with(state.credited, payment.payee, _credit(state, payment) + amount))


def _credit(state: State, payment: Payment) -> int:
    return state.credited[payment.payee]


def _with(values: tuple[int, ...], at: int, value: int) -> tuple[int, ...]:
    return (*values[:at], value, *values[at + 1 :])


def _check_step(plan: Plan, index: int, step: Step) -> None:
    parties = len(plan.parties)
    _require(step.actor < parties, "an actor is no party")
    _require(len(step.payments) <= MAX_PAYMENTS, "a step pays more than four times")
    for payment in step.payments:
        _require(payment.payer < parties or payment.payer == EVERYONE, "a payer is no party")
        _require(payment.payee < parties, "a payee is no party")
        _require(payment.amount != 0, "a payment is of nothing")
    late = step.late
    if late.penalty_per_day:
        _require(late.days != 0, "there is a penalty, but no late days")
        _require(late.payer < parties and late.payee < parties, "a penalty is of no party")
    else:
        _require(late.payer == late.payee == NOBODY, "there is no penalty, but a payer or payee of one is named")
    fits = step.due_seconds <= MAX_DATE_SECONDS if step.due_from is DueFrom.DATE else _is_span(step.due_seconds)
    _require(fits, "a step has no time, or more than a century")
    _require(max(step.witnesses, default=0) < parties, "a witness is no party")
    _require(step.quorum <= len(step.witnesses), "more witnesses must attest than there are")
    _require(step.quorum != 0 or not step.witnesses, "there are witnesses, but none must attest")
    _check_target(plan, index, step.on_done)
    _check_target(plan, index, step.on_timeout)
    if step.on_refusal != NEVER:
        _check_target(plan, index, step.on_refusal)


def _check_target(plan: Plan, index: int, target: int) -> None:
    if target == ARBITER:
        _require(plan.arbiter != NOBODY, "a step leads to an arbiter, and there is none")
    elif target not in (DONE, REFUND):
        _require(index < target < len(plan.steps), "a step leads back, or to no step")


def _is_span(seconds: int) -> bool:
    return 0 < seconds <= MAX_SECONDS


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise InvalidPlan(f"the plan cannot be enforced: {reason}")
