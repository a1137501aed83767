"""The contracts of routes on one chain: what is read of them, and their events."""

from functools import cached_property

from eth_utils.address import to_checksum_address

from oracle.bridges.locks import Lock, LockStatus, lock_id
from oracle.bridges.orders import CrossOrder, OrderStatus, order_id
from oracle.bridges.pool_terms import PoolTerms
from oracle.bridges.pools import Bond, Loan, OrderState
from oracle.chain.calls import ContractCalls
from oracle.crossing.events import Seen, SettledEvents, events_in
from oracle.crossing.places import CONTRACTS, Place
from oracle.errors import ConnectionFailed


class Bridges:
    """All contracts of a place. Amounts are in units of its token."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.token = ContractCalls(place.chain, "SampleMoney", place.addresses.token)
        self.locks, self.pool, self.conditions, self.offers = (
            ContractCalls(place.chain, contract, getattr(place.addresses, field))
            for field, contract in CONTRACTS.items()
        )
        self._events = SettledEvents(place)
        self._sight: int | str | None = None  # of the last look: a block, or why there is none

    # Settled blocks

    def look(self) -> None:
        """See how far the chain is settled; until the next look, that is what counts as settled here.

        So all decisions of one turn stand on the same block. A node that does not answer is not asked for it again
        in that turn.

        Raises:
            ConnectionFailed: the node does not answer.
        """
        try:
            self._sight = self.place.settled
        except ConnectionFailed as error:
            self._sight = str(error)
            raise

    @property
    def settled(self) -> int:
        """Number of the latest settled block, by the last look; by the node, where nobody has looked.

        Raises:
            ConnectionFailed: the node did not answer.
        """
        if isinstance(self._sight, str):
            raise ConnectionFailed(self._sight)
        return self.place.settled if self._sight is None else self._sight

    # Events

    def lock_events(self) -> list[Seen]:
        """All of the hash locks that are settled."""
        return self._events.read("locks", self.settled)

    def pool_events(self) -> list[Seen]:
        """All of the pool that are settled."""
        return self._events.read("pool", self.settled)

    def offer_events(self) -> list[Seen]:
        """All of the board of offers that are settled."""
        return self._events.read("offers", self.settled)

    # Money

    def balance(self, holder: str, block: int | None = None) -> int:
        """What an account holds, at a block or now."""
        return int(self.token.read("balanceOf", holder, block=block))

    def allowance(self, holder: str, spender: str) -> int:
        """What `spender` may draw from `holder`."""
        return int(self.token.read("allowance", holder, spender))

    # Locks

    def lock_id(self, lock: Lock) -> bytes:
        """The id of a lock here."""
        return lock_id(lock, chain_id=self.place.chain.chain_id, contract=self.locks.address)

    def lock_status(self, lock: Lock, block: int | None = None) -> LockStatus:
        """Where a lock stands after a block, or now."""
        return LockStatus(self.locks.read("statusOf", self.lock_id(lock), block=block))

    def preimage(self, lock: Lock) -> bytes | None:
        """The preimage of a claim, once its event is anywhere in the chain: it is public then, settled or not."""
        if self.lock_status(lock) is not LockStatus.CLAIMED:
            return None
        found = self.lock_id(lock)
        first, last = self.place.from_block, self.place.chain.head()
        query = {
            "address": self.locks.address,
            "topics": [None, "0x" + found.hex()],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        for raw in self.place.chain.request("eth_getLogs", [query]):
            sealed = self.place.chain.sealed_block(int(raw["blockNumber"], 16))
            for seen in events_in(self.place, "HashLock", self.locks.address, sealed):
                if seen.kind == "Claimed" and seen.values["lock"] == found:
                    return bytes(seen.values["preimage"])
        return None

    # Orders

    @cached_property
    def terms(self) -> PoolTerms:
        """Of the pool."""
        return PoolTerms(*self.pool.read("terms"))

    def order_state(self, order: CrossOrder, block: int | None = None) -> OrderState:
        """Where an order that was opened here stands after a block, or now."""
        status, since, claimant, challenger = self.pool.read("stateOf", order_id(order), block=block)
        who = (str(to_checksum_address(each)) for each in (claimant, challenger))
        return OrderState(OrderStatus(status), since, *who)

    def filler(self, order: CrossOrder, block: int | None = None) -> str | None:
        """Who is paid for a fill that was made here; None where there was none."""
        found = str(self.pool.read("fillerOf", order_id(order), block=block))
        return None if int(found, 16) == 0 else found

    def bond(self, relayer: str) -> Bond:
        """What a relayer has deposited."""
        return Bond(*self.pool.read("bondOf", relayer))

    def loan(self, order: CrossOrder) -> Loan:
        """What a fill took from the pool here; of nobody where there is none."""
        relayer, due_seconds, amount = self.pool.read("loanOf", order_id(order))
        return Loan(str(to_checksum_address(relayer)), due_seconds, amount)

    def liquidity(self) -> int:
        """What the pool has and has not lent."""
        return int(self.pool.read("pool")[0])

    def owed(self, account: str) -> int:
        """What an account can withdraw from the pool."""
        return int(self.pool.read("owed", account))
