"""The committee of a run within its process: the daemon's own cycle, which can die and come back."""

from pathlib import Path

from oracle.chain.follower import Follower
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site
from oracle.report.due import Triggers
from oracle.service.cycle import Cycle
from oracle.service.store import Store
from oracle.settings import OracleSettings

_DEADLINE_INTERVALS = 30


class Committee:
    """Reports as the plan's controller decides; nothing where it has none, or before `start`."""

    def __init__(self, plan: NetworkPlan, site: Site, follower: Follower, journal: Path) -> None:
        self._plan, self._site, self._follower, self._journal = plan, site, follower, journal
        self._cycle: Cycle | None = None

    def start(self) -> None:
        """Begin to report, from where the journal stands."""
        plan, site = self._plan, self._site
        if plan.controller is None or self._cycle is not None:
            return
        self._store = Store(
            self._journal,
            chain_id=site.chain.chain_id,
            genesis_hash=site.chain.genesis_hash,
            oracle_address=site.contracts.addresses.oracle,
        )
        self._cycle = Cycle(
            chain=site.chain,
            contracts=site.contracts,
            controller=plan.controller,
            operators=site.operators,
            submitter=site.payer,
            settings=OracleSettings(
                triggers=Triggers(epoch_blocks=plan.epoch_blocks),
                depth_blocks=plan.depth_blocks,
                capacity_transactions=plan.capacity_transactions,
                deadline_seconds=_DEADLINE_INTERVALS * plan.interval_seconds,
            ),
            store=self._store,
            follower=self._follower,
        )

    def stop(self) -> None:
        """Die: nothing is reported until `start`."""
        if self._cycle is not None:
            self._cycle = None
            self._store.close()

    def step(self) -> None:
        """Do what is due after a block."""
        if self._cycle is not None:
            self._cycle.step()
