"""The miners' side of a round: its challenge, targets to search, and the calldata of what is found."""

from collections.abc import Sequence
from dataclasses import astuple

from eth_hash.auto import keccak

from oracle.chain.calls import calldata
from oracle.chain.ledger import Ledger, LedgerFacts, OpenRound
from oracle.chain.offers import Offers
from oracle.engines.body import best_body
from oracle.engines.opening import Allowed
from oracle.engines.pow.search import Find, Target, work_prefix
from oracle.formulas.pow import challenge_block, round_challenge

CONTRACT = "PowLedger"


def open_challenge(ledger: Ledger, round_: OpenRound, block: int) -> bytes:
    """The challenge of a round for a submission in the chain's block after `block`.

    The contract does not know the hash of the block in which it runs, so it cannot be asked for this.
    """
    entropy = ledger.chain.block_hash(challenge_block(round_.opened_in_block, block + 1))
    return round_challenge(round_.parent, round_.number, entropy)


def targets(
    facts: LedgerFacts,
    round_: OpenRound,
    challenge: bytes,
    *,
    nodes: Sequence[int],
    allowed: Allowed,
    offers: Offers,
) -> list[Target]:
    """What each of `nodes` searches in a round: a block of the dearest pending transactions that it is allowed."""
    bodies: dict[int, bytes] = {}
    hashes: dict[int, bytes] = {}
    found = []
    for node in nodes:
        theta = allowed.thetas_wad[node]
        if theta not in bodies:
            bodies[theta] = best_body(offers, theta_wad=theta, capacity=facts.capacity)
            hashes[theta] = bytes(keccak(bodies[theta]))
        prefix = work_prefix(challenge, node, hashes[theta])
        found.append(Target(round_.number, bodies[theta], prefix, round_.difficulty, allowed.shown(node)))
    return found


def submission_calldata(find: Find) -> bytes:
    """Calldata of `submitBlock`."""
    target = find.target
    return calldata(CONTRACT, "submitBlock", target.round, find.node, target.body, find.nonce, astuple(target.opening))
