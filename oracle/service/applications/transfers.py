"""Transfers of a HashLock and a RelayPool as answers: what began here, and where it stands."""

from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from oracle.bridges.locks import LockStatus
from oracle.bridges.orders import OrderStatus
from oracle.chain.events import event
from oracle.chain.proof.receipts import Log
from oracle.client.answers import BlockAnswer
from oracle.client.application_answers import PoolAnswer, TransferAnswer, TransferStatus
from oracle.service.applications.reader import Contract, Reader, View, state_name
from oracle.service.applications.search import Searches, Sought, latest

LOCKS, POOL = "HashLock", "RelayPool"
# Of the contracts, without the first: unknown.
_LOCK_STATES: tuple[TransferStatus, ...] = ("locked", "claimed", "refunded")
_ORDER_STATES: tuple[TransferStatus, ...] = ("open", "claimed", "disputed", "settled", "refunded")


@dataclass(frozen=True)
class Bridges:
    """The contracts that transfers go by."""

    locks: Contract
    pool: Contract


async def transfers(
    reader: Reader, bridges: Bridges, before: int, limit: int
) -> tuple[list[TransferAnswer], int | None]:
    """The newest transfers before a place, and the place before which to go on.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer.
    """
    found = await latest(reader, _beginnings(bridges), before, limit)
    views = [
        View(bridges.locks, "statusOf", (log.topics[1],))
        if _is_lock(log)
        else View(bridges.pool, "stateOf", (log.topics[1],))
        for log in found.logs
    ]
    states = await reader.read_each(views)
    return [
        _lock(log, state) if _is_lock(log) else _order(log, state[0])
        for log, state in zip(found.logs, states, strict=True)
    ], found.following


async def transfer(reader: Reader, bridges: Bridges, transfer_id: bytes, searches: Searches) -> TransferAnswer | None:
    """One transfer; None where neither contract knows it.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer, or its beginning lies further back than one request reaches.
    """
    lock, order = await reader.read_each(
        [View(bridges.locks, "statusOf", (transfer_id,)), View(bridges.pool, "stateOf", (transfer_id,))]
    )
    if lock == LockStatus.UNKNOWN and order[0] == OrderStatus.UNKNOWN:
        return None
    begun = await searches.one(reader, _beginnings(bridges), transfer_id)
    return _lock(begun, lock) if _is_lock(begun) else _order(begun, order[0])


async def pool(reader: Reader, bridges: Bridges, block: BlockAnswer) -> PoolAnswer:
    """The pool's liquidity.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer.
    """
    (liquid, lent, shares), terms = await reader.read_each(
        [View(bridges.pool, "pool", ()), View(bridges.pool, "terms", ())]
    )
    return PoolAnswer(
        block=block,
        contract=bridges.pool.address,
        token=str(to_checksum_address(terms[0])),
        liquid=str(liquid),
        lent=str(lent),
        shares=str(shares),
    )


def _beginnings(bridges: Bridges) -> Sought:
    """A topic is of one of the two contracts alone, so that no event of the other is taken for it."""
    return Sought([bridges.locks, bridges.pool], [[event(LOCKS, "Locked").topic, event(POOL, "Open").topic]])


def _is_lock(log: Log) -> bool:
    return log.topics[0] == event(LOCKS, "Locked").topic


def _lock(log: Log, state: int) -> TransferAnswer:
    token, sender, recipient, amount, _, expiry_seconds, there = event(LOCKS, "Locked").arguments(log)["content"]
    chain_id, _, other_token, _, other_amount, _ = there
    return TransferAnswer(
        id="0x" + log.topics[1].hex(),
        by="lock",
        status=state_name(_LOCK_STATES, state),
        block=log.block_number,
        token=str(to_checksum_address(token)),
        amount=str(amount),
        sender=str(to_checksum_address(sender)),
        recipient=str(to_checksum_address(recipient)),
        expires_seconds=expiry_seconds,
        other_chain_id=chain_id,
        other_token=str(to_checksum_address(other_token)),
        other_amount=str(other_amount),
    )


def _order(log: Log, state: int) -> TransferAnswer:
    user, _, _, fill_deadline, _, spent, received, fills = event(POOL, "Open").arguments(log)["resolvedOrder"]
    (token, amount, _, _), (other_token, other_amount, recipient, _) = received[0], spent[0]
    return TransferAnswer(
        id="0x" + log.topics[1].hex(),
        by="pool",
        status=state_name(_ORDER_STATES, state),
        block=log.block_number,
        token=_address(token),
        amount=str(amount),
        sender=str(to_checksum_address(user)),
        recipient=_address(recipient),
        expires_seconds=fill_deadline,
        other_chain_id=fills[0][0],
        other_token=_address(other_token),
        other_amount=str(other_amount),
    )


def _address(word: bytes) -> str:
    """The address in a word, as ERC-7683 pads it."""
    return str(to_checksum_address(word[-20:]))
