"""What parties and witnesses sign about plans and rounds of clearing, as EIP-712 typed data.

The contract's twin is `contracts/libraries/PlanHash.sol`; `tests/contracts/test_plan_book.py` holds the two equal.
"""

from collections.abc import Iterable
from typing import Any

from eth_account.messages import SignableMessage, encode_typed_data
from eth_hash.auto import keccak

from oracle.plans.plan import Plan, Step, as_arguments, step_arguments

_DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}
_PAYMENT = {"payer": "uint8", "payee": "uint8", "amount": "uint128"}
_STEP = {
    "verb": "uint8",
    "actor": "uint8",
    "dueFrom": "uint8",
    "dueSeconds": "uint64",
    "lateDays": "uint16",
    "penaltyPerDay": "uint128",
    "penaltyPayer": "uint8",
    "penaltyPayee": "uint8",
    "needsEvidence": "bool",
    "witnesses": "uint16",
    "quorum": "uint8",
    "payments": "Payment[]",
    "onDone": "uint8",
    "onTimeout": "uint8",
    "onRefusal": "uint8",
}
_PLAN = {
    "kind": "bytes32",
    "parties": "address[]",
    "deposits": "uint256[]",
    "token": "address",
    "arbiter": "uint8",
    "arbiterSeconds": "uint64",
    "joinBySeconds": "uint64",
    "steps": "Step[]",
    "termsHash": "bytes32",
    "modelHash": "bytes32",
    "salt": "uint256",
}
_AMENDMENT = {"plan": "bytes32", "step": "uint8", "replacement": "Plan"}
_ATTESTATION = {"plan": "bytes32", "step": "uint8", "evidence": "bytes32"}
_PLAN_TYPES = {"Plan": _PLAN, "Step": _STEP, "Payment": _PAYMENT}


def _spelled(name: str, fields: dict[str, str]) -> str:
    return f"{name}({','.join(f'{kind} {field}' for field, kind in fields.items())})"


_PAYMENT_TYPEHASH, _STEP_TYPEHASH, _PLAN_TYPEHASH = (
    bytes(keccak("".join(spelled).encode()))
    for spelled in (
        (_spelled("Payment", _PAYMENT),),
        (_spelled("Step", _STEP), _spelled("Payment", _PAYMENT)),
        (_spelled("Plan", _PLAN), _spelled("Payment", _PAYMENT), _spelled("Step", _STEP)),
    )
)


def plan_document(plan: Plan, *, chain_id: int, book: str) -> dict[str, Any]:
    """What every party signs to join: wallets show it field by field."""
    return typed_document("PlanBook", "Plan", _PLAN_TYPES, _message(plan), chain_id=chain_id, contract=book)


def amendment_document(plan_id: bytes, step: int, replacement: Plan, *, chain_id: int, book: str) -> dict[str, Any]:
    """What every party signs to replace a plan that stands at `step`."""
    message = {"plan": plan_id, "step": step, "replacement": _message(replacement)}
    types = _PLAN_TYPES | {"Amendment": _AMENDMENT}
    return typed_document("PlanBook", "Amendment", types, message, chain_id=chain_id, contract=book)


def attestation_document(plan_id: bytes, step: int, evidence: bytes, *, chain_id: int, book: str) -> dict[str, Any]:
    """What a witness signs once it has seen a step done."""
    message = {"plan": plan_id, "step": step, "evidence": evidence}
    return typed_document(
        "PlanBook", "Attestation", {"Attestation": _ATTESTATION}, message, chain_id=chain_id, contract=book
    )


def plan_id(plan: Plan) -> bytes:
    """The id of a plan: its EIP-712 struct hash, the same on every chain."""
    kind, parties, deposits, token, arbiter, arbiter_seconds, join_by, _, terms, model, salt = as_arguments(plan)
    return _hashed(
        _PLAN_TYPEHASH,
        kind,
        _joined(_word(each) for each in parties),
        _joined(_word(each) for each in deposits),
        *(_word(each) for each in (token, arbiter, arbiter_seconds, join_by)),
        _joined(step_hash(step) for step in plan.steps),
        terms,
        model,
        _word(salt),
    )


def step_hash(step: Step) -> bytes:
    """The EIP-712 struct hash of a step."""
    values = step_arguments(step)
    payments = _joined(_hashed(_PAYMENT_TYPEHASH, *(_word(each) for each in payment)) for payment in values[11])
    return _hashed(_STEP_TYPEHASH, *(payments if at == 11 else _word(each) for at, each in enumerate(values)))


def frame_arguments(plan: Plan) -> tuple[Any, ...]:
    """The plan's frame, as the contract's calls take it: hashes of the steps in their place."""
    values = list(as_arguments(plan))
    values[7] = [step_hash(step) for step in plan.steps]
    return tuple(values)


def _hashed(typehash: bytes, *words: bytes) -> bytes:
    return bytes(keccak(typehash + b"".join(words)))


def _joined(words: Iterable[bytes]) -> bytes:
    return bytes(keccak(b"".join(words)))


def _word(value: int | str) -> bytes:
    number = int(value, 16) if isinstance(value, str) else int(value)
    return number.to_bytes(32, "big")


def signable(document: dict[str, Any]) -> SignableMessage:
    """A document as keys sign it."""
    return encode_typed_data(full_message=document)


def digest(document: dict[str, Any]) -> bytes:
    """The 32 bytes that are signed."""
    message = signable(document)
    return bytes(keccak(b"\x19" + message.version + message.header + message.body))


def typed_document(
    name: str, primary: str, types: dict[str, dict[str, str]], message: dict[str, Any], *, chain_id: int, contract: str
) -> dict[str, Any]:
    """An EIP-712 document in the domain of one contract, version 1."""
    fields = {"EIP712Domain": _DOMAIN} | types
    return {
        "types": {kind: [{"name": n, "type": t} for n, t in each.items()] for kind, each in fields.items()},
        "primaryType": primary,
        "domain": {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": contract},
        "message": message,
    }


def _message(plan: Plan) -> dict[str, Any]:
    values = dict(zip(_PLAN, as_arguments(plan), strict=True))
    steps: Any = values["steps"]
    values["steps"] = [_step_message(step) for step in steps]
    return values


def _step_message(values: tuple[Any, ...]) -> dict[str, Any]:
    step = dict(zip(_STEP, values, strict=True))
    step["payments"] = [dict(zip(_PAYMENT, payment, strict=True)) for payment in step["payments"]]
    return step
