"""What a deployment sets up, checked as it is made; knows no chain."""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.errors import SettingsError
from oracle.report.limits import Limits

MAX_OPERATORS = 31


@dataclass(frozen=True)
class LedgerPlan:
    """A ledger of mined blocks beside the oracle."""

    capacity_transactions: int  # of a block at theta = 1
    confirmations: int  # rounds until a round is final


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

    def __post_init__(self) -> None:
        check_committee(len(self.operators), self.threshold)
        if not self.miners:
            raise SettingsError("a deployment needs at least one node; give --nodes 1 or more")


def check_committee(size: int, threshold: int) -> None:
    """Raise SettingsError unless a committee of `size` can reach `threshold` and no two halves of it both can."""
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
