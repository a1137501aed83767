"""How likely a file outlives a year, of the failure rates of those that hold it and the time a repair takes.

A holder loses all that it keeps λ times a year. A lost one is replaced T years later. A file is lost when a holder
fails while all others of its k holders failed within T and are not yet replaced:

    loss rate ≤ Σ_i λ_i · Π_{j≠i} (λ_j T) = (k / T) · Π_i (λ_i T)          a year
    durability ≥ exp(-loss rate)

It is a bound from below: 1 - exp(-λT), the chance that a holder is being replaced, is less than λT. Failures are taken
to be independent of each other; nodes of one building are not.
"""

import math
from collections.abc import Sequence

YEAR_SECONDS = 365.25 * 24 * 3600
LEAST_FAILURE_RATE = 1e-3  # a year; no node is believed to fail less often than once in a thousand years


def ln_chance(failure_rate: float, repair_seconds: float) -> float:
    """ln(λT) of one holder."""
    return math.log(max(failure_rate, LEAST_FAILURE_RATE) * repair_seconds / YEAR_SECONDS)


def ln_times(holders: int, repair_seconds: float) -> float:
    """ln(k / T) of k holders."""
    return math.log(holders * YEAR_SECONDS / repair_seconds)


def loss_rate(failure_rates: Sequence[float], repair_seconds: float) -> float:
    """Losses of a file a year, as a bound from above."""
    return math.exp(
        ln_times(len(failure_rates), repair_seconds) + sum(ln_chance(rate, repair_seconds) for rate in failure_rates)
    )


def durability(failure_rates: Sequence[float], repair_seconds: float) -> float:
    """Chance that a file outlives a year, as a bound from below."""
    return math.exp(-loss_rate(failure_rates, repair_seconds))
