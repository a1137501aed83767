"""A plan as a JSON file that people read and edit: parties by name, steps counted from 1, amounts in quotes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eth_utils.address import is_checksum_address, is_checksum_formatted_address, is_hex_address, to_checksum_address
from pydantic import ValidationError

from oracle.errors import InputError
from oracle.output import write_whole
from oracle.plans.document_errors import check_names, no_repeated_keys, sentence_of
from oracle.plans.document_form import PaymentEntry, PlanDocument, StepEntry, schema
from oracle.plans.plan import (
    ARBITER,
    DONE,
    EVERYONE,
    NEVER,
    NO_TOKEN,
    NOBODY,
    REFUND,
    REST,
    DueFrom,
    Late,
    Payment,
    Plan,
    Step,
    Verb,
)

__all__ = ["PlanDocument", "document_of", "plan_of", "read_plan", "schema", "text_of", "write_plan"]

_MAX_BYTES = 4_000_000
_ENDS = {"done": DONE, "refund": REFUND, "arbiter": ARBITER}
_END_NAMES = {index: name for name, index in _ENDS.items()}


def plan_of(document: PlanDocument) -> tuple[Plan, tuple[str, ...]]:
    """The plan, with checksummed addresses, and the names of its parties.

    Raises:
        InputError: a name is of no party or of two, an address is mistyped, an amount is too large, a step leads
            back, or clauses stand at a step that is not there.
    """
    names = tuple(party.name for party in document.parties)
    check_names(names)
    index = _Index(names)
    for key in document.sources or {}:
        if key.isdigit() and not (key.isascii() and not key.startswith("0") and int(key) <= len(document.steps)):
            raise InputError(f"sources, {key!r} is no step: count the steps from 1 to {len(document.steps)}")
    plan = Plan(
        kind=document.kind,
        parties=tuple(
            _address(party.address, f"party {number}, address") for number, party in enumerate(document.parties, 1)
        ),
        deposits=tuple(
            _units(party.deposit, f"party {number}, deposit") for number, party in enumerate(document.parties, 1)
        ),
        steps=tuple(_step(step, number, len(document.steps), index) for number, step in enumerate(document.steps, 1)),
        token=NO_TOKEN if document.token is None else _address(document.token, "token"),
        arbiter=NOBODY if document.arbiter is None else index.party(document.arbiter, "arbiter"),
        arbiter_seconds=document.arbiter_seconds,
        join_by_seconds=document.join_by_seconds,
        terms_hash=bytes.fromhex(document.terms_hash[2:]),
        model_hash=bytes.fromhex(document.model_hash[2:]),
        salt=int(document.salt, 16),
    )
    return plan, names


def document_of(plan: Plan, names: Sequence[str], sources: Mapping[str, Sequence[str]] | None = None) -> PlanDocument:
    """The document of a plan, from which `plan_of` makes the same plan.

    Args:
        plan: The plan.
        names: One name for each party.
        sources: The clauses that it was made of, by the number of a step, counted from 1, or by the name of a field.

    Raises:
        InputError: the plan is none that a document can hold, such as one with a party that has no name.
    """
    if len(names) != len(plan.parties) or len(plan.deposits) != len(plan.parties):
        raise InputError(
            f"there are {len(plan.parties)} parties, {len(names)} names and {len(plan.deposits)} deposits: "
            "give one of each for each party"
        )
    named = _Named(names)
    content: dict[str, Any] = {
        "kind": plan.kind,
        "token": None if plan.token == NO_TOKEN else _checksummed(plan.token),
        "parties": [
            {"name": name, "address": _checksummed(address), "deposit": str(deposit)}
            for name, address, deposit in zip(names, plan.parties, plan.deposits, strict=True)
        ],
        "arbiter": named.party(plan.arbiter),
        "arbiter_seconds": plan.arbiter_seconds,
        "join_by_seconds": plan.join_by_seconds,
        "steps": [named.step(step) for step in plan.steps],
        "terms_hash": f"0x{plan.terms_hash.hex()}",
        "model_hash": f"0x{plan.model_hash.hex()}",
        "salt": f"{plan.salt:#x}",
    }
    if sources is not None:
        content["sources"] = {key: list(clauses) for key, clauses in sources.items()}
    document = _validated(json.dumps(content))
    plan_of(document)
    return document


def read_plan(path: Path) -> PlanDocument:
    """The plan in a file; `plan_of` takes it.

    Raises:
        InputError: the file cannot be read, or holds no plan; names file, field and remedy.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; give the JSON file of a plan") from error
    if len(content) > _MAX_BYTES:
        raise InputError(f"{path} has more than {_MAX_BYTES} bytes: give the JSON file of a plan")
    try:
        document = _validated(content)
        no_repeated_keys(content)
        plan_of(document)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return document


def write_plan(path: Path, document: PlanDocument) -> None:
    """Write a plan so that people can read and edit it, and `read_plan` can read it.

    Raises:
        WriteFailed: the file cannot be written.
    """
    write_whole(path, text_of(document))


