"""A staker's block: what it signs for a slot that it drew, and what it submits."""

from dataclasses import astuple

from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.chain.calls import calldata
from oracle.chain.ledger import LedgerFacts, OpenRound
from oracle.chain.offers import Offers
from oracle.engines.body import best_body
from oracle.engines.opening import Allowed
from oracle.engines.signing import sign_block

CONTRACT = "StakeLedger"
_FIELDS = [
    {"name": "round", "type": "uint64"},
    {"name": "slot", "type": "uint64"},
    {"name": "node", "type": "uint32"},
    {"name": "parent", "type": "bytes32"},
    {"name": "body", "type": "bytes32"},
    {"name": "reveal", "type": "bytes32"},
]


def slot_submission(
    facts: LedgerFacts,
    round_: OpenRound,
    *,
    slot: int,
    node: int,
    key: LocalAccount,
    reveal: bytes,
    allowed: Allowed,
    offers: Offers,
) -> bytes:
    """Calldata of `submitBlock`: a signed block of the pending transactions that pay most, after the last block.

    Args:
        facts: Of the ledger.
        round_: That is open.
        slot: That the node drew.
        node: Its index.
        key: Its key.
        reveal: The next preimage of its hash onion, 32 bytes.
        allowed: Theta of the round.
        offers: What is pending.
    """
    body = best_body(offers, theta_wad=allowed.thetas_wad[node], capacity=facts.capacity)
    block, signature = sign_slot_block(facts, key, round_=round_, slot=slot, node=node, body=body, reveal=reveal)
    return calldata(CONTRACT, "submitBlock", block, body, signature, astuple(allowed.shown(node)))


def sign_slot_block(
    facts: LedgerFacts, key: LocalAccount, *, round_: OpenRound, slot: int, node: int, body: bytes, reveal: bytes
) -> tuple[tuple[object, ...], bytes]:
    """The block, as the ledger takes it, and its signature."""
    message = {
        "round": round_.number,
        "slot": slot,
        "node": node,
        "parent": round_.parent,
        "body": bytes(keccak(body)),
        "reveal": reveal,
    }
    return tuple(message.values()), sign_block(facts, key, CONTRACT, "SlotBlock", _FIELDS, message)
