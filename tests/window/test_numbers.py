import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.window.numbers import CHANNELS, numeric_channels
from tests.examples import block, nodes, transaction, window


def _channel(name: str, rows: np.ndarray) -> list[float]:
    return [float(value) for value in rows[:, CHANNELS.index(name)]]


def _load(counts: list[int]) -> np.ndarray:
    blocks = [block(n, [transaction(100 * n + i, sender=i) for i in range(count)]) for n, count in enumerate(counts, 1)]
    return numeric_channels(window(blocks, capacity=20))  # theta 0.5: 10 a block


def test_the_backlog_is_what_blocks_in_force_could_not_serve() -> None:
    rows = _load([10, 15, 15, 0, 0])
    assert np.expm1(_channel("backlog", rows)) == pytest.approx([0, 0.25, 0.5, 0, 0])
    assert _channel("load", rows) == pytest.approx([1, 1.5, 1.5, 0, 0])
    assert _channel("fullness", rows) == pytest.approx([1, 1, 1, 1, 0])


def test_a_higher_theta_in_force_serves_more() -> None:
    blocks = [block(n, [transaction(100 * n + i) for i in range(15)]) for n in (1, 2, 3)]
    relaxed = numeric_channels(window(blocks, capacity=20))
    raised = numeric_channels(window(blocks, at=nodes(lane=1 << 13), capacity=20))  # theta 0.75: 15 a block
    assert _channel("backlog", relaxed)[-1] > 0
    assert _channel("backlog", raised)[-1] == 0
    assert _channel("mean_phi", raised) == pytest.approx([0.25] * 3)


def test_intervals_count_in_units_of_the_target() -> None:
    rows = numeric_channels(window([block(n, interval_seconds=20) for n in (1, 2, 3)]))
    assert _channel("interval", rows) == pytest.approx([0, np.log(2), np.log(2)])


def test_retired_nodes_do_not_count() -> None:
    at = nodes(2)
    half = type(at)(theta0_wad=(at.theta0_wad[0], 0), lanes=at.lanes, active=(True, False))
    blocks = [block(1, [transaction(i) for i in range(5)])]
    assert numeric_channels(window(blocks, at=half)) == pytest.approx(numeric_channels(window(blocks, at=at)))


@given(
    value=st.integers(0, 2**256 - 1),
    price=st.integers(0, 2**256 - 1),
    gas=st.integers(0, 2**64),
    count=st.integers(0, 300),
)
def test_whatever_senders_choose_the_channels_stay_bounded(value: int, price: int, gas: int, count: int) -> None:
    transactions = [transaction(i, value_wei=value, gas_price_wei=price, gas_limit=gas) for i in range(count)]
    rows = numeric_channels(window([block(1, transactions), block(2)]))
    assert rows.shape == (2, len(CHANNELS))
    assert np.isfinite(rows).all()
    assert np.abs(rows).max() <= 8.0
