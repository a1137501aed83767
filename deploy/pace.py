"""The pace of a running chain, and whether a deployment's target interval can hold on it."""

import itertools
import logging
import math
import statistics
from dataclasses import dataclass

from deploy.plan import ConsensusPlan
from oracle.chain.connection import Chain
from oracle.errors import ConnectionFailed, SettingsError
from oracle.formulas.pace import LEAST_BLOCKS_A_ROUND, lost_finds_share, seconds_to_saturation

log = logging.getLogger(__name__)

MOST_INTERVALS = 128
LEAST_INTERVALS = 10
_DEVIATIONS = 3  # of the mean; less may be chance
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Pace:
    """How far apart recent blocks of a chain came."""

    mean_seconds: float
    median_seconds: float
    error_seconds: float  # standard error of the mean
    intervals: int


def pace_of(timestamps_seconds: list[int]) -> Pace:
    """The pace of successive blocks, three at least."""
    intervals = [later - earlier for earlier, later in itertools.pairwise(timestamps_seconds)]
    count = len(intervals)
    return Pace(
        mean_seconds=statistics.fmean(intervals),
        median_seconds=statistics.median(intervals),
        # Timestamps are whole seconds, so the error of the mean is at least a second over their count.
        error_seconds=max(statistics.stdev(intervals) / math.sqrt(count), 1 / count),
        intervals=count,
    )


def measure(chain: Chain) -> Pace | None:
    """The pace of the last blocks; None if it cannot be told, with a line in the log that says why.

    The genesis block does not count, since its timestamp was chosen freely.
    """
    head = chain.head()
    first = max(1, head - MOST_INTERVALS)
    if head - first < LEAST_INTERVALS:
        log.warning("%s has too few blocks to tell how far apart they come; their pace is not checked", chain.name)
        return None
    if _mines_on_demand(chain):
        log.warning("%s mines on demand, so its blocks have no pace to check", chain.name)
        return None
    pace = pace_of([chain.timestamp(number) for number in range(first, head + 1)])
    if pace.mean_seconds <= 0:
        log.warning("blocks of %s have no time between them; their pace is not checked", chain.name)
        return None
    log.info(
        "the last %d blocks of %s came %.2f s apart on average, the median %.0f s",
        pace.intervals,
        chain.name,
        pace.mean_seconds,
        pace.median_seconds,
    )
    return pace


def check_pace(pace: Pace, plan: ConsensusPlan, *, is_steered: bool) -> None:
    """Compare the pace of a chain with the target interval T of a plan.

    Args:
        pace: Of the chain.
        plan: What is to be deployed.
        is_steered: Whether the chain's own blocks are meant to follow the controller's p.

    Raises:
        SettingsError: T cannot hold; names T, the chain's interval, and what to choose.
    """
    interval, block = plan.interval_seconds, pace.mean_seconds
    seconds = seconds_to_saturation(
        interval, block, plan.half_life_seconds, hashes_per_block=plan.hashes_per_block, nodes=len(plan.miners)
    )
    end = "its p is 1 hash" if interval < block else "its d is all of 256 bits"
    end = f"{end} in {seconds / _DAY_SECONDS:.1f} days"
    uncertain = _DEVIATIONS * pace.error_seconds
    least = math.ceil(LEAST_BLOCKS_A_ROUND * (block - uncertain))
    if plan.ledger is not None and interval < least:
        why = f"a ledger wins one round a block at most, so {end}"
        if interval > block:
            why = f"{lost_finds_share(interval, block):.0%} of what miners find would come second in its block"
        raise SettingsError(
            f"--interval-seconds {interval} is too short for this chain, whose blocks come every {block:.1f} s: {why}; "
            f"choose {least} or more"
        )
    if plan.ledger is None and is_steered and abs(interval - block) > uncertain:
        raise SettingsError(
            f"--interval-seconds {interval} is not how far apart this chain's blocks come, {block:.1f} s: they do not "
            f"follow the controller, so {end}; choose {max(1, round(block))}, a ledger with blocks of its own "
            f"(--ledger-capacity, and {least} s or more), or --unsteered to let d and p drift"
        )
    if math.isfinite(seconds):
        log.warning(
            "the controller steers this chain's own blocks alone; where they do not follow it, %s%s",
            end,
            "" if plan.ledger is None else ": the p that miners meet is the ledger's",
        )


def _mines_on_demand(chain: Chain) -> bool:
    """Whether it is a development node (Anvil, Hardhat) that makes a block for each transaction."""
    try:
        return chain.request("hardhat_getAutomine", []) is True
    except ConnectionFailed:
        return False  # other nodes do not know the method
