"""What happened to a plan or a round, from the events of its contract."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from eth_utils.address import to_canonical_address, to_checksum_address

from oracle.chain.artefacts import artefact
from oracle.chain.calls import ContractCalls
from oracle.chain.events import Event, event
from oracle.chain.log_search import blocks_of
from oracle.chain.proof.receipts import Log
from oracle.errors import InputError
from oracle.plans.plan import Plan, from_arguments

_BLOCKS_PER_REQUEST = 10_000  # of one search for logs; nodes allow little more


@dataclass(frozen=True)
class Happening:
    """One event."""

    block: int
    time_seconds: int
    kind: str  # the event's name
    values: Mapping[str, Any]  # by the names of the event; of Proposed, `content` is a Plan
    transaction_hash: bytes  # 32 bytes


def happenings(contract: ContractCalls, subject: bytes, from_block: int, to_block: int) -> list[Happening]:
    """The events of a contract about one plan or round, in order.

    The node says in which blocks there are any; what those hold is read as their headers vouch for it. So a node can
    leave out a block, but not change or invent an event.

    Args:
        contract: The contract.
        subject: Id of the plan or round, 32 bytes: the first topic of its events.
        from_block: First block that is searched.
        to_block: Last one.

    Raises:
        ConnectionFailed: the node does not answer.
        FalseAnswer: a header disproves what it says.
    """
    chain, address = contract.chain, to_canonical_address(contract.address)
    found = []
    for number in _blocks_with(contract, subject, from_block, to_block):
        sealed = chain.sealed_block(number)
        logs = chain.logs(sealed, address)
        about = [log for log in logs if len(log.topics) > 1 and log.topics[1] == subject]
        found += [happening(contract.name, log, sealed.block.timestamp_seconds) for log in about]
    return found


def happening(contract: str, log: Log, time_seconds: int) -> Happening:
    """What a log of contract `contract` says."""
    known = _events(contract)[log.topics[0]]
    values = known.arguments(log)
    if known.name == "Proposed":
        values["content"] = plan_of(values["content"])
    return Happening(log.block_number, time_seconds, known.name, values, log.transaction_hash)


def plan_of(content: tuple[Any, ...]) -> Plan:
    """The plan that an event brings, with checksummed addresses.

    Raises:
        InputError: its kind is no ASCII, which the contract does not check.
    """
    try:
        plan = from_arguments(content)
    except UnicodeDecodeError:
        raise InputError("the kind of that plan is no ASCII text, so no tool of this project made it") from None
    return replace(
        plan,
        parties=tuple(str(to_checksum_address(each)) for each in plan.parties),
        token=str(to_checksum_address(plan.token)),
    )


def _blocks_with(contract: ContractCalls, subject: bytes, from_block: int, to_block: int) -> list[int]:
    """Blocks in which the node knows events about a subject, ascending."""
    queries = [
        [
            {
                "address": contract.address,
                "topics": [None, "0x" + subject.hex()],
                "fromBlock": hex(first),
                "toBlock": hex(min(first + _BLOCKS_PER_REQUEST - 1, to_block)),
            }
        ]
        for first in range(from_block, to_block + 1, _BLOCKS_PER_REQUEST)
    ]
    answers = contract.chain.request_each("eth_getLogs", queries)
    found = (blocks_of(contract.chain, logs, from_block, to_block) for logs in answers)
    return sorted({number for numbers in found for number in numbers})


@cache
def _events(contract: str) -> dict[bytes, Event]:
    """The events of a contract by their topic."""
    names = [entry["name"] for entry in artefact(contract)["abi"] if entry["type"] == "event"]
    return {each.topic: each for each in (event(contract, name) for name in names)}
