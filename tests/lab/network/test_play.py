"""A run from its plan that comes to nothing."""

import pytest

from oracle.errors import CatalystError
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.play import play


def test_a_run_too_short_to_measure_is_refused_in_one_sentence() -> None:
    """With this seed no block is found in the only interval, so that no transaction is sent for one."""
    blocks: list[NetworkBlock] = []
    plan = NetworkPlan(
        seed=2, intervals=1, controller=None, nodes=4, accounts=6, capacity_transactions=20, interval_seconds=10
    )
    with pytest.raises(CatalystError, match="no transaction was sent in 1 intervals; let the run be longer"):
        play(plan, blocks.append)
    assert not any(block.sent for block in blocks)
