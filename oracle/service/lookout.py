"""What each step leaves for readers: parameters and report in force, and the funds of the account that pays."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts, OracleState
from oracle.chain.follower import Follower
from oracle.chain.proof.check import SealedBlock
from oracle.client.answers import NodeMiner
from oracle.errors import CatalystError
from oracle.service.consensus import ConsensusLook, OwnState
from oracle.service.funds import Funds, look_at_funds
from oracle.service.miners import MinersLook
from oracle.service.snapshot import Snapshot, look
from oracle.service.store import Store
from oracle.settings import OracleSettings
from oracle.window.rounds import Round

log = logging.getLogger(__name__)

# A block that stays the latest for longer than this is a problem: blocks come by chance, so several intervals.
_HEAD_AGE_INTERVALS, _LEAST_HEAD_AGE_SECONDS = 10, 60.0


@dataclass(frozen=True)
class Seen:
    """What readers are shown, of one block. It never changes; the next one replaces it as a whole."""

    number: int  # one more than that of the last one
    snapshot: Snapshot
    in_force: OracleState
    engine: str  # what makes blocks
    rounds: tuple[Round, ...] | None  # the last ones that were followed; None without a ledger
    own: OwnState  # what the consensus has of its own
    miners: Mapping[int, NodeMiner]  # by node, as far as they were read


class Lookout:
    """Looks at the chain after each step. No report depends on it, so that a look that fails delays none."""

    def __init__(
        self,
        *,
        chain: Chain,
        contracts: Contracts,
        settings: OracleSettings,
        store: Store,
        payer: str,
        block: Callable[[int], SealedBlock],
        follower: Follower | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            chain: Where to read.
            contracts: The contracts there.
            settings: Of the oracle.
            store: The journal.
            payer: Address of the account that pays.
            block: Reads a block whole.
            follower: Follows the ledger, where there is one.
        """
        self._chain, self._contracts, self._settings = chain, contracts, settings
        self._store, self._payer, self._follower, self._block = store, payer, follower, block
        where = contracts.addresses
        self._consensus = (
            None if where.ledger is None else ConsensusLook(ContractCalls(chain, where.ledger_contract, where.ledger))
        )
        self._miners = MinersLook(contracts)
        self._warned_at: int | None = None  # reports left, when that was last warned of
        self.snapshot: Snapshot | None = None  # replaced as a whole by each look
        self.in_force: OracleState | None = None  # after the latest block that was looked at
        self.funds: Funds | None = None  # likewise
        self.seen: Seen | None = None  # what readers are shown, of one block; replaced as a whole

    def look(self) -> None:
        """Read anew, where there is a new block; warn once of each number of reports left that is short."""
        before = self.snapshot
        self.snapshot = look(self._chain, self._contracts, before)
        if self.snapshot is None or (before is not None and before.block_hash == self.snapshot.block_hash):
            return
        last_gas = next((row.gas_used for row in self._store.latest(5) if row.gas_used), None)
        try:
            self.in_force = self._contracts.oracle_state(self.snapshot.block)
            self.seen = Seen(
                number=1 if self.seen is None else self.seen.number + 1,
                snapshot=self.snapshot,
                in_force=self.in_force,
                engine=self._contracts.engine() if self.seen is None else self.seen.engine,
                rounds=None if self._follower is None else self._follower.last_rounds,
                own=self._look_at_consensus(self.snapshot),
                miners=self._look_at_miners(self.snapshot),
            )
            self.funds = look_at_funds(self._chain, self._payer, last_gas, self.snapshot.base_fee_wei)
        except CatalystError as error:
            log.debug("the look at what is in force and at the funds failed: %s", error)
            return
        if self.funds.warning is not None and self.funds.reports_left != self._warned_at:
            self._warned_at = self.funds.reports_left
            log.warning("%s", self.funds.warning)

        self._look_at_epochs(self.in_force, self.snapshot.block)

    def _look_at_consensus(self, snapshot: Snapshot) -> OwnState:
        before = OwnState() if self.seen is None else self.seen.own
        if self._consensus is None:
            return before
        try:
            return self._consensus.look(snapshot.block, snapshot.nodes.count, before)
        except CatalystError as error:
            log.debug("the look at the consensus failed: %s", error)
            return before

    def _look_at_miners(self, snapshot: Snapshot) -> Mapping[int, NodeMiner]:
        before = {} if self.seen is None else self.seen.miners
        try:
            return self._miners.look(snapshot.block, snapshot.nodes.count, before)
        except CatalystError as error:
            log.debug("the look at the keys of nodes failed: %s", error)
            return before

    def _look_at_epochs(self, in_force: OracleState, head: int) -> None:
        try:
            self._store.applied.look(self._contracts, in_force, head, self._block)
        except CatalystError as error:
            log.debug("the look at past epochs failed: %s", error)

    @property
    def max_head_age_seconds(self) -> float:
        """How long a block may stay the latest."""
        if self._settings.max_head_age_seconds is not None:
            return self._settings.max_head_age_seconds
        return max(_LEAST_HEAD_AGE_SECONDS, float(_HEAD_AGE_INTERVALS * self._contracts.anchor.interval_seconds))

    @property
    def epoch_seconds(self) -> float | None:
        """Expected seconds from one report to the next, by the settings; None while nothing was read yet."""
        triggers, interval_seconds = self._settings.triggers, self._contracts.anchor.interval_seconds
        if self.in_force is None:
            return None
        spacing_blocks = self.in_force.limits.min_spacing_blocks
        blocks = spacing_blocks if triggers.real_time else triggers.epoch_blocks
        found = [] if triggers.epoch_seconds is None else [float(triggers.epoch_seconds)]
        found += [] if blocks is None else [float(blocks * interval_seconds)]
        return max(min(found), float(spacing_blocks * interval_seconds))
