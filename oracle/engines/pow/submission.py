"""The nodes' side of a round: bodies from what is pending, targets to search, and the submission of what is found."""

from collections.abc import Mapping, Sequence

from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.chain.connection import Chain
from oracle.chain.ledger import Ledger, OpenRound
from oracle.chain.offers import Offers
from oracle.chain.transactions import Fees, sign_transaction
from oracle.engines.pow.opening import Allowed
from oracle.engines.pow.search import Find, Target, work_prefix
from oracle.formulas.body import encode_body
from oracle.formulas.pow import weight_limit

# Miners outbid the traffic by far, so that a block is judged before what came with it changes its round.
_FEES = Fees(max_fee_wei=2_000 * 10**9, priority_fee_wei=1_000 * 10**9)
_SUBMISSION_GAS = 400_000
_GAS_PER_BYTE = 60  # of a body, and of what shows phi at the opening
# Where a report landed since the round opened, a win takes a snapshot of phi for the next.
_SNAPSHOT_GAS_PER_NODE = 160


def targets(
    round_: OpenRound, *, nodes: Sequence[int], allowed: Allowed, capacity: int, offers: Offers
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
        prefix = work_prefix(round_.challenge, node, hashes[limit])
        found.append(Target(round_.number, bodies[limit], prefix, round_.difficulty, allowed.shown(node)))
    return found


def submission_gas(calldata_bytes: int, node_count: int) -> int:
    """Gas to send a submission with: enough where a report landed since its round opened, in whatever order."""
    return _SUBMISSION_GAS + _GAS_PER_BYTE * calldata_bytes + _SNAPSHOT_GAS_PER_NODE * node_count


class Submissions:
    """Sends what nodes find, each from its own key."""

    def __init__(self, chain: Chain, ledger: Ledger, keys: Mapping[int, LocalAccount], node_count: int) -> None:
        """`keys` by node, of `node_count` that are registered."""
        self._chain, self._ledger, self._keys = chain, ledger, keys
        self._node_count = node_count

    def send(self, find: Find) -> bytes:
        """Send a block; the hash of its transaction."""
        key = self._keys[find.node]
        target = find.target
        calldata = self._ledger.submission_calldata(target.round, find.node, target.body, find.nonce, target.opening)
        transaction = sign_transaction(
            chain=self._chain,
            account=key,
            nonce=self._chain.nonce(key.address, pending=True),
            to=self._ledger.contract.address,
            data=calldata,
            gas_limit=submission_gas(len(calldata), self._node_count),
            fees=_FEES,
        )
        self._chain.send_raw(transaction.raw, transaction.hash)
        return transaction.hash
