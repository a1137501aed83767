"""A run from its plan that comes to nothing."""

import pytest

from oracle.errors import CatalystError
from oracle.lab.network.block import NetworkBlock
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.play import play


def test_a_run_too_short_to_measure_is_refused_in_one_sentence() -> None:
    """In one interval no block is found with a chance of 1/e, so one of a few seeds has none."""
    for seed in range(30):
        blocks: list[NetworkBlock] = []
        plan = NetworkPlan(
            seed=seed, intervals=1, controller=None, nodes=4, accounts=6, capacity_transactions=20, interval_seconds=10
        )
        try:
            play(plan, blocks.append)
        except CatalystError as error:
            assert str(error) == "no transaction was sent in 1 intervals; let the run be longer"
            assert not any(block.sent for block in blocks)
            return
    pytest.fail("every run found a block")