def text_of(document: PlanDocument) -> str:
    """The JSON text of a plan."""
    content = document.model_dump(mode="json", by_alias=True)
    if document.sources is None:
        del content["sources"]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _validated(content: str | bytes) -> PlanDocument:
    try:
        return PlanDocument.model_validate_json(content)
    except ValidationError as error:
        raise InputError(sentence_of(error, PlanDocument)) from error


class _Index:
    """Parties by name."""

    def __init__(self, names: Sequence[str]) -> None:
        self._indices = {name: index for index, name in enumerate(names)}

    def party(self, name: str, where: str) -> int:
        if name not in self._indices:
            raise InputError(f"{where}: {name!r} is no party: name one of {', '.join(self._indices)}")
        return self._indices[name]

    def party_or_none(self, name: str | None, where: str) -> int:
        return NOBODY if name is None else self.party(name, where)


def _step(entry: StepEntry, number: int, count: int, index: _Index) -> Step:
    where = f"step {number}"
    for name in ("on_done", "on_timeout", "on_refusal"):
        target = getattr(entry, name)
        if isinstance(target, int) and not number < target <= count:
            raise InputError(f"{where}, {name} is {target}: {_later(number, count)}")
    late = Late(0)
    if entry.late is not None:
        late = Late(
            entry.late.days,
            _units(entry.late.penalty_per_day, f"{where}, late, penalty_per_day"),
            index.party_or_none(entry.late.payer, f"{where}, late, from"),
            index.party_or_none(entry.late.payee, f"{where}, late, to"),
        )
    witnesses = [index.party(name, f"{where}, witness {at}") for at, name in enumerate(entry.witnesses, 1)]
    if len(set(witnesses)) < len(witnesses):
        raise InputError(f"{where}, witnesses: one is named twice: name each once")
    return Step(
        verb=Verb[entry.verb.upper()],
        actor=index.party(entry.actor, f"{where}, actor"),
        due_seconds=entry.due.seconds,
        due_from=DueFrom[entry.due.origin.upper()],
        late=late,
        needs_evidence=entry.evidence,
        witnesses=frozenset(witnesses),
        quorum=entry.quorum,
        payments=tuple(
            _payment(payment, f"{where}, payment {at}", index) for at, payment in enumerate(entry.payments, 1)
        ),
        on_done=_target(entry.on_done),
        on_timeout=_target(entry.on_timeout),
        on_refusal=_target(entry.on_refusal),
    )


def _later(number: int, count: int) -> str:
    if number == count:
        return 'no step follows, so give "done", "refund" or "arbiter"'
    return f'give the number of a later step, {number + 1} to {count}, or "done", "refund" or "arbiter"'


def _payment(entry: PaymentEntry, where: str, index: _Index) -> Payment:
    payer = EVERYONE if entry.payer == "everyone" else index.party(entry.payer, f"{where}, from")
    amount = REST if entry.amount == "rest" else _units(entry.amount, f"{where}, amount")
    return Payment(payer, index.party(entry.payee, f"{where}, to"), amount)


def _target(target: int | str) -> int:
    if isinstance(target, int):
        return target - 1
    return NEVER if target == "never" else _ENDS[target]


def _units(text: str, where: str) -> int:
    if int(text) >= REST:
        raise InputError(f"{where} is 2^128 - 1 or more: give a smaller number")
    return int(text)


def _address(text: str, where: str) -> str:
    if is_checksum_formatted_address(text) and not is_checksum_address(text):
        raise InputError(f"{where}: {text} has a wrong checksum, so a digit is mistyped: copy the address again")
    return str(to_checksum_address(text))


def _checksummed(address: str) -> str:
    """An address of a plan with its checksum; what is no address stays, and is refused as such."""
    return str(to_checksum_address(address)) if is_hex_address(address) else address


class _Named:
    """What indices of a plan are called in its document."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def party(self, index: int) -> str | None:
        if index == NOBODY:
            return None
        if index >= len(self._names):
            raise InputError(f"party {index + 1} does not exist: there are {len(self._names)} parties")
        return self._names[index]

    def step(self, step: Step) -> dict[str, Any]:
        late = step.late
        return {
            "verb": step.verb.name.lower(),
            "actor": self.party(step.actor),
            "due": {"from": step.due_from.name.lower(), "seconds": step.due_seconds},
            "late": None
            if late == Late(0)
            else {
                "days": late.days,
                "penalty_per_day": str(late.penalty_per_day),
                "from": self.party(late.payer),
                "to": self.party(late.payee),
            },
            "evidence": step.needs_evidence,
            "witnesses": [self.party(index) for index in sorted(step.witnesses)],
            "quorum": step.quorum,
            "payments": [
                {
                    "from": "everyone" if each.payer == EVERYONE else self.party(each.payer),
                    "to": self.party(each.payee),
                    "amount": "rest" if each.amount == REST else str(each.amount),
                }
                for each in step.payments
            ],
            "on_done": _END_NAMES.get(step.on_done, step.on_done + 1),
            "on_timeout": _END_NAMES.get(step.on_timeout, step.on_timeout + 1),
            "on_refusal": "never" if step.on_refusal == NEVER else _END_NAMES.get(step.on_refusal, step.on_refusal + 1),
        }
