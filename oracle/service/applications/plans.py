"""Plans of a PlanBook as answers: the events that proposed them, and where they stand."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal, get_args

from eth_utils.address import to_checksum_address

from oracle.agreements.standing import Standing, standing_of
from oracle.chain.events import event
from oracle.chain.proof.receipts import Log
from oracle.client.answers import BlockAnswer
from oracle.client.application_answers import (
    PlanAnswer,
    PlanParty,
    PlanPayment,
    PlanStatus,
    PlanStep,
    PlanSummary,
    StepDueFrom,
    StepTarget,
    StepVerb,
)
from oracle.plans.plan import ARBITER, DONE, EVERYONE, NEVER, NOBODY, REFUND, REST, Plan, Status, Step, from_arguments
from oracle.service.applications.reader import Contract, Reader, View, state_name
from oracle.service.applications.search import Found, Searches, Sought, latest

CONTRACT = "PlanBook"
_NO_MODEL = bytes(32)
_VERBS: tuple[StepVerb, ...] = get_args(StepVerb)
_DUE_FROM: tuple[StepDueFrom, ...] = get_args(StepDueFrom)
_STATUSES: tuple[PlanStatus, ...] = get_args(PlanStatus)  # of the contract, without the first: unknown
_ENDS: dict[int, Literal["done", "arbiter", "refund"]] = {DONE: "done", ARBITER: "arbiter", REFUND: "refund"}


async def summaries(reader: Reader, book: Contract, before: int, limit: int) -> tuple[list[PlanSummary], int | None]:
    """The newest plans before a place, and the place before which to go on.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer.
    """
    found: Found = await latest(reader, _proposals(book), before, limit)
    ids = [log.topics[1] for log in found.logs]
    standings = await reader.read_each([View(book, "standingOf", (plan,)) for plan in ids])
    # Milliseconds for each of the largest plans: in a thread, so that other readers are served meanwhile.
    return await asyncio.to_thread(_summaries, found.logs, standings), found.following


async def plan(
    reader: Reader, book: Contract, plan_id: bytes, searches: Searches, block: BlockAnswer
) -> PlanAnswer | None:
    """One plan in full; None where the book does not know it.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer, or its proposal lies further back than one request reaches.
    """
    standing = standing_of(await reader.read(book, "standingOf", plan_id))
    if standing.status == Status.UNKNOWN:
        return None
    proposed = await searches.one(reader, _proposals(book), plan_id)
    content = _content(proposed)
    held = await reader.read_each([View(book, "heldBy", (plan_id, party)) for party in range(len(content.parties))])
    return _answer(proposed, content, standing, held, block)


def _proposals(book: Contract) -> Sought:
    return Sought([book], [[event(CONTRACT, "Proposed").topic]])


def _content(proposed: Log) -> Plan:
    """The plan of an event. The book takes any bytes for a kind; what is no ASCII is shown by its numbers."""
    kind, *rest = event(CONTRACT, "Proposed").arguments(proposed)["content"]
    shown = kind.rstrip(b"\0").decode("ascii", "backslashreplace").encode()
    return from_arguments((shown, *rest))


def _summaries(proposed: Sequence[Log], standings: Sequence[Any]) -> list[PlanSummary]:
    return [_summary(log, standing_of(standing)) for log, standing in zip(proposed, standings, strict=True)]


def _summary(proposed: Log, standing: Standing) -> PlanSummary:
    content = _content(proposed)
    step = _present(content, standing)
    return PlanSummary(
        id="0x" + proposed.topics[1].hex(),
        kind=content.kind,
        status=state_name(_STATUSES, standing.status),
        step=step,
        verb=None if step is None else _VERBS[content.steps[step].verb],
        steps=len(content.steps),
        parties=len(content.parties),
        proposed_block=proposed.block_number,
    )


def _present(content: Plan, standing: Standing) -> int | None:
    """The present step."""
    is_at_a_step = standing.status == Status.ACTIVE and standing.step < len(content.steps)
    return standing.step if is_at_a_step else None


def _answer(proposed: Log, content: Plan, standing: Standing, held: Sequence[Any], block: BlockAnswer) -> PlanAnswer:
    parties = zip(content.parties, content.deposits, held, strict=True)
    return PlanAnswer(
        id="0x" + proposed.topics[1].hex(),
        kind=content.kind,
        status=state_name(_STATUSES, standing.status),
        step=_present(content, standing),
        block=block,
        proposed_block=proposed.block_number,
        activated_at_seconds=standing.activated_at_seconds or None,
        since_seconds=standing.since_seconds,
        join_by_seconds=content.join_by_seconds,
        token=None if int(content.token, 16) == 0 else str(to_checksum_address(content.token)),
        terms_hash="0x" + content.terms_hash.hex(),
        model_hash=None if content.model_hash == _NO_MODEL else "0x" + content.model_hash.hex(),
        arbiter=_party(content.arbiter),
        arbiter_seconds=content.arbiter_seconds,
        parties=[
            PlanParty(
                address=str(to_checksum_address(address)),
                deposit=str(deposit),
                held=str(held_now),
                joined=party in standing.joined,
            )
            for party, (address, deposit, held_now) in enumerate(parties)
        ],
        steps=[_step(step) for step in content.steps],
    )


def _step(step: Step) -> PlanStep:
    return PlanStep(
        verb=_VERBS[step.verb],
        actor=step.actor,
        due_from=_DUE_FROM[step.due_from],
        due_seconds=step.due_seconds,
        late_days=step.late.days,
        penalty_per_day=str(step.late.penalty_per_day),
        penalty_payer=_party(step.late.payer),
        penalty_payee=_party(step.late.payee),
        needs_evidence=step.needs_evidence,
        witnesses=sorted(step.witnesses),
        quorum=step.quorum,
        payments=[
            PlanPayment(
                payer=None if each.payer == EVERYONE else each.payer,
                payee=each.payee,
                amount=None if each.amount == REST else str(each.amount),
            )
            for each in step.payments
        ],
        on_done=_target(step.on_done),
        on_timeout=_target(step.on_timeout),
        on_refusal=None if step.on_refusal == NEVER else _target(step.on_refusal),
    )


def _target(step: int) -> StepTarget:
    return _ENDS.get(step, step)


def _party(party: int) -> int | None:
    return None if party == NOBODY else party
