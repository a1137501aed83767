"""One phi for each node, of a given mean."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.control.by_node import MOST, phi_by_node, values
from oracle.window.rounds import Round, Rounds
from oracle.window.window import Nodes, Window
from tests.examples import BOUNDS, WAD, block, nodes, window

GWEI = 10**9


def won(*rounds: tuple[int, int, int], count: int = 4) -> Window:
    """Rounds of (node, transactions, mean price in gwei)."""
    past = tuple(
        Round(
            number, 1_700_000_000 + 10 * number, node, 2_000, 8_000, 100 * number, confirmed, confirmed * price * GWEI
        )
        for number, (node, confirmed, price) in enumerate(rounds, 1)
    )
    return replace(window([block(1)], at=nodes(count)), rounds=Rounds(past, 2_880, None), backlog_transactions=0)


def test_nodes_that_serve_dearer_traffic_get_more_and_the_mean_stays() -> None:
    seen = won(*[(0, 30, 8), (1, 30, 4), (2, 30, 4), (3, 30, 4)] * 10)
    phi = phi_by_node(seen, 0.1)
    assert phi.mean() == pytest.approx(0.1, abs=1e-9)
    assert phi[0] > phi[1] == phi[2] == phi[3]
    assert np.ptp(phi) <= 2 * MOST + 1e-9


def test_without_rounds_or_prices_all_get_the_same() -> None:
    assert np.ptp(phi_by_node(window([block(1)]), 0.1)) == 0
    assert np.ptp(phi_by_node(won((0, 0, 0), (1, 0, 0)), 0.1)) == 0


def test_a_node_of_which_little_is_known_is_like_the_others() -> None:
    known, unknown = won(*[(0, 30, 8), (1, 30, 4)] * 20), won((0, 2, 8), *[(1, 30, 4)] * 20)
    assert values(known)[0] > values(unknown)[0] > 1
    assert values(known)[2] == 1


@given(
    st.lists(st.tuples(st.integers(0, WAD), st.booleans()), min_size=1, max_size=12),
    st.floats(-0.5, 0.5),
    st.integers(0, 2**31),
)
def test_bounds_of_every_node_hold_and_the_mean_where_they_allow(
    each: list[tuple[int, bool]], mean: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    theta0 = tuple(max(WAD // 10, value) for value, _ in each)
    active = tuple(is_active for _, is_active in each)
    rounds = [
        (int(random.integers(len(each))), int(random.integers(1, 50)), int(random.integers(1, 99))) for _ in range(40)
    ]
    seen = replace(won(*rounds), nodes=Nodes(theta0, (0,) * len(each), active))
    phi = phi_by_node(seen, mean)
    theta = np.array(theta0) / WAD + phi
    on = np.array(active)
    assert (phi[~on] == 0).all()
    assert (theta[on] >= BOUNDS.theta_min_wad / WAD - 1e-12).all()
    assert (theta[on] <= BOUNDS.theta_max_wad / WAD + 1e-12).all()
    assert (np.abs(phi) <= 0.5 + 1e-12).all()
    if on.any():
        low = np.maximum(-0.5, 0.1 - np.array(theta0)[on] / WAD).mean()
        high = np.minimum(0.5, 1.0 - np.array(theta0)[on] / WAD).mean()
        assert phi[on].mean() == pytest.approx(min(high, max(low, mean)), abs=1e-9)
