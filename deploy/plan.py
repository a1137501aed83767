"""The plan of a deployment, checked as it is made; knows no chain."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from eth_hash.auto import keccak

from oracle.engines.pow.terms import WorkTerms
from oracle.engines.terms import Terms
from oracle.errors import DeploymentError, SettingsError
from oracle.formulas.lanes import WAD
from oracle.report.limits import Limits

MAX_OPERATORS = 31
TIMELOCK_SECONDS = 3600, 30 * 86_400  # what OwnerTimelock takes
# What no option sets, in the record under these names.
BOUNDS, LIMITS = "bounds on θ", "limits"
# Up to this many nodes a report fits one transaction of 2**24 gas; beyond, it must come in pages.
MAX_UNPAGED_NODES = 20_000


@dataclass(frozen=True)
class LedgerPlan:
    """A ledger of rounds beside the oracle."""

    capacity_transactions: int  # of a block at theta = 1
    confirmations: int  # rounds until a round is final
    terms: Terms = WorkTerms()  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class ConsensusPlan:
    """What a deployment sets up."""

    miners: Sequence[str]  # one address per node
    theta0_wad: int
    theta_min_wad: int
    theta_max_wad: int
    operators: Sequence[str]
    threshold: int
    guardian: str
    model_hash: bytes
    limits: Limits
    hashes_per_block: int  # p at phi = 0 on the day of deployment
    interval_seconds: int
    half_life_seconds: int
    ledger: LedgerPlan | None = None
    is_paged: bool = False  # reports may come in pages: PagedPhiOracle in place of PhiOracle
    preflight: bool = False  # with ReportPreflight
    feeds: bool = False  # with the feeds of p and of mean theta
    node_feeds: Sequence[int] = ()  # nodes that get a feed of their theta
    timelock_seconds: int | None = None  # delay of the timelock that is to own it; None: the deployer stays the owner
    operators_option: str = "--operator"  # the option that sets the operators, for errors

    def __post_init__(self) -> None:
        check_committee(len(self.operators), self.threshold)
        if not self.miners:
            raise SettingsError("a deployment needs at least one node; give --nodes 1 or more")
        if len(self.miners) > MAX_UNPAGED_NODES and not self.is_paged:
            raise SettingsError(
                f"{len(self.miners)} nodes are more than one transaction reports on, {MAX_UNPAGED_NODES}; give --paged"
            )
        if self.half_life_seconds < self.interval_seconds:
            raise SettingsError(
                f"--half-life-seconds {self.half_life_seconds} is shorter than --interval-seconds "
                f"{self.interval_seconds}: d would jump by more than twice from one block to the next; choose "
                f"{288 * self.interval_seconds}, or {self.interval_seconds} at least"
            )
        if self.ledger is not None:
            self.ledger.terms.p(self.interval_seconds, self.hashes_per_block)
        low, high = TIMELOCK_SECONDS
        if self.timelock_seconds is not None and not low <= self.timelock_seconds <= high:
            raise SettingsError(
                f"--timelock-seconds {self.timelock_seconds} is outside [{low}, {high}]: less leaves the guardian no "
                "time, and more holds up what must change"
            )
        for node in self.node_feeds:
            if node >= len(self.miners):
                raise SettingsError(
                    f"--node-feed {node}: there is no such node; the last one is {len(self.miners) - 1}"
                )

    @property
    def oracle_contract(self) -> str:
        """Name of the contract that takes reports."""
        return "PagedPhiOracle" if self.is_paged else "PhiOracle"

    @property
    def anchor_difficulty(self) -> int:
        """D on the day of deployment, for all nodes: it gives the p asked for at phi = 0."""
        return self.hashes_per_block * len(self.miners)

    def asked(self) -> dict[str, str]:
        """The options that decide the deployment, as a user would write them."""
        return {
            "--nodes": str(len(self.miners)),
            "--miners": hash_of_miners(self.miners),
            "--theta0": decimal(self.theta0_wad),
            self.operators_option: ", ".join(self.operators),
            "--threshold": str(self.threshold),
            "--guardian": self.guardian,
            "--phi": f"model hash 0x{self.model_hash.hex()}",
            "--interval-seconds": str(self.interval_seconds),
            "--half-life-seconds": str(self.half_life_seconds),
            "--hashes-per-block": str(self.hashes_per_block),
            "--paged": "yes" if self.is_paged else "no",
            **({} if self.timelock_seconds is None else {"--timelock-seconds": str(self.timelock_seconds)}),
            BOUNDS: bounds_shown(self.theta_min_wad, self.theta_max_wad),
            LIMITS: limits_shown(self.limits),
        } | (
            {}
            if self.ledger is None
            else {
                "--ledger-capacity": str(self.ledger.capacity_transactions),
                "--confirmations": str(self.ledger.confirmations),
                "--engine": self.ledger.terms.engine,
                **self.ledger.terms.asked(),
            }
        )


def bounds_shown(low_wad: int, high_wad: int) -> str:
    """Bounds on theta, as the record has them."""
    return f"[{decimal(low_wad)}, {decimal(high_wad)}]"


def limits_shown(limits: Limits) -> str:
    """Limits of reports, as the record has them."""
    return ", ".join(f"{name} {value}" for name, value in asdict(limits).items())


def hash_of_miners(miners: Sequence[str]) -> str:
    """The addresses that nodes are registered with, as the record has them."""
    return f"addresses of hash 0x{keccak(chr(10).join(miners).encode()).hex()[:16]}…"


def check_committee(size: int, threshold: int) -> None:
    """Raise SettingsError unless a committee of `size` can reach `threshold` and two disjoint parts of it cannot."""
    if size == 0:
        raise SettingsError("a committee of no operators can sign nothing; name at least one operator")
    majority = size // 2 + 1
    if not majority <= threshold <= size:
        raise SettingsError(
            f"threshold {threshold} does not fit a committee of {size}: it must be more than half, so that no two "
            f"groups sign different reports of one epoch, and at most all; choose a threshold from {majority} to {size}"
        )
    if size > MAX_OPERATORS:
        raise SettingsError(f"a committee of {size} is too large; at most {MAX_OPERATORS} operators can sign")


def refuse_difference(where: str, deployed: Mapping[str, str], asked: Mapping[str, str]) -> None:
    """Compare the deployed options with those asked for; an option that only one side has does not count.

    Raises:
        DeploymentError: a value differs; names the option and both values.
    """
    for option, is_ in deployed.items():
        wanted = asked.get(option, is_)
        if is_ != wanted:
            raise DeploymentError(
                f"{where} is deployed already with {option} {is_}, and {wanted} is asked for; give the options of the "
                "first run, have the owner change the contract, or give --deployments another folder to deploy anew"
            )


def decimal(wad: int) -> str:
    """A value in WAD as a decimal number, without needless zeros."""
    return f"{(Decimal(wad) / WAD).normalize():f}"
