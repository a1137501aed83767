"""Who mines in a local run: its first nodes as pools of unequal size, by real work, in this process."""

import logging
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from deploy.parameters import INTERVAL_SECONDS
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import DeployedLedger
from oracle.chain.follower import Follower
from oracle.chain.ledger import Ledger, OpenRound
from oracle.chain.transactions import bid
from oracle.engines.opening import Allowed, Openings
from oracle.engines.pow.search import Find, Target, search, work_prefix
from oracle.engines.pow.submission import open_challenge, submission_calldata
from oracle.engines.sending import Submissions
from oracle.errors import ChainReorganised
from oracle.formulas.body import encode_body
from oracle.formulas.pow import weight_limit
from oracle.lab.local.verify import verify_opening

log = logging.getLogger(__name__)

HASHES_PER_BLOCK = 2_000  # p at phi = 0 at the start: a few milliseconds of hashing
HASH_RATE = HASHES_PER_BLOCK / INTERVAL_SECONDS  # hashes in a second of the run's time, of all pools together
_DRAWN_AT_ONCE = 256


@dataclass(frozen=True)
class Pool:
    """A node that mines."""

    hash_share: float  # of the hashes of all pools
    takes: float  # part of what waits that it puts into a block if it fits, the dearest first


# Nodes 0, 1, 2, … of a run. Node 1 serves the dearest quarter of what waits alone.
POOLS = (Pool(0.4, 1.0), Pool(0.3, 0.25), Pool(0.2, 1.0), Pool(0.1, 1.0))


def places(pool: Pool, *, theta_wad: int, capacity: int, pending: int) -> int:
    """Transactions in a block of a pool whose theta is that, where so many are pending."""
    return min(weight_limit(theta_wad, capacity), math.ceil(pool.takes * pending))


class Mining:
    """The pools of a run at its ledger."""

    def __init__(
        self,
        contracts: Contracts,
        deployed: DeployedLedger,
        ledger: Ledger,
        follower: Follower,
        keys: Sequence[LocalAccount],
        seed: int,
    ) -> None:
        """`keys` are those of nodes 0, 1, 2, …, of at most as many as there are pools."""
        chain = contracts.chain
        self._contracts, self._ledger, self._follower = contracts, ledger, follower
        self._pools = POOLS[: len(keys)]
        self._submissions = Submissions(
            ledger, dict(enumerate(keys)), contracts.node_count(), lambda outbid: bid(chain, outbid=outbid)
        )
        self._openings = Openings(contracts)
        self._anchor = replace(contracts.anchor, height=0, timestamp_seconds=chain.timestamp(deployed.block_number))
        self._random = random.Random(f"pools {seed}")  # noqa: S311 - simulation, not secrets
        self._nonce = 0

    def step(self, most_seconds: float = math.inf) -> float:
        """Search the open round for so long, submit the first block that is found, and return the time it took.

        Times are those of the run: each hash takes 1 / HASH_RATE.

        Raises:
            FormulaMismatch: d or p of the round is not what the formulas give.
        """
        head = self._contracts.chain.head()
        try:
            self._follower.catch_up(head)
        except ChainReorganised as error:
            log.warning("%s; mining goes on with the next block", error)
            return 0.0
        round_, nodes = self._ledger.open_round(head), self._contracts.nodes(head)
        _, theta_max_wad = self._contracts.theta_bounds(head)
        allowed = self._openings.allowed(round_, nodes, theta_max_wad)
        if round_.opened_in_block == head and allowed.opening_words:
            verify_opening(round_, self._anchor, nodes, allowed.opening_words)
        challenge = open_challenge(self._ledger, round_, head)
        targets = [self._target(round_, challenge, node, allowed) for node in range(len(self._pools))]
        find = self._search(targets, most_seconds)
        if find is None:
            return most_seconds
        self._submissions.send_block(find.node, submission_calldata(find))
        return find.time_seconds

    def _target(self, round_: OpenRound, challenge: bytes, node: int, allowed: Allowed) -> Target:
        offers = self._follower.offers
        most = places(
            self._pools[node],
            theta_wad=allowed.thetas_wad[node],
            capacity=self._ledger.capacity,
            pending=offers.pending,
        )
        body = encode_body(offers.best(most))
        prefix = work_prefix(challenge, node, bytes(keccak(body)))
        return Target(round_.number, body, prefix, round_.difficulty, allowed.shown(node))

    def _search(self, targets: Sequence[Target], most_seconds: float) -> Find | None:
        """Hash one nonce after the other, each for the node that the dice name; None where the time is over."""
        shares = [pool.hash_share for pool in self._pools]
        hashes = 0
        while hashes < most_seconds * HASH_RATE:
            for node in self._random.choices(range(len(targets)), shares, k=_DRAWN_AT_ONCE):
                hashes += 1
                self._nonce += 1
                target = targets[node]
                if search(target.prefix, target.difficulty, (self._nonce,)) is not None:
                    return Find(node, target, self._nonce, hashes / HASH_RATE)
        return None
