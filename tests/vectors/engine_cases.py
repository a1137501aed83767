"""What the vector files of the consensus ledgers hold: inputs chosen here, results by the code that nodes run."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from eth_hash.auto import keccak

from oracle.chain.ledger import LedgerFacts
from oracle.engines.dpos.submission import sign_turn_block
from oracle.engines.pos.onion import LAYERS, layers
from oracle.engines.pos.submission import sign_slot_block
from oracle.formulas.body import encode_body
from oracle.formulas.lottery import MAX_P, chance_q128, slot_draw, wins
from tests.vectors.cases import COW, COWS_FIRST_CONTRACT, Json, hexadecimal

# The chain of Anvil and of tests on pyrevm, where a ledger of the vectors' account is asked.
CHAIN_ID = 31_337


def _hash(text: str) -> bytes:
    return bytes(keccak(text.encode()))


@dataclass(frozen=True)
class Share:
    """A stake among all, at some p."""

    p: int
    stake: int
    total: int


SHARES = (
    Share(0, 1, 3),
    Share(1, 1, 3),
    Share(2, 1, 2),
    Share(5, 10**18, 3 * 10**18),
    Share(5, 3 * 10**18, 3 * 10**18),
    Share(5, 0, 3 * 10**18),
    Share(20, 123_456_789, 10**27),
    Share(64, (1 << 96) - 1, (1 << 96) - 1),
    Share(MAX_P, 1, 100),
    Share(MAX_P + 1, 1, 100),
    Share((1 << 256) - 1, 99, 100),
)


def lottery() -> Json:
    """Chances of stakes, draws of slots, and which of them win."""
    seed = _hash("seed of a term")
    return {
        "chances": [
            {
                "p": str(share.p),
                "stake": str(share.stake),
                "total": str(share.total),
                "chance_q128": str(chance_q128(share.p, share.stake, share.total)),
            }
            for share in SHARES
        ],
        "draws": [
            {
                "seed": hexadecimal(seed),
                "slot": slot,
                "node": node,
                "draw": hexadecimal(slot_draw(seed, slot, node)),
                "chance_q128": str(chance_q128(5, stake, 3)),
                "wins": wins(slot_draw(seed, slot, node), chance_q128(5, stake, 3)),
            }
            for node, stake in ((0, 1), (1, 2), (99, 3))
            for slot in range(64, 72)
        ],
    }


def onions() -> Json:
    """An onion from its secret to its tip, and reveals that are mixed into a seed."""
    ledger = bytes.fromhex(COWS_FIRST_CONTRACT[2:])
    onion = layers(bytes(COW.key), ledger, 3, 0)
    mix = _hash("mix ahead of these reveals")
    mixed = []
    for reveal in onion[1:4]:
        after = bytes(keccak(mix + reveal))
        mixed.append({"mix": hexadecimal(mix), "reveal": hexadecimal(reveal), "mixed": hexadecimal(after)})
        mix = after
    return {
        "onion": {
            "secret": hexadecimal(onion[-1]),
            "layers": LAYERS,
            "tip": hexadecimal(onion[0]),
            "first_reveals": [hexadecimal(reveal) for reveal in onion[1:4]],
            "last_reveals": [hexadecimal(reveal) for reveal in onion[-2:]],
        },
        "reveals": mixed,
    }


def signed_blocks() -> Json:
    """What nodes sign under proof of stake and under delegates, at each number's least and greatest."""
    body, empty = encode_body([7, 8, 12]), encode_body([])
    reveal, parent = _hash("reveal"), _hash("parent")
    cases = []
    for number, slot, node, content in (
        (1, 64, 0, empty),
        (90_071, 1 << 40, 99, body),
        (2**64 - 1, 2**64 - 1, 2**32 - 1, body),
    ):
        facts = LedgerFacts(CHAIN_ID, COWS_FIRST_CONTRACT, capacity=1_000)
        round_: Any = SimpleNamespace(number=number, parent=parent)
        block, signature = sign_slot_block(facts, COW, round_=round_, slot=slot, node=node, body=content, reveal=reveal)
        cases.append(_signed("StakeLedger", "SlotBlock", SLOT_BLOCK, block, content, signature))
        block, signature = sign_turn_block(facts, COW, round_=round_, turn_seconds=slot, node=node, body=content)
        cases.append(_signed("DelegateLedger", "TurnBlock", TURN_BLOCK, block, content, signature))
    return {"private_key": hexadecimal(bytes(COW.key)), "address": COW.address, "cases": cases}


SLOT_BLOCK = ("round", "slot", "node", "parent", "body", "reveal")
TURN_BLOCK = ("round", "turnSeconds", "node", "parent", "body")


