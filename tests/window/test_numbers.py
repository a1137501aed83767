"""Mean theta, and the backlog that blocks left."""

from dataclasses import replace

import pytest
import rlp

from oracle.window.blocks import UNKNOWN_GAS_LIMIT
from oracle.window.numbers import mean_theta, mean_theta0, unserved_transactions
from oracle.window.window import Nodes, canonical_bytes
from tests.examples import WAD, block, nodes, transaction, window


def _left(counts: list[int], *, at: Nodes | None = None) -> float:
    blocks = [block(n, [transaction(100 * n + i, sender=i) for i in range(count)]) for n, count in enumerate(counts, 1)]
    return unserved_transactions(window(blocks, at=at, capacity=20))  # theta 0.5: 10 a block


@pytest.mark.parametrize(
    ("counts", "left"), [([10], 0), ([10, 15], 5), ([10, 15, 15], 10), ([10, 15, 15, 0, 0], 0), ([0, 0, 30], 20)]
)
def test_the_backlog_is_what_blocks_in_force_could_not_serve(counts: list[int], left: float) -> None:
    assert _left(counts) == pytest.approx(left)


def test_what_the_last_block_left_is_the_virtual_queue_or_what_a_ledger_tells_less_what_came_with_it() -> None:
    sent = [transaction(i, sender=i) for i in range(12)]
    left = window([block(1), block(2, sent)], capacity=20)
    assert unserved_transactions(left) == 2
    assert unserved_transactions(window([block(1, sent), block(2)], capacity=20)) == 0
    assert unserved_transactions(replace(left, backlog_transactions=30)) == 18
    assert unserved_transactions(replace(left, backlog_transactions=11)) == 0


def test_a_higher_theta_in_force_serves_more() -> None:
    assert _left([15, 15, 15]) == 15
    assert _left([15, 15, 15], at=nodes(lane=1 << 13)) == 0  # theta 0.75: 15 a block


def test_an_unknown_gas_limit_is_the_empty_string_in_the_canonical_bytes() -> None:
    unknown = replace(block(1, [transaction(1)]), gas_limit=UNKNOWN_GAS_LIMIT)
    # RLP of the header: 0 is the empty string, and all else stays.
    assert canonical_bytes(window([unknown])).count(rlp.encode(21_000) + b"\x80") == 1


def test_means_are_over_active_nodes_and_a_half_where_there_is_none() -> None:
    at = Nodes(theta0_wad=(4 * WAD // 10, 6 * WAD // 10, 0), lanes=(1 << 13, 0, 0), active=(True, True, False))
    seen = window([block(1)], at=at)
    assert mean_theta0(seen) == pytest.approx(0.5)
    assert mean_theta(seen) == pytest.approx(0.5 + 0.125)
    empty = window([block(1)], at=Nodes((WAD,), (0,), (False,)))
    assert mean_theta0(empty) == mean_theta(empty) == 0.5
