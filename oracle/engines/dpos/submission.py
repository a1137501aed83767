"""A delegate's block: what it signs for its turn, and what it submits."""

from dataclasses import astuple

from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.chain.calls import calldata
from oracle.chain.ledger import LedgerFacts, OpenRound
from oracle.chain.offers import Offers
from oracle.engines.body import best_body
from oracle.engines.opening import Allowed
from oracle.engines.signing import sign_block

CONTRACT = "DelegateLedger"
_FIELDS = [
    {"name": "round", "type": "uint64"},
    {"name": "turnSeconds", "type": "uint64"},
    {"name": "node", "type": "uint32"},
    {"name": "parent", "type": "bytes32"},
    {"name": "body", "type": "bytes32"},
]


def turn_submission(
    facts: LedgerFacts,
    round_: OpenRound,
    *,
    turn_seconds: int,
    node: int,
    key: LocalAccount,
    allowed: Allowed,
    offers: Offers,
) -> bytes:
    """Calldata of `submitBlock`: a signed block of the pending transactions that pay most, after the last block.

    Args:
        facts: Of the ledger.
        round_: That is open.
        turn_seconds: When the node's turn begins, by the chain's clock.
        node: Its index.
        key: Its key.
        allowed: Theta of the round.
        offers: What is pending.
    """
    body = best_body(offers, theta_wad=allowed.thetas_wad[node], capacity=facts.capacity)
    block, signature = sign_turn_block(facts, key, round_=round_, turn_seconds=turn_seconds, node=node, body=body)
    return calldata(CONTRACT, "submitBlock", block, body, signature, astuple(allowed.shown(node)))


def sign_turn_block(
    facts: LedgerFacts, key: LocalAccount, *, round_: OpenRound, turn_seconds: int, node: int, body: bytes
) -> tuple[tuple[object, ...], bytes]:
    """The block, as the ledger takes it, and its signature."""
    message = {
        "round": round_.number,
        "turnSeconds": turn_seconds,
        "node": node,
        "parent": round_.parent,
        "body": bytes(keccak(body)),
    }
    return tuple(message.values()), sign_block(facts, key, CONTRACT, "TurnBlock", _FIELDS, message)
