"""A plan as the contract has it. Field by field this is `Plan` of `contracts/interfaces/IPlanBook.sol`."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

# Indices of parties and steps that name none of them; the contract's `PlanRules` has the same.
NOBODY = 255
EVERYONE = 254
DONE = 255
ARBITER = 254
REFUND = 253
NEVER = 252
REST = (1 << 128) - 1

NO_TOKEN = "0x" + "0" * 40

MAX_PARTIES = 16
MAX_STEPS = 16
MAX_PAYMENTS = 4
DAY_SECONDS = 86_400
MAX_SECONDS = 100 * 365 * DAY_SECONDS
MAX_DATE_SECONDS = 1 << 40


class Verb(IntEnum):
    """What a step is in the words of its agreement."""

    RECEIVE = 0
    ACCEPT = 1
    PAY = 2
    GRANT = 3
    REVOKE = 4
    ATTEST = 5
    NET = 6


class DueFrom(IntEnum):
    """What the time of a step counts from."""

    STEP_BEFORE = 0
    ACTIVATION = 1
    DATE = 2


class Status(IntEnum):
    """Where a plan stands."""

    UNKNOWN = 0
    PROPOSED = 1
    ACTIVE = 2
    DISPUTED = 3
    DONE = 4
    REFUNDED = 5
    ARBITRATED = 6
    AMENDED = 7

    @property
    def has_ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self >= Status.DONE


@dataclass(frozen=True)
class Payment:
    """What a step pays when it is done."""

    payer: int  # a party, or EVERYONE
    payee: int
    amount: int  # in units of the token, or REST


@dataclass(frozen=True)
class Late:
    """What each late day costs, and how many there may be."""

    days: int
    penalty_per_day: int = 0  # in units of the token
    payer: int = NOBODY
    payee: int = NOBODY


@dataclass(frozen=True)
class Step:
    """Who acts, until when, what must be shown, what is paid, and where each outcome leads."""

    verb: Verb
    actor: int
    due_seconds: int
    due_from: DueFrom = DueFrom.STEP_BEFORE
    late: Late = field(default=Late(0))
    needs_evidence: bool = False
    witnesses: frozenset[int] = frozenset()
    quorum: int = 0
    payments: tuple[Payment, ...] = ()
    on_done: int = DONE
    on_timeout: int = REFUND
    on_refusal: int = NEVER


@dataclass(frozen=True)
class Plan:
    """An agreement that a contract can enforce."""

    kind: str  # at most 32 characters of ASCII
    parties: tuple[str, ...]  # addresses
    deposits: tuple[int, ...]  # in units of the token
    steps: tuple[Step, ...]
    token: str = NO_TOKEN
    arbiter: int = NOBODY
    arbiter_seconds: int = 0
    join_by_seconds: int = 0  # a timestamp
    terms_hash: bytes = bytes(32)
    model_hash: bytes = bytes(32)
    salt: int = 0


def as_arguments(plan: Plan) -> tuple[Any, ...]:
    """The plan as the contract's functions take it."""
    return (
        plan.kind.encode("ascii").ljust(32, b"\0"),
        list(plan.parties),
        list(plan.deposits),
        plan.token,
        plan.arbiter,
        plan.arbiter_seconds,
        plan.join_by_seconds,
        [step_arguments(step) for step in plan.steps],
        plan.terms_hash,
        plan.model_hash,
        plan.salt,
    )


def step_arguments(step: Step) -> tuple[Any, ...]:
    """A step as the contract's functions take it."""
    return (
        int(step.verb),
        step.actor,
        int(step.due_from),
        step.due_seconds,
        step.late.days,
        step.late.penalty_per_day,
        step.late.payer,
        step.late.payee,
        step.needs_evidence,
        sum(1 << party for party in step.witnesses),
        step.quorum,
        [(each.payer, each.payee, each.amount) for each in step.payments],
        step.on_done,
        step.on_timeout,
        step.on_refusal,
    )


def from_arguments(values: tuple[Any, ...]) -> Plan:
    """The plan that a contract's event or a call brings, as `as_arguments` gives it."""
    (kind, parties, deposits, token, arbiter, arbiter_seconds, join_by, steps, terms_hash, model_hash, salt) = values
    return Plan(
        kind=kind.rstrip(b"\0").decode("ascii"),
        parties=tuple(parties),
        deposits=tuple(deposits),
        token=token,
        arbiter=arbiter,
        arbiter_seconds=arbiter_seconds,
        join_by_seconds=join_by,
        steps=tuple(_step_of(*step) for step in steps),
        terms_hash=terms_hash,
        model_hash=model_hash,
        salt=salt,
    )


def _step_of(
    verb: int,
    actor: int,
    due_from: int,
    due_seconds: int,
    late_days: int,
    penalty_per_day: int,
    penalty_payer: int,
    penalty_payee: int,
    needs_evidence: bool,
    witnesses: int,
    quorum: int,
    payments: list[tuple[int, int, int]],
    on_done: int,
    on_timeout: int,
    on_refusal: int,
) -> Step:
    return Step(
        verb=Verb(verb),
        actor=actor,
        due_from=DueFrom(due_from),
        due_seconds=due_seconds,
        late=Late(late_days, penalty_per_day, penalty_payer, penalty_payee),
        needs_evidence=needs_evidence,
        witnesses=frozenset(party for party in range(MAX_PARTIES) if witnesses >> party & 1),
        quorum=quorum,
        payments=tuple(Payment(*each) for each in payments),
        on_done=on_done,
        on_timeout=on_timeout,
        on_refusal=on_refusal,
    )
