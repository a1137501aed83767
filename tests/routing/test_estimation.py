"""Estimation: what observations say, how age discounts them, and bounds that hold for any."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import InputError
from oracle.routing.estimation import Observation, Prior, estimate, with_estimate
from tests.routing.graphs import bridge

_OBSERVATIONS = st.lists(
    st.builds(Observation, st.floats(0, 1e6), st.none() | st.floats(0, 1e7, exclude_min=True)), max_size=30
)


def test_nothing_observed_leaves_the_prior() -> None:
    found = estimate([], 0.0, Prior(successes=3.0, failures=1.0, latency_seconds=100.0, latency_sigma=0.5))
    assert found.success == 0.75
    assert found.observations == 0
    assert found.latency_mean_seconds == pytest.approx(100 * math.exp(0.125))
    assert found.latency_p95_seconds == pytest.approx(100 * math.exp(0.5 * 1.6448536269514722))


def test_an_observation_of_one_half_life_counts_half() -> None:
    prior = Prior(successes=1.0, failures=1.0)
    seen = [Observation(0.0, None), Observation(3_600.0, 60.0)]
    found = estimate(seen, 3_600.0, prior, half_life_seconds=3_600.0)
    assert found.success == pytest.approx(2.0 / 3.5)
    assert found.observations == 1.5


def test_a_bridge_that_recovered_is_trusted_again() -> None:
    outage = [Observation(float(at), None) for at in range(20)]
    after = [Observation(40_000.0 + at, 60.0) for at in range(20)]
    assert estimate(outage, 20.0).success < 0.2
    assert estimate(outage + after, 40_020.0).success > 0.9


def test_many_observations_outweigh_the_prior_of_latency() -> None:
    found = estimate([Observation(0.0, 10.0)] * 500, 0.0)
    assert found.latency_mean_seconds == pytest.approx(10.0, rel=0.05)


@given(_OBSERVATIONS, st.floats(0, 1e6))
def test_an_estimate_is_always_one_that_a_bridge_may_have(seen: list[Observation], now: float) -> None:
    found = estimate(seen, now)
    assert 0 < found.success < 1
    assert with_estimate(bridge("b", "A", "C"), found).success == found.success


@given(_OBSERVATIONS, st.floats(0, 1e6))
def test_one_success_more_never_lowers_the_chance(seen: list[Observation], now: float) -> None:
    assert estimate([*seen, Observation(now, 60.0)], now).success >= estimate(seen, now).success


def test_what_lies_ahead_is_not_known() -> None:
    assert estimate([Observation(11.0, None)], 10.0) == estimate([], 10.0)


def test_a_prior_must_be_above_zero() -> None:
    with pytest.raises(InputError, match="no prior"):
        Prior(failures=0.0)
