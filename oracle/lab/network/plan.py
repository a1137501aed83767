"""What a network run is made of; everything that decides its course is here."""

from dataclasses import dataclass

from oracle.control.controller import Controller
from oracle.engines.pow.terms import WorkTerms
from oracle.engines.terms import Terms
from oracle.errors import SettingsError
from oracle.lab.network.outage import Outage

HASHES_PER_BLOCK = 2_000  # p at phi = 0 at the start: a few milliseconds of real hashing a block


@dataclass(frozen=True)
class NetworkPlan:
    """Size, load and time of a run. Times are in seconds of the chain's clock."""

    seed: int
    intervals: int  # length, in target intervals
    controller: Controller | None  # None: phi stays 0
    nodes: int = 100
    committee: int = 3
    threshold: int = 2
    accounts: int = 40
    interval_seconds: int = 10
    half_life_intervals: int = 288
    capacity_transactions: int = 100  # of a block at theta = 1
    load: float = 0.7  # of what blocks at theta_0 hold
    crowd_every: float = 400.0
    tau: float = 0.02  # intervals that a full block takes to the other nodes
    epoch_blocks: int = 10
    depth_blocks: int = 2
    confirmations: int = 6
    outages: tuple[Outage, ...] = ()  # in driven time
    terms: Terms = WorkTerms()  # of the ledger: the consensus  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        for name, value in (("nodes", self.nodes), ("intervals", self.intervals), ("accounts", self.accounts)):
            if value < 1:
                raise SettingsError(f"a network needs at least one of {name}, not {value}")
        for outage in self.outages:
            if outage.nodes is not None and outage.nodes[-1] >= self.nodes:
                raise SettingsError(
                    f"--kill {outage}: there is no node {outage.nodes[-1]}; nodes run from 0 to {self.nodes - 1}"
                )

    def is_dead(self, node: int | None, time_seconds: float) -> bool:
        """Whether a node, or the oracle where None, is dead at a time of the run."""
        return any(outage.holds(node, time_seconds / self.interval_seconds) for outage in self.outages)

    @property
    def p(self) -> int:
        """P at phi = 0 at the start, in what the consensus counts."""
        return self.terms.p(self.interval_seconds, HASHES_PER_BLOCK)

    @property
    def base_load(self) -> float:
        """Mean transactions of a target interval outside crowds, at theta_0 = 0.5."""
        return self.load * self.capacity_transactions / 2

    @property
    def hash_rate(self) -> float:
        """Hashes a second of all nodes at the start."""
        return HASHES_PER_BLOCK / self.interval_seconds
