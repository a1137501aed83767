"""Unequal pools: nothing lost, blocks by the formulas, and a phi of each where it matters."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oracle.formulas.levels import at_mean
from oracle.plant.controllers import Constant, PerNode, Proportional
from oracle.plant.definition import EPOCH_10, UNEQUAL, Pools
from oracle.plant.families import PROPORTIONAL, per_node
from oracle.plant.kernel import DIFFICULTY, PHI, RATE, SIZE, TIME
from oracle.plant.measure import measure
from oracle.plant.plant import Floats, Observation, run
from oracle.plant.pools import split
from oracle.plant.traces import BINS_PER_T, draw_traces
from oracle.plant.tune import with_mean_theta

SHORT = replace(EPOCH_10, blocks=400, tau=0.1, pools=UNEQUAL)


def wandering(seen: Observation) -> Floats:
    return np.random.default_rng(seen.block).uniform(-0.6, 0.6, seen.own.shape)


def test_where_pools_make_no_difference_it_is_the_plant() -> None:
    """One phi for all, no traffic of their own: who finds a block changes nothing (test_plant.py has the rest)."""
    traces = draw_traces(SHORT, (3, 4))
    common = Proportional(0.4, 0.05)
    unequal = run(replace(SHORT, pools=replace(UNEQUAL, own_share=0.0)), traces, common)
    alike = run(replace(SHORT, pools=EPOCH_10.pools), traces, common)
    assert unequal.log == pytest.approx(alike.log, rel=1e-9, abs=1e-6)
    assert unequal.latency_sums == pytest.approx(alike.latency_sums, rel=1e-9)
    assert unequal.decided == pytest.approx(alike.decided)


def test_no_transaction_is_lost_or_doubled_and_none_reaches_another_pool() -> None:
    traces = draw_traces(SHORT, range(4))
    queues, _ = split(traces, UNEQUAL)
    assert queues.sum(axis=1) == pytest.approx(traces.arrivals.sum(axis=1))
    trajectory = run(SHORT, traces, wandering)
    for seed in range(4):
        end = trajectory.log[seed, -1, TIME]
        whole, part = int(BINS_PER_T * end), BINS_PER_T * end - int(BINS_PER_T * end)
        came = traces.arrivals[seed, :, :whole].sum(axis=1) + part * traces.arrivals[seed, :, whole]
        assert trajectory.latencies[seed].sum(axis=1) == pytest.approx(came)
    # One of two pools hardly ever finds a block: what reaches it alone waits for it.
    lonely = replace(SHORT, pools=replace(UNEQUAL, hash_shares=(1.0 - 1e-9, 1e-9)))
    waited = measure(run(lonely, traces, wandering)).latency_p95.mean()
    assert waited > 3 * measure(trajectory).latency_p95.mean()


def test_pools_find_by_hash_share_and_get_own_traffic_without_regard_to_it() -> None:
    traces = draw_traces(EPOCH_10, range(4))
    queues, finders = split(traces, UNEQUAL)
    for pool, share in enumerate(UNEQUAL.hash_shares):
        assert (finders == pool).mean() == pytest.approx(share, abs=0.01)
    own = queues[:, traces.arrivals.shape[1] :].sum(axis=(0, 2))
    assert own.sum() == pytest.approx(UNEQUAL.own_share * traces.arrivals[:, 1].sum())
    assert own / own.sum() == pytest.approx(np.full(len(own), 1 / len(own)), abs=0.06)


def test_blocks_and_difficulty_follow_the_formulas_of_each_pool() -> None:
    traces = draw_traces(SHORT, (6,))
    phi = np.linspace(-0.1, 0.1, len(UNEQUAL.hash_shares))
    log = run(SHORT, traces, lambda seen: phi[None]).log[0][SHORT.lag_blocks :]
    assert set(log[:, PHI]) == set(phi)
    assert (log[:, SIZE] <= SHORT.theta0 + log[:, PHI] + 1e-12).all()
    # p = d / sum(exp(phi)) is one for all: the rate of finds has nothing of who finds.
    at = np.concatenate([[0.0], log[:-1, TIME]]).astype(int)
    assert (log[:, RATE] * log[:, DIFFICULTY] / np.exp(phi).mean())[1:] == pytest.approx(
        traces.hash_rates[0, at][1:], rel=1e-9
    )


def test_a_pool_with_traffic_of_its_own_gains_by_a_phi_of_its_own() -> None:
    definition = replace(EPOCH_10, blocks=3000, pools=UNEQUAL)
    traces = draw_traces(definition, range(1000, 1006))
    own = per_node(PROPORTIONAL, (0.2,))
    p95 = {}
    for family, parameters in ((PROPORTIONAL, (0.2,)), (own, (0.4,))):
        _, figures = with_mean_theta(family, definition, traces, 0.59, parameters)
        assert figures.mean_theta.mean() == pytest.approx(0.59, abs=0.006)
        p95[family.name] = figures.latency_p95.mean()
    assert p95[own.name] < p95[PROPORTIONAL.name]


def test_a_phi_by_node_is_the_common_one_and_what_pends_at_each() -> None:
    seen = Observation(SHORT, 0, np.zeros((1, 0, 10)), np.zeros(1), np.array([[100.0, 300.0]]))
    assert PerNode(Constant(0.1), 0.4)(seen) == pytest.approx(np.array([[0.06, 0.14]]))


@given(
    apart=arrays(np.float64, (3, 4), elements=st.floats(-2, 2)), mean=arrays(np.float64, 3, elements=st.floats(-1, 1))
)
def test_what_one_pool_is_given_others_lack(apart: np.ndarray, mean: np.ndarray) -> None:
    low, high = SHORT.phi_bounds
    phi = at_mean(apart, mean, np.full_like(apart, low), np.full_like(apart, high))
    np.testing.assert_allclose(phi.mean(axis=1), np.clip(mean, low, high), atol=1e-9)
    assert (phi >= low - 1e-12).all()
    assert (phi <= high + 1e-12).all()
    order = np.argsort(apart, axis=1)
    assert (np.diff(np.take_along_axis(phi, order, axis=1), axis=1) >= -1e-12).all()


def test_where_all_pools_are_full_each_gets_the_most() -> None:
    seen = Observation(SHORT, 0, np.zeros((1, 0, 10)), np.zeros(1), np.array([[100.0, 9_000.0]]))
    assert PerNode(Constant(0.9), 0.4)(seen) == pytest.approx(np.array([[0.5, 0.5]]))


def test_shares_that_are_no_shares_are_refused() -> None:
    with pytest.raises(ValueError, match=r"sum to 1\.1, not to 1"):
        Pools(hash_shares=(0.6, 0.5), own_share=0.3, own_every=200.0)
