"""Follows a chain with a PowLedger, block by block: what is offered, mined, confirmed and pending."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.ledger import Ledger, MinedBlock
from oracle.chain.offers import Confirmation, Offers
from oracle.errors import ChainReorganised
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
        self.own = frozenset(own)
        self._chain, self._ledger, self._first_block = chain, ledger, first_block
        self._begin()

    def _begin(self) -> None:
        self._next = self._first_block
        self._last_hash: bytes | None = None
        self._pending: dict[int, int] = {}
        self.offers = Offers(self.own)

    def sync(self, head: int) -> Iterator[Followed]:
        """Take in all blocks up to `head` that were not taken in yet.

        Raises:
            ChainReorganised: a block taken in was replaced; the next call begins with the first block again.
        """
        while self._next <= head:
            sealed = self._chain.sealed_block(self._next)
            block = sealed.block
            if self._last_hash is not None and block.parent_hash != self._last_hash:
                self._begin()
                raise ChainReorganised(f"block {block.number - 1} was replaced while the ledger was followed")
            mined = tuple(self._ledger.mined(sealed))
            confirmations = tuple(self.offers.add_block(block, mined))
            self._pending[block.number] = self.offers.pending
            self._last_hash, self._next = block.hash, block.number + 1
            yield Followed(block, mined, confirmations)

    def catch_up(self, head: int) -> None:
        """As `sync`, for those who ask for the state alone."""
        for _ in self.sync(head):
            pass

    def pending_after(self, number: int) -> int:
        """Transactions pending after block `number`; of one ahead of the first, none."""
        return self._pending.get(number, 0) if number < self._first_block else self._pending[number]


def follow_ledger(contracts: Contracts, ledger: Ledger, first_block: int) -> Follower:
    """A follower from the ledger's deployment on; calls to oracle, controller and ledger are no offers."""
    addresses = (contracts.addresses.oracle, contracts.addresses.controller)
    own = {ledger.address, *(bytes.fromhex(address[2:]) for address in addresses)}
    return Follower(contracts.chain, ledger, first_block, own)
