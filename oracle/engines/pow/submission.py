"""The miners' side of a round: its challenge, targets to search, and the calldata of what is found."""

from collections.abc import Sequence
from dataclasses import astuple

from eth_hash.auto import keccak

from oracle.chain.calls import calldata
from oracle.chain.ledger import Ledger, OpenRound
from oracle.chain.offers import Offers
from oracle.engines.opening import Allowed
from oracle.engines.pow.search import Find, Target, work_prefix
from oracle.formulas.body import encode_body
from oracle.formulas.pow import challenge_block, round_challenge, weight_limit
from oracle.formulas.snapshot import NOTHING_SHOWN

CONTRACT = "PowLedger"
_SUBMIT = "submitBlock"


def open_challenge(ledger: Ledger, round_: OpenRound, block: int) -> bytes:
    """The challenge of a round for a submission in the chain's block after `block`.

    The contract does not know the hash of the block in which it runs, so it cannot be asked for this.
    """
    entropy = ledger.chain.block_hash(challenge_block(round_.opened_in_block, block + 1))
    return round_challenge(round_.parent, round_.number, entropy)


def targets(
    round_: OpenRound, challenge: bytes, *, nodes: Sequence[int], allowed: Allowed, capacity: int, offers: Offers
) -> list[Target]:
    """What each of `nodes` searches in a round: a block of the dearest pending transactions that it is allowed."""
    bodies: dict[int, bytes] = {}
    hashes: dict[int, bytes] = {}
    found = []
    for node in nodes:
        limit = weight_limit(allowed.thetas_wad[node], capacity)
        if limit not in bodies:
            bodies[limit] = encode_body(offers.best(limit))
            hashes[limit] = bytes(keccak(bodies[limit]))
        prefix = work_prefix(challenge, node, hashes[limit])
        found.append(Target(round_.number, bodies[limit], prefix, round_.difficulty, allowed.shown(node)))
    return found


def submission_calldata(find: Find) -> bytes:
    """Calldata of `submitBlock`."""
    target = find.target
    return calldata(CONTRACT, _SUBMIT, target.round, find.node, target.body, find.nonce, astuple(target.opening))


# First four bytes of the calldata of a submission.
SUBMISSION_SELECTOR = calldata(CONTRACT, _SUBMIT, 0, 0, b"", 0, astuple(NOTHING_SHOWN))[:4]
