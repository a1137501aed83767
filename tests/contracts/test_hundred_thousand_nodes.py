"""A network of 100 000 nodes on Anvil: thirteen pages take effect together, and the way back is open."""

import random
from collections.abc import Iterator

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.formulas.exp_table import sum_exp_q85
from oracle.formulas.lanes import halve, lane_to_wad
from tests.conftest import Figure
from tests.contracts.paged import PagedStage, deploy_paged
from tests.contracts.stage import GENESIS_TIMESTAMP_SECONDS, LIMITS, MAX_TRANSACTION_GAS, WAD

NODE_COUNT = 100_000


@pytest.fixture(scope="module")
def huge() -> Iterator[PagedStage]:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_paged(blocks, [WAD // 2] * NODE_COUNT)
        stage.mine(5)
        yield stage
    finally:
        blocks.close()


def test_pages_of_100_000_nodes_take_effect_together_and_relax_by_calls(huge: PagedStage, figure: Figure) -> None:
    chosen = random.Random(11)
    for turn in ("first", "second"):  # the second writes no fresh slot
        lanes = [chosen.randrange(-1200, 1200) for _ in range(NODE_COUNT)]
        before = list(huge.nodes().lanes)
        staged = [int(receipt["gasUsed"]) for receipt in huge.stage_all(lanes)]
        assert len(staged) == 13
        assert list(huge.nodes().lanes) == before
        huge.space()
        turned = int(huge.send(huge.turning(lanes))["gasUsed"])
        assert max(*staged, turned) < MAX_TRANSACTION_GAS
        assert list(huge.nodes().lanes) == lanes
        assert huge.oracle.functions.sumExpQ85().call() == sum_exp_q85(lanes)
        assert huge.thetas() == [WAD // 2 + lane_to_wad(lane) for lane in lanes]
        figure(
            f"100 000 nodes, {turn} paged report: {(sum(staged) + turned) / NODE_COUNT:.0f} gas a node, "
            f"largest transaction {max(staged):,} gas, activation {turned:,} gas"
        )

    relax, stale_at = huge.oracle.functions.relax(), huge.now + LIMITS.max_age_seconds + 1
    words = huge.paged.functions.MAX_RELAXED_WORDS().call()
    calls = -(-NODE_COUNT // (16 * words))
    for call in range(calls):
        # A period more has begun by the second call: the pass is finished first.
        receipt = huge.send(relax, at=stale_at + call * LIMITS.relax_period_seconds)
        assert int(receipt["gasUsed"]) < MAX_TRANSACTION_GAS
        end = min(NODE_COUNT, (call + 1) * 16 * words)
        expected = [halve(lane, 1) for lane in lanes[:end]] + lanes[end:]
        assert list(huge.nodes().lanes) == expected
        assert huge.oracle.functions.sumExpQ85().call() == sum_exp_q85(expected)
    assert calls == 4
    huge.send(relax, at=stale_at + calls * LIMITS.relax_period_seconds)
    # The next pass makes up for the periods begun since the first: halved once then, five periods begun now.
    expected = [halve(lane, 5) for lane in lanes[: 16 * words]] + [halve(lane, 1) for lane in lanes[16 * words :]]
    assert list(huge.nodes().lanes) == expected
