import math
from dataclasses import replace

import numpy as np
import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from oracle.window.blocks import UNKNOWN_GAS_LIMIT
from oracle.window.numbers import CHANNELS, mean_theta, numeric_channels, unserved_transactions
from oracle.window.window import Nodes, canonical_bytes
from tests.examples import WAD, block, nodes, transaction, window


def _channel(name: str, rows: np.ndarray) -> list[float]:
    return [float(value) for value in rows[:, CHANNELS.index(name)]]


def _load(counts: list[int]) -> np.ndarray:
    blocks = [block(n, [transaction(100 * n + i, sender=i) for i in range(count)]) for n, count in enumerate(counts, 1)]
    return numeric_channels(window(blocks, capacity=20))  # theta 0.5: 10 a block


def test_the_backlog_is_what_blocks_in_force_could_not_serve() -> None:
    rows = _load([10, 15, 15, 0, 0])
    assert np.expm1(_channel("backlog", rows)) == pytest.approx([0, 0.25, 0.5, 0, 0])
    assert _channel("load", rows) == pytest.approx([1, 1.5, 1.5, 0, 0])


def test_what_the_last_block_left_is_the_virtual_queue_or_what_a_ledger_tells_less_what_came_with_it() -> None:
    sent = [transaction(i, sender=i) for i in range(12)]
    left = window([block(1), block(2, sent)], capacity=20)
    assert unserved_transactions(left) == 2
    assert unserved_transactions(window([block(1, sent), block(2)], capacity=20)) == 0
    assert unserved_transactions(replace(left, backlog_transactions=30)) == 18
    assert unserved_transactions(replace(left, backlog_transactions=11)) == 0


def test_a_higher_theta_in_force_serves_more() -> None:
    blocks = [block(n, [transaction(100 * n + i) for i in range(15)]) for n in (1, 2, 3)]
    relaxed = numeric_channels(window(blocks, capacity=20))
    raised = numeric_channels(window(blocks, at=nodes(lane=1 << 13), capacity=20))  # theta 0.75: 15 a block
    assert _channel("backlog", relaxed)[-1] > 0
    assert _channel("backlog", raised)[-1] == 0


def test_an_unknown_gas_limit_is_the_empty_string_in_the_canonical_bytes() -> None:
    unknown = replace(block(1, [transaction(1)]), gas_limit=UNKNOWN_GAS_LIMIT)
    # RLP of the header: 0 is the empty string, and all else stays.
    assert canonical_bytes(window([unknown])).count(rlp.encode(21_000) + b"\x80") == 1


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


def test_every_channel_of_a_small_window_is_what_the_table_of_channels_says() -> None:
    """Two blocks by hand: theta 0.5 and 0.75 of capacity 8, so that a block in force serves 5."""
    blocks = [block(n, [transaction(100 * n + i) for i in range(count)]) for n, count in ((1, 7), (2, 4))]
    at = Nodes(theta0_wad=(WAD // 2, WAD // 2), lanes=(0, 1 << 13), active=(True, True))
    rows = numeric_channels(window(blocks, at=at, capacity=8))
    expected = {"load": (7 / 5, 4 / 5), "backlog": (math.log1p(2 / 8), math.log1p(1 / 8))}
    assert tuple(expected) == CHANNELS
    for name, (one, two) in expected.items():
        assert _channel(name, rows) == pytest.approx([one, two]), name


def test_no_active_node_counts_as_half_the_capacity() -> None:
    blocks = [block(1, [transaction(i) for i in range(8)])]
    none = Nodes(theta0_wad=(0, 0), lanes=(0, 0), active=(False, False))
    for at in (none, Nodes((), (), ())):
        rows = numeric_channels(window(blocks, at=at, capacity=8))
        assert _channel("load", rows) == [2]
        assert mean_theta(window(blocks, at=at)) == 0.5


def test_a_theta_of_zero_divides_nothing() -> None:
    rows = numeric_channels(window([block(1, [transaction(1)])], at=Nodes((0,), (0,), (True,))))
    assert _channel("load", rows) == [8]  # clipped


def test_an_empty_block_has_neither_load_nor_backlog() -> None:
    assert numeric_channels(window([block(1)]))[0] == pytest.approx([0, 0])


def test_what_a_ledger_tells_shifts_the_whole_queue_so_as_to_end_there() -> None:
    """Blocks of 8 at theta 0.5 and capacity 16: two too many in the first, then half empty ones."""
    counts = (10, 12, 4)
    blocks = [block(n, [transaction(100 * n + i) for i in range(count)]) for n, count in enumerate(counts, 1)]
    plain = numeric_channels(window(blocks, capacity=16))
    assert np.expm1(_channel("backlog", plain)) * 16 == pytest.approx([2, 6, 2])
    told = numeric_channels(replace(window(blocks, capacity=16), backlog_transactions=9))  # 4 came with the last
    assert np.expm1(_channel("backlog", told)) * 16 == pytest.approx([5, 9, 5])
    fewer = numeric_channels(replace(window(blocks, capacity=16), backlog_transactions=4))  # none left over
    assert np.expm1(_channel("backlog", fewer)) * 16 == pytest.approx([0, 4, 0])


def test_channels_end_at_eight() -> None:
    rows = numeric_channels(window([block(1, [transaction(i) for i in range(400)])], capacity=2))
    assert _channel("load", rows) == [8]
