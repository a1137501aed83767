"""Follows a chain with a PowLedger, block by block: what is offered, mined, confirmed and pending."""

import logging
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.follower_state import FollowerState, Taken, decode_state, encode_state
from oracle.chain.ledger import Ledger, MinedBlock
from oracle.chain.offers import Confirmation, Offers
from oracle.chain.proof.check import SealedBlock
from oracle.errors import ChainReorganised
from oracle.window.blocks import Block
from oracle.window.rounds import WINDOW_ROUNDS, Round, Rounds

log = logging.getLogger(__name__)

# Blocks that can be taken back one by one; a deeper reorganisation has all blocks read again.
KEPT_BLOCKS = 256
# Rounds that are kept: those of a window whose end is as far back as blocks can be taken back.
_KEPT_ROUNDS = WINDOW_ROUNDS + KEPT_BLOCKS
# Blocks between two entries in the journal while many are read.
_SAVE_BLOCKS = 1000


@dataclass(frozen=True)
class Followed:
    """What one block of the chain brought."""

    block: Block
    mined: tuple[MinedBlock, ...]
    confirmations: tuple[Confirmation, ...]


class StateJournal(Protocol):
    """Where a follower's state outlives the process."""

    def follower_state(self) -> bytes | None:
        """What was kept last; None where nothing was."""
        ...

    def keep_follower_state(self, state: bytes) -> None:
        """Commit a state in place of the last one."""
        ...


class Follower:
    """The state of the ledger's transactions after each block of the chain, from the chain alone."""

    def __init__(
        self,
        chain: Chain,
        ledger: Ledger,
        first_block: int,
        own: Collection[bytes],
        journal: StateJournal | None = None,
    ) -> None:
        """Begin ahead of block `first_block`, or where the journal stands; calls to `own` addresses are no offers."""
        self.own = frozenset(own)
        self._chain, self._ledger, self._first_block = chain, ledger, first_block
        self._journal = journal
        self._restored = journal is None
        self._begin()

    def _begin(self) -> None:
        self._next = self._first_block
        self._taken: deque[Taken] = deque(maxlen=KEPT_BLOCKS)
        self._rounds: deque[Round] = deque(maxlen=_KEPT_ROUNDS)
        self.offers = Offers(self.own)

    def sync(self, head: int, read: Sequence[SealedBlock] = ()) -> Iterator[Followed]:
        """Take in all blocks up to `head` that were not taken in yet.

        Args:
            head: The last block to take in.
            read: Blocks that were just read; they are not asked for again.

        Raises:
            ChainReorganised: a block taken in was replaced; the next call goes on from the last one that was not.
            FalseAnswer: the node says of a block what its header disproves; that block is not taken in.
        """
        self._restore()
        at_hand = {sealed.block.number: sealed for sealed in read}
        while self._next <= head:
            sealed = at_hand.get(self._next) or self._chain.sealed_block(self._next)
            block = sealed.block
            if self._taken and block.parent_hash != self._taken[-1].hash:
                self._take_back()
                raise ChainReorganised(f"block {block.number - 1} was replaced while the ledger was followed")
            mined = tuple(self._ledger.mined(sealed))
            confirmations = tuple(self.offers.add_block(block, mined))
            self._taken.append(Taken(block.number, block.hash, self.offers.pending, self.offers.undo))
            self._rounds.extend(self._won(block, mined, confirmations))
            self._next = block.number + 1
            yield Followed(block, mined, confirmations)

    def catch_up(self, head: int, read: Sequence[SealedBlock] = ()) -> None:
        """As `sync`, for those who ask for the state alone; what was read is then in the journal."""
        unsaved = 0
        for _ in self.sync(head, read):
            unsaved += 1
            if unsaved >= _SAVE_BLOCKS:
                self._save()
                unsaved = 0
        if unsaved:
            self._save()

    def pending_after(self, number: int) -> int:
        """Transactions pending after block `number`, one of the last taken in; of one ahead of the first, none."""
        if number < self._first_block:
            return 0
        return next(taken.pending for taken in reversed(self._taken) if taken.number == number)

    @property
    def last_rounds(self) -> tuple[Round, ...]:
        """The last rounds that were taken in, oldest first; as many as a window carries at most."""
        return tuple(self._rounds)[-WINDOW_ROUNDS:]

    def rounds_until(self, number: int, half_life_seconds: int) -> Rounds:
        """The last rounds that were won up to block `number`, one of the last taken in."""
        won = [each for each in self._rounds if each.chain_block <= number]
        return Rounds(tuple(won[-WINDOW_ROUNDS:]), half_life_seconds, self._ledger.unit_seconds)

    def _won(self, block: Block, mined: Sequence[MinedBlock], confirmations: Sequence[Confirmation]) -> Iterator[Round]:
        for each in mined:
            if each.difficulty is None or each.base_difficulty is None:
                continue  # a competing block
            prices = [own.offer.gas_price_wei for own in confirmations if own.round == each.round]
            yield Round(
                chain_block=block.number,
                timestamp_seconds=block.timestamp_seconds,
                node=each.node,
                difficulty=each.difficulty,
                base_difficulty=each.base_difficulty,
                offered=self.offers.count,
                confirmed=len(prices),
                gas_prices_wei=sum(prices),
            )

    def _take_back(self) -> None:
        """Take back the blocks that the chain does not have any more."""
        head = self._chain.head()
        while self._taken:
            newest = self._taken[-1]
            if newest.number <= head and self._chain.block_hash(newest.number) == newest.hash:
                self._next = newest.number + 1
                return
            self.offers.take_back(newest.undo)
            self._taken.pop()
            while self._rounds and self._rounds[-1].chain_block >= newest.number:
                self._rounds.pop()
        self._begin()

    def _restore(self) -> None:
        """Go on from the journal, once, as far as the chain still has what it holds."""
        if self._restored or self._journal is None:
            return
        kept = self._journal.follower_state()
        if kept is not None:
            try:
                state = decode_state(kept, self._identity())
            except ValueError as error:
                log.warning("the journal's state of the ledger is not used: %s; reading from its first block", error)
            else:
                self.offers.restore(state.pending, count=state.count, wasted=state.wasted)
                self._taken.extend(state.taken)
                self._rounds.extend(state.rounds)
                self._next = state.taken[-1].number + 1
                self._take_back()
                log.info("the ledger was followed up to block %d; going on from there", self._next - 1)
        self._restored = True

    def _save(self) -> None:
        if self._journal is not None and self._taken:
            offers = self.offers
            state = FollowerState(
                offers.pending_offers, offers.count, offers.wasted, list(self._taken), list(self._rounds)
            )
            self._journal.keep_follower_state(encode_state(state, self._identity()))

    def _identity(self) -> str:
        """What a state must be of to be this follower's."""
        own = " ".join(sorted(address.hex() for address in self.own))
        return f"{self._ledger.address.hex()} from {self._first_block} without {own}"


def follow_ledger(
    contracts: Contracts, ledger: Ledger, first_block: int, journal: StateJournal | None = None
) -> Follower:
    """A follower from the ledger's deployment on; calls to oracle, controller and ledger are no offers."""
    return Follower(contracts.chain, ledger, first_block, contracts.addresses.own | {ledger.address}, journal)
