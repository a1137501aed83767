"""The nodes' side of a round: bodies from what is pending, targets to search, and the submission of what is found."""

from collections.abc import Mapping, Sequence

from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.chain.connection import Chain
from oracle.chain.ledger import Ledger, OpenRound
from oracle.chain.offers import Offers
from oracle.chain.transactions import Fees, sign_transaction
from oracle.formulas.body import encode_body
from oracle.formulas.pow import weight_limit
from oracle.network.race import Find, Target
from oracle.network.search import work_prefix

# Miners outbid the traffic by far, so that a block is judged before what came with it changes its round.
_FEES = Fees(max_fee_wei=2_000 * 10**9, priority_fee_wei=1_000 * 10**9)
_SUBMISSION_GAS = 400_000
_GAS_PER_BODY_BYTE = 60


def targets(
    round_: OpenRound, *, nodes: Sequence[int], thetas_wad: Sequence[int], capacity: int, offers: Offers
) -> list[Target]:
    """What each of `nodes` searches in a round: a block of the dearest pending transactions that its theta allows."""
    bodies: dict[int, bytes] = {}
    hashes: dict[int, bytes] = {}
    found = []
    for node, theta_wad in zip(nodes, thetas_wad, strict=True):
        limit = weight_limit(theta_wad, capacity)
        if limit not in bodies:
            bodies[limit] = encode_body(offers.best(limit))
            hashes[limit] = bytes(keccak(bodies[limit]))
        prefix = work_prefix(round_.challenge, node, hashes[limit])
        found.append(Target(round_.number, bodies[limit], prefix, round_.difficulty))
    return found


class Submissions:
    """Sends what nodes find, each from its own key."""

    def __init__(self, chain: Chain, ledger: Ledger, keys: Mapping[int, LocalAccount]) -> None:
        """`keys` by node."""
        self._chain, self._ledger, self._keys = chain, ledger, keys

    def send(self, find: Find) -> bytes:
        """Send a block; the hash of its transaction."""
        key = self._keys[find.node]
        body = find.target.body
        transaction = sign_transaction(
            chain=self._chain,
            account=key,
            nonce=self._chain.nonce(key.address, pending=True),
            to=self._ledger.contract.address,
            data=self._ledger.submission_calldata(find.target.round, find.node, body, find.nonce),
            gas_limit=_SUBMISSION_GAS + _GAS_PER_BODY_BYTE * len(body),
            fees=_FEES,
        )
        self._chain.send_raw(transaction.raw, transaction.hash)
        return transaction.hash
