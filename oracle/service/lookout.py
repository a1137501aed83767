"""What each step leaves for readers: parameters and report in force, and the funds of the account that pays."""

import logging

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts, OracleState
from oracle.errors import CatalystError
from oracle.service.funds import Funds, look_at_funds
from oracle.service.snapshot import Snapshot, look
from oracle.service.store import Store
from oracle.settings import OracleSettings

log = logging.getLogger(__name__)

# A block that stays the latest for longer than this is a problem: blocks come by chance, so several intervals.
_HEAD_AGE_INTERVALS, _LEAST_HEAD_AGE_SECONDS = 10, 60.0


class Lookout:
    """Looks at the chain after each step. No report depends on it, so that a look that fails delays none."""

    def __init__(
        self, *, chain: Chain, contracts: Contracts, settings: OracleSettings, store: Store, payer: str
    ) -> None:
        """Nothing is read yet; `payer` is the address of the account that pays."""
        self._chain, self._contracts, self._settings = chain, contracts, settings
        self._store, self._payer = store, payer
        self._warned_at: int | None = None  # reports left, when that was last warned of
        self.snapshot: Snapshot | None = None  # replaced as a whole by each look
        self.in_force: OracleState | None = None  # after the latest block that was looked at
        self.funds: Funds | None = None  # likewise

    def look(self) -> None:
        """Read anew, where there is a new block; warn once of each number of reports left that is short."""
        before = self.snapshot
        self.snapshot = look(self._chain, self._contracts, before)
        if self.snapshot is None or (before is not None and before.block_hash == self.snapshot.block_hash):
            return
        last_gas = next((row.gas_used for row in self._store.latest(5) if row.gas_used), None)
        try:
            self.in_force = self._contracts.oracle_state(self.snapshot.block)
            self.funds = look_at_funds(self._chain, self._payer, last_gas, self.snapshot.base_fee_wei)
        except CatalystError as error:
            log.debug("the look at what is in force and at the funds failed: %s", error)
            return
        if self.funds.warning is not None and self.funds.reports_left != self._warned_at:
            self._warned_at = self.funds.reports_left
            log.warning("%s", self.funds.warning)

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
