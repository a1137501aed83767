"""Pending transactions, and what confirms them, read from the chain alone.

Every transaction of the chain that calls none of the contracts of the network itself is offered to the miners, under
the next number: numbers count from 0 in the order of the chain, from the block after the ledger's. A won block confirms
the offers that its body names, if they came in chain blocks ahead of its own and nothing confirmed them before; what
else it names counts for nothing. Whoever replays the chain finds the same confirmations.
"""

import heapq
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from oracle.chain.ledger import MinedBlock
from oracle.formulas.body import decode_body
from oracle.window.blocks import Block


@dataclass(frozen=True)
class Offer:
    """A transaction that waits for a miner, or did."""

    number: int
    hash: bytes  # 32 bytes
    gas_price_wei: int
    chain_block: int
    timestamp_seconds: int  # of the chain's block


@dataclass(frozen=True)
class Confirmation:
    """An offer and the round whose block confirmed it."""

    offer: Offer
    round: int
    timestamp_seconds: int  # of the chain's block in which the round was won

    @property
    def latency_seconds(self) -> int:
        """Chain time from offer to confirmation."""
        return self.timestamp_seconds - self.offer.timestamp_seconds


@dataclass(frozen=True)
class Undo:
    """What takes one block back."""

    count: int  # offers ahead of the block
    wasted: int
    confirmed: tuple[Offer, ...]  # by the block


class Offers:
    """All offers up to a chain block, and which of them are pending."""

    def __init__(self, own: Collection[bytes]) -> None:
        """`own`: addresses whose calls are the network's own, 20 bytes each."""
        self._own = frozenset(own)
        self._pending: dict[int, Offer] = {}
        self._heaviest: list[int] | None = None
        self.count = 0  # offers so far
        self.wasted = 0  # places of bodies that confirmed nothing
        self._undo = Undo(0, 0, ())

    @property
    def pending(self) -> int:
        """Offers that nothing confirmed yet."""
        return len(self._pending)

    def add_block(self, block: Block, mined: Iterable[MinedBlock]) -> list[Confirmation]:
        """Take in the chain's next block: first what its won rounds confirm, then what it offers."""
        self._undo = Undo(self.count, self.wasted, ())
        confirmations = [
            Confirmation(offer, winner.round, block.timestamp_seconds)
            for winner in mined
            if winner.won
            for offer in self._confirm(winner.body or b"")
        ]
        for transaction in block.transactions:
            if transaction.receiver in self._own:
                continue
            self._pending[self.count] = Offer(
                number=self.count,
                hash=transaction.hash,
                gas_price_wei=transaction.gas_price_wei,
                chain_block=block.number,
                timestamp_seconds=block.timestamp_seconds,
            )
            self.count += 1
        self._heaviest = None
        self._undo = replace(self._undo, confirmed=tuple(each.offer for each in confirmations))
        return confirmations

    @property
    def undo(self) -> Undo:
        """What takes the last block back."""
        return self._undo

    def take_back(self, undo: Undo) -> None:
        """Be as ahead of the newest block, whose `undo` it is."""
        kept = {number: offer for number, offer in self._pending.items() if number < undo.count}
        kept |= {offer.number: offer for offer in undo.confirmed}
        self._pending = dict(sorted(kept.items()))
        self.count, self.wasted, self._heaviest = undo.count, undo.wasted, None

    @property
    def pending_offers(self) -> list[Offer]:
        """The offers that nothing confirmed yet, by number."""
        return list(self._pending.values())

    def restore(self, pending: Iterable[Offer], *, count: int, wasted: int) -> None:
        """Be as another was that had these."""
        self._pending = {offer.number: offer for offer in pending}
        self.count, self.wasted, self._heaviest = count, wasted, None

    def best(self, limit: int) -> list[int]:
        """Numbers of the `limit` pending offers that pay most per gas, earlier ones first among equals."""
        if self._heaviest is None or len(self._heaviest) < min(limit, len(self._pending)):
            self._heaviest = [
                offer.number
                for offer in heapq.nsmallest(
                    limit, self._pending.values(), key=lambda offer: (-offer.gas_price_wei, offer.number)
                )
            ]
        return self._heaviest[:limit]

    def _confirm(self, body: bytes) -> list[Offer]:
        named = decode_body(body) if body else []
        confirmed = [self._pending.pop(number) for number in named if number in self._pending]
        self.wasted += len(named) - len(confirmed)
        return confirmed
