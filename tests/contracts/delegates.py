"""A DelegateLedger on pyrevm, the keys of its nodes, and blocks that are valid."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from eth_hash.auto import keccak

from tests.contracts.stakes import COIN, EMPTY, NOTHING_SHOWN, typed_digest
from tests.trust.evm import Deployed
from tests.trust.scene import Scene
from tests.trust.signing import address, sign

TURN_SECONDS = 10  # p at phi = 0
HALF_LIFE_SECONDS = 3000
TERM_SECONDS, SEATS = 600, 3
WINDOW, MIN_SIGNED, JAIL_TERMS = 8, 5, 2
CAPACITY, CONFIRMATIONS = 100, 3
VOTER = 9000
VOTES = [50, 40, 30, 20, 10]  # of the five nodes, in tests
_TYPE = b"TurnBlock(uint64 round,uint64 turnSeconds,uint32 node,bytes32 parent,bytes32 body)"


@dataclass(frozen=True)
class TurnBlock:
    """As the contract has it."""

    round: int
    turn_seconds: int
    node: int
    parent: bytes
    body: bytes


class Delegates:
    """A deployment; nodes have the keys 5000, 5001, …"""

    def __init__(self, *, nodes: int = 5, seats: int = SEATS, token: str | None = COIN, chain_id: int = 31_337) -> None:
        """Votes weigh `token`; a token of its own where None."""
        self.scene = Scene(nodes=nodes, chain_id=chain_id)
        self.chain = self.scene.chain
        self.token: Deployed | None = None
        if token is None:
            self.token = self.chain.deploy("WorkloadToken", sender=self.scene.owner)
            token = self.token.address
        self.nodes = self.scene.nodes
        self.setup = (
            (self.scene.oracle.address, TURN_SECONDS * nodes, TURN_SECONDS, HALF_LIFE_SECONDS, CAPACITY, CONFIRMATIONS),
            (token, TERM_SECONDS, seats, WINDOW, MIN_SIGNED, JAIL_TERMS),
        )
        self.ledger = self.chain.deploy("DelegateLedger", *self.setup, sender=self.scene.owner)
        self.start = self.chain.timestamp
        for key in (VOTER, VOTER + 1, *range(5000, 5000 + nodes)):
            self.chain.evm.set_balance(address(key), 10**24)

    # The clock

    @property
    def now(self) -> int:
        return self.chain.timestamp

    @property
    def term(self) -> int:
        return (self.now - self.start) // TERM_SECONDS

    def at(self, timestamp: int) -> None:
        """Go to a time, a block of the chain further."""
        self.chain.at(number=self.chain.number + 1, timestamp=timestamp)

    def to_term(self, term: int) -> None:
        self.at(self.start + term * TERM_SECONDS)

    # Votes

    def send(self, function: str, *arguments: Any, key: int, value: int = 0) -> int:
        return self.ledger.send(function, *arguments, sender=address(key), value=value)

    def vote(self, node: int, amount: int, voter: int = VOTER) -> int:
        return self.send("vote", node, amount, key=voter, value=amount)

    def stand(self, node: int) -> int:
        return self.send("stand", node, 0, key=5000 + node)

    def begin(self, votes: Sequence[int]) -> None:
        """Vote, stand, and elect the delegates of the first term that counts."""
        for node, amount in enumerate(votes):
            self.vote(node, amount)
            self.stand(node)
        self.to_term(2)
        self.ledger.send("elect")

    # Turns

    def order(self) -> tuple[int, ...]:
        """Delegates, that of the next turn first."""
        order, following = self.ledger.read("delegates")
        return (*order[following:], *order[:following])

    def opening(self) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self.ledger.read("opening")
        return found

    def next_turn(self, skip: int = 0) -> int:
        """Go to the beginning of the next turn, or of one some turns later; whose it is."""
        from_seconds, p = self.opening()[3], self.opening()[5]
        current, _ = self.ledger.read("turnAt", self.now)
        self.at((current or from_seconds) + p * (1 + skip))
        return int(self.ledger.read("turnAt", self.now)[1])

    def block(self, node: int, body: bytes = EMPTY, **changes: Any) -> TurnBlock:
        """A block for the open round and the turn that lasts now, but for `changes`."""
        opening = self.opening()
        turn_seconds, _ = self.ledger.read("turnAt", self.now)
        return replace(TurnBlock(opening[0], turn_seconds, node, opening[1], bytes(keccak(body))), **changes)

    def digest(self, block: TurnBlock) -> bytes:
        fields = b"".join(field if isinstance(field, bytes) else field.to_bytes(32, "big") for field in astuple(block))
        chain_id, contract = self.scene.chain_id, self.ledger.address
        return typed_digest(b"DelegateLedger", _TYPE, fields, chain_id=chain_id, contract=contract)

    def signature(self, block: TurnBlock, key: int | None = None) -> bytes:
        return b"".join(sign(self.digest(block), 5000 + block.node if key is None else key))

    def evidence(self, one: TurnBlock, other: TurnBlock) -> tuple[Any, ...]:
        """Arguments of `bar`."""
        return astuple(one), self.signature(one), astuple(other), self.signature(other)

    def submission(self, block: TurnBlock, body: bytes = EMPTY, opening: Any = NOTHING_SHOWN) -> tuple[Any, ...]:
        return astuple(block), body, self.signature(block), opening

    def win(self, skip: int = 0, body: bytes = EMPTY) -> TurnBlock:
        """The next turn's delegate, or that of one some turns later, makes its block."""
        block = self.block(self.next_turn(skip), body)
        self.ledger.send("submitBlock", *self.submission(block, body))
        return block

    def failure(self, function: str, *arguments: Any, sender: int = 3, value: int = 0) -> tuple[Any, ...]:
        """The error of a call that must revert."""
        return self.ledger.failure(function, *arguments, sender=address(sender), value=value)

    def refused(self, block: TurnBlock, body: bytes = EMPTY, **more: Any) -> tuple[Any, ...]:
        return self.failure("submitBlock", *self.submission(block, body, **more))
