"""What observed legs say of a bridge: its chance to succeed and its latency; old observations count less.

An observation that is `age` old counts w = 2^(−age / half-life). Success has a Beta posterior:

    α = α₀ + Σ w over successes        β = β₀ + Σ w over failures        mean = α / (α + β)

Latency of legs that succeeded is taken as log-normal. The prior's logarithm counts as PRIOR_LEGS observations:

    μ = mean of ln t        σ² = mean of (ln t − μ)², at most 3²
    mean = exp(μ + σ² / 2)        p95 = exp(μ + 1.645 σ)        mean ≤ p95, since σ / 2 < 1.645
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from oracle.errors import InputError
from oracle.routing.graph import MOST_LATENCY_SECONDS, Bridge

HALF_LIFE_SECONDS = 3_600.0
PRIOR_LEGS = 2.0
_P95_SIGMAS = 1.6448536269514722
_MOST_SIGMA = 3.0
_LEAST_SECONDS = 1e-3


@dataclass(frozen=True)
class Prior:
    """What is thought of a bridge that nobody has crossed yet."""

    successes: float = 4.0
    failures: float = 1.0
    latency_seconds: float = 120.0
    latency_sigma: float = 0.5  # of its logarithm

    def __post_init__(self) -> None:
        """Refuse what is no prior.

        Raises:
            InputError: a value is not above 0.
        """
        if not min(self.successes, self.failures, self.latency_seconds, self.latency_sigma) > 0:
            raise InputError(f"{self} is no prior: each of its values must be above 0")


@dataclass(frozen=True)
class Observation:
    """One leg as it ended."""

    ended_at_seconds: float
    latency_seconds: float | None  # None where it failed


@dataclass(frozen=True)
class Estimate:
    """What is thought of a bridge."""

    success: float  # mean of the posterior
    observations: float  # by weight
    latency_mean_seconds: float
    latency_p95_seconds: float


_PRIOR = Prior()


def estimate(
    observations: Iterable[Observation],
    now_seconds: float,
    prior: Prior = _PRIOR,
    half_life_seconds: float = HALF_LIFE_SECONDS,
) -> Estimate:
    """What observations say, at a moment; those of later moments are not counted."""
    seen = [each for each in observations if each.ended_at_seconds <= now_seconds]
    weights = [2.0 ** (-(now_seconds - each.ended_at_seconds) / half_life_seconds) for each in seen]
    successes, failures = prior.successes, prior.failures
    logs = [(PRIOR_LEGS, math.log(prior.latency_seconds), prior.latency_sigma**2)]
    for each, weight in zip(seen, weights, strict=True):
        if each.latency_seconds is None:
            failures += weight
            continue
        successes += weight
        logs.append((weight, math.log(max(each.latency_seconds, _LEAST_SECONDS)), 0.0))
    whole = sum(weight for weight, _, _ in logs)
    middle = sum(weight * log for weight, log, _ in logs) / whole
    spread = sum(weight * ((log - middle) ** 2 + own) for weight, log, own in logs) / whole
    sigma = min(_MOST_SIGMA, math.sqrt(spread))
    return Estimate(
        success=successes / (successes + failures),
        observations=sum(weights),
        latency_mean_seconds=min(MOST_LATENCY_SECONDS, math.exp(middle + sigma**2 / 2)),
        latency_p95_seconds=min(MOST_LATENCY_SECONDS, math.exp(middle + _P95_SIGMAS * sigma)),
    )


def with_estimate(bridge: Bridge, found: Estimate) -> Bridge:
    """A bridge with what is thought of it now."""
    return replace(
        bridge,
        success=found.success,
        observations=found.observations,
        latency_mean_seconds=found.latency_mean_seconds,
        latency_p95_seconds=found.latency_p95_seconds,
    )
