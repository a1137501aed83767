"""A StakeLedger on pyrevm, the onions and keys of its nodes, and blocks that are valid."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from eth_hash.auto import keccak

from oracle.formulas.body import encode_body
from oracle.formulas.lottery import chance_q128, slot_draw, wins
from tests.trust.evm import Deployed
from tests.trust.scene import Scene
from tests.trust.signing import address, sign

SLOT_SECONDS, TERM_SLOTS, EXIT_TERMS, GRACE_SLOTS = 2, 32, 2, 3
P_SLOTS = 4  # at phi = 0
INTERVAL_SECONDS, HALF_LIFE_SECONDS = P_SLOTS * SLOT_SECONDS, 3000
CAPACITY, CONFIRMATIONS = 100, 3
STAKES = [3 * 10**18, 2 * 10**18, 10**18, 10**18, 10**15]  # of the five nodes, in tests
COIN = "0x" + "00" * 20
LAYERS = 400  # of an onion
NOTHING_SHOWN: tuple[list[int], list[bytes]] = ([], [])
EMPTY = encode_body([])
_TYPE = b"SlotBlock(uint64 round,uint64 slot,uint32 node,bytes32 parent,bytes32 body,bytes32 reveal)"
_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


@dataclass(frozen=True)
class SlotBlock:
    """As the contract has it."""

    round: int
    slot: int
    node: int
    parent: bytes
    body: bytes
    reveal: bytes


def typed_digest(name: bytes, kind: bytes, fields: bytes, *, chain_id: int, contract: str) -> bytes:
    """An EIP-712 digest by hand."""
    where = chain_id.to_bytes(32, "big") + bytes.fromhex(contract[2:]).rjust(32, b"\0")
    domain = keccak(keccak(_DOMAIN) + keccak(name) + keccak(b"1") + where)
    return bytes(keccak(b"\x19\x01" + domain + keccak(keccak(kind) + fields)))


class Onion:
    """keccak256 applied many times to a secret; layers are revealed from the outside in."""

    def __init__(self, secret: bytes, layers: int = LAYERS) -> None:
        self._layers = [secret]
        for _ in range(layers):
            self._layers.append(bytes(keccak(self._layers[-1])))
        self.tip = self._layers.pop()

    def next(self) -> bytes:
        """The preimage of what was revealed last."""
        return self._layers[-1]

    def peel(self) -> None:
        """It was revealed."""
        self._layers.pop()


class Stakes:
    """A deployment; nodes have the keys 5000, 5001, …"""

    def __init__(self, *, nodes: int = 5, token: str | None = COIN, chain_id: int = 31_337) -> None:
        """Stakes are of `token`; of a token of their own where None."""
        self.scene = Scene(nodes=nodes, chain_id=chain_id)
        self.chain = self.scene.chain
        self.nodes = self.scene.nodes
        self.token: Deployed | None = None
        if token is None:
            self.token = self.chain.deploy("WorkloadToken", sender=self.scene.owner)
            token = self.token.address
        self.setup = (
            (self.scene.oracle.address, P_SLOTS * nodes, INTERVAL_SECONDS, HALF_LIFE_SECONDS, CAPACITY, CONFIRMATIONS),
            (token, SLOT_SECONDS, TERM_SLOTS, EXIT_TERMS, GRACE_SLOTS),
        )
        self.ledger = self.chain.deploy("StakeLedger", *self.setup, sender=self.scene.owner)
        self.start = self.chain.timestamp
        self.onions = [Onion(bytes(keccak(b"secret" + bytes([node])))) for node in range(nodes)]
        for node in range(nodes):
            self.chain.evm.set_balance(address(5000 + node), 10**24)

    # The clock

    @property
    def slot(self) -> int:
        return (self.chain.timestamp - self.start) // SLOT_SECONDS

    @property
    def term(self) -> int:
        return self.slot // TERM_SLOTS

    def to_slot(self, slot: int) -> None:
        """Go to the beginning of a slot, a block of the chain further."""
        self.chain.at(number=self.chain.number + 1, timestamp=self.start + slot * SLOT_SECONDS)

    def to_term(self, term: int) -> None:
        """Go to the beginning of a term."""
        self.to_slot(term * TERM_SLOTS)

    # Stake

    def send(self, function: str, *arguments: Any, node: int, value: int = 0) -> int:
        """A call by the key of a node."""
        return self.ledger.send(function, *arguments, sender=address(5000 + node), value=value)

    def deposit(self, node: int, amount: int) -> int:
        """Stake the coin."""
        return self.send("deposit", node, amount, node=node, value=amount)

    def begin(self, stakes: Sequence[int]) -> None:
        """Stake and commit for the first nodes, and go to the first slot that can be won."""
        for node, amount in enumerate(stakes):
            self.deposit(node, amount)
            self.send("commit", node, self.onions[node].tip, node=node)
        self.to_term(2)

    # Blocks

    def opening(self) -> tuple[Any, ...]:
        """Round, seed (the parent), block and time of the opening, d, p, snapshot."""
        found: tuple[Any, ...] = self.ledger.read("opening")
        return found

    def drawn(self, slot: int, node: int) -> bool:
        """Whether the lottery gives a slot to a node, by the twin, at p of the open round."""
        term = slot // TERM_SLOTS
        stake, total = self.ledger.read("stakeOf", node, term), self.ledger.read("totalStake", term)
        return wins(
            slot_draw(self.ledger.read("seedOf", term), slot, node), chance_q128(self.opening()[5], stake, total)
        )

    def next_draw(self, nodes: Sequence[int] | None = None, *, is_drawn: bool = True) -> int:
        """Go on to the next slot that one of some nodes has drawn, or has not; the node."""
        while True:
            self.to_slot(self.slot + 1)
            for node in range(self.nodes) if nodes is None else nodes:
                if self.drawn(self.slot, node) is is_drawn:
                    return node

    def block(self, node: int, body: bytes = EMPTY, **changes: Any) -> SlotBlock:
        """A block for the open round and the present slot, but for `changes`."""
        opening = self.opening()
        made = SlotBlock(opening[0], self.slot, node, opening[1], bytes(keccak(body)), self.onions[node].next())
        return replace(made, **changes)

    def digest(self, block: SlotBlock) -> bytes:
        fields = b"".join(field if isinstance(field, bytes) else field.to_bytes(32, "big") for field in astuple(block))
        return typed_digest(b"StakeLedger", _TYPE, fields, chain_id=self.scene.chain_id, contract=self.ledger.address)

    def signature(self, block: SlotBlock, key: int | None = None) -> bytes:
        return b"".join(sign(self.digest(block), 5000 + block.node if key is None else key))

    def evidence(self, one: SlotBlock, other: SlotBlock) -> tuple[Any, ...]:
        """Arguments of `slash`."""
        return astuple(one), self.signature(one), astuple(other), self.signature(other)

    def submission(self, block: SlotBlock, body: bytes = EMPTY, opening: Any = NOTHING_SHOWN) -> tuple[Any, ...]:
        """Arguments of `submitBlock`."""
        return astuple(block), body, self.signature(block), opening

    def win(self, node: int | None = None, body: bytes = EMPTY) -> SlotBlock:
        """Go on until a node, or one of all, has a slot, and win the round with it."""
        winner = self.next_draw(None if node is None else [node])
        block = self.block(winner, body)
        self.ledger.send("submitBlock", *self.submission(block, body))
        self.onions[winner].peel()
        return block

    def failure(self, function: str, *arguments: Any, sender: int = 3, value: int = 0) -> tuple[Any, ...]:
        """The error of a call that must revert."""
        return self.ledger.failure(function, *arguments, sender=address(sender), value=value)

    def refused(self, block: SlotBlock, body: bytes = EMPTY, **more: Any) -> tuple[Any, ...]:
        """The error of a submission that must revert."""
        return self.failure("submitBlock", *self.submission(block, body, **more))
