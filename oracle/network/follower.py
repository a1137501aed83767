"""Follows a chain with a PowLedger, block by block: what is offered, mined, confirmed and pending."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from oracle.chain.connection import Chain
from oracle.chain.ledger import Ledger, MinedBlock
from oracle.errors import ChainReorganised
from oracle.network.offers import Confirmation, Offers
from oracle.window.blocks import Block


@dataclass(frozen=True)
class Followed:
    """What one block of the chain brought."""

    block: Block
    mined: tuple[MinedBlock, ...]
    confirmations: tuple[Confirmation, ...]


class Follower:
    """The state of the ledger's transactions after each block of the chain, from the chain alone."""

    def __init__(self, chain: Chain, ledger: Ledger, first_block: int, own: Collection[bytes]) -> None:
        """Begin ahead of block `first_block`; calls to `own` addresses are no offers."""
        self._chain, self._ledger = chain, ledger
        self._next = first_block
        self._last_hash: bytes | None = None
        self._pending: dict[int, int] = {}
        self.offers = Offers(own)

    def sync(self, head: int) -> Iterator[Followed]:
        """Take in all blocks up to `head` that were not taken in yet.

        Raises:
            ChainReorganised: a block taken in was replaced; begin anew with another follower.
        """
        while self._next <= head:
            block = self._chain.block(self._next)
            if self._last_hash is not None and block.parent_hash != self._last_hash:
                raise ChainReorganised(f"block {block.number - 1} was replaced while the ledger was followed")
            mined = tuple(self._ledger.mined(block.number, block.number))
            confirmations = tuple(self.offers.add_block(block, mined))
            self._pending[block.number] = self.offers.pending
            self._last_hash, self._next = block.hash, block.number + 1
            yield Followed(block, mined, confirmations)

    def pending_after(self, number: int) -> int:
        """Transactions pending after block `number`, which must have been followed."""
        return self._pending[number]
