"""Bounds that deployments start with; the owner can change them on chain.

Times are in units of the target interval T, by default 10 s: |phi| <= 0.5, a step of at most 0.1 per epoch, theta at
least 0.1. A report is stale after 60 T; from then on phi is halved every 10 T.
"""

from oracle.formulas.lanes import WAD
from oracle.report.limits import Limits
from oracle.window.window import Cadence, PhiBounds

INTERVAL_SECONDS = 10
HALF_LIFE_SECONDS = 288 * INTERVAL_SECONDS
HASHES_PER_BLOCK = 1 << 16
THETA0_WAD = WAD // 2
THETA_MIN_WAD = WAD // 10
THETA_MAX_WAD = WAD


def limits_for(interval_seconds: int) -> Limits:
    """Limits of a network whose target interval is T seconds: times are multiples of T."""
    return Limits(
        max_phi_lane=1 << 14,
        max_step_lane=3276,
        max_sum_ratio_bps=11_000,
        min_spacing_blocks=2,
        max_age_seconds=60 * interval_seconds,
        relax_period_seconds=10 * interval_seconds,
    )


LIMITS = limits_for(INTERVAL_SECONDS)
# What binds phi by default: for windows of chains that have no contracts, with a report every ten blocks that acts
# three blocks later.
BOUNDS = PhiBounds(LIMITS.max_phi_lane, LIMITS.max_step_lane, THETA_MIN_WAD, THETA_MAX_WAD)
CADENCE = Cadence(epoch_blocks=10, lag_blocks=3)