def _signed(name: str, kind: str, fields: Sequence[str], block: Sequence[Any], body: bytes, signature: bytes) -> Json:
    domain = {"name": name, "version": "1", "chainId": CHAIN_ID, "verifyingContract": COWS_FIRST_CONTRACT}
    return {
        "name": f"{kind} of round {block[0]}",
        "domain": domain,
        "kind": kind,
        "message": {
            field: hexadecimal(value) if isinstance(value, bytes) else str(value)
            for field, value in zip(fields, block, strict=True)
        },
        "body": hexadecimal(body),
        "digest": hexadecimal(block_digest(kind, domain, block)),
        "signature": hexadecimal(signature),
    }


_TYPES = {
    "SlotBlock": b"SlotBlock(uint64 round,uint64 slot,uint32 node,bytes32 parent,bytes32 body,bytes32 reveal)",
    "TurnBlock": b"TurnBlock(uint64 round,uint64 turnSeconds,uint32 node,bytes32 parent,bytes32 body)",
}
_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def block_digest(kind: str, domain: Json, block: Sequence[Any]) -> bytes:
    """The EIP-712 digest of a block, whose hash it is in the ledger."""
    address = bytes.fromhex(domain["verifyingContract"][2:]).rjust(32, b"\0")
    separator = keccak(
        keccak(_DOMAIN)
        + keccak(domain["name"].encode())
        + keccak(domain["version"].encode())
        + domain["chainId"].to_bytes(32, "big")
        + address
    )
    words = b"".join(value if isinstance(value, bytes) else value.to_bytes(32, "big") for value in block)
    return bytes(keccak(b"\x19\x01" + separator + keccak(keccak(_TYPES[kind]) + words)))


def turns() -> Json:
    """The order that an election draws, and whose turn it is."""
    cases: list[Json] = []
    for term, elected in (
        (2, [4]),
        (2, [0, 1]),
        (3, [2, 0, 1]),
        (9, list(range(21))),
        (10, [7 * i for i in range(128)]),
    ):
        parent, entropy = (
            _hash(f"parent in term {term}"),
            _hash(f"the chain's block before the election of {len(elected)}"),
        )
        cases.append(
            {
                "parent": hexadecimal(parent),
                "term": term,
                "entropy": hexadecimal(entropy),
                "elected": elected,
                "order": turn_order(elected, parent, term, entropy),
            }
        )
    order = cases[2]["order"]
    return {
        "orders": cases,
        "turns": [
            {"from_seconds": 1000, "p_seconds": 10, "order": order, "next": 1, "at_seconds": at}
            | dict(zip(("turn_seconds", "node"), turn_at(1000, 10, order, 1, at), strict=True))
            for at in (1000, 1009, 1010, 1019, 1020, 1039, 1040, 1575)
        ],
    }


def turn_order(elected: Sequence[int], parent: bytes, term: int, entropy: bytes) -> list[int]:
    """Delegates in the order of their turns; `elected` has most votes first, the lower index of equals."""
    seed = bytes(keccak(parent + term.to_bytes(32, "big") + entropy))
    order = list(elected)
    for i in range(len(order) - 1, 0, -1):
        j = int.from_bytes(keccak(seed + i.to_bytes(32, "big")), "big") % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def turn_at(from_seconds: int, p: int, order: Sequence[int], following: int, at: int) -> tuple[int, int | None]:
    """When the turn that lasts at a time begins, and whose it is; 0 and nobody's where none has begun."""
    begun = max(0, at - from_seconds) // p
    if begun == 0:
        return 0, None
    return from_seconds + begun * p, order[(following + begun - 1) % len(order)]


# By case: in which term how much was added or, below 0, taken.
CHANGES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((0, 5),),
    ((0, 5), (0, 7), (1, -2)),
    ((0, 10), (1, 10), (2, -15), (3, 1)),
    ((1, 10**18), (4, -(10**18)), (5, 3), (9, 4)),
    ((0, (1 << 96) - 1), (7, -((1 << 96) - 1))),
)


def term_amounts() -> Json:
    """Stake or votes of one node by term."""
    return {
        "cases": [
            {
                "changes": [{"term": term, "amount": str(amount)} for term, amount in changes],
                "amounts": [
                    {"term": term, "amount": str(sum(amount for changed, amount in changes if changed + 2 <= term))}
                    for term in range(changes[-1][0] + 4)
                ],
            }
            for changes in CHANGES
        ]
    }


FILES = {
    "lottery.json": lottery,
    "onion.json": onions,
    "signed_blocks.json": signed_blocks,
    "turns.json": turns,
    "term_amounts.json": term_amounts,
}
