"""The largest network: what must fit one transaction of 2**24 gas (EIP-7825) does, and the sum stays exact."""

from collections.abc import Iterator

import pytest
from web3.types import TxReceipt

from oracle.chain.anvil import AnvilChain
from oracle.formulas.difficulty import check_sum_exp
from oracle.formulas.lanes import halve, lane_to_wad
from tests.contracts.stage import (
    GENESIS_TIMESTAMP_SECONDS,
    MAX_TRANSACTION_GAS,
    WAD,
    WIDE,
    Failure,
    Stage,
    account,
    deploy_stage,
    miner,
)

NODE_COUNT = 20_000
COMMITTEE = tuple(account(3000 + index) for index in range(31))  # all must sign: the dearest report


@pytest.fixture(scope="module")
def large() -> Iterator[Stage]:
    """A network of MAX_NODES nodes, registered in batches that each fit a transaction."""
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_stage(
            blocks, theta0_wad=[WAD // 2] * NODE_COUNT, operators=COMMITTEE, threshold=len(COMMITTEE), limits=WIDE
        )
        stage.mine()
        yield stage
    finally:
        blocks.close()


def _report(stage: Stage, lanes: list[int]) -> TxReceipt:
    stage.space()
    return stage.send(stage.submission(stage.signed(lanes, signers=range(len(COMMITTEE)))))


def test_one_more_node_is_refused(large: Stage) -> None:
    assert large.oracle.functions.MAX_NODES().call() == NODE_COUNT
    call = large.oracle.functions.register([miner(NODE_COUNT)], [WAD // 2])
    assert large.failure(call) == Failure("TooManyNodes", (NODE_COUNT + 1, NODE_COUNT))


def test_a_report_of_all_nodes_and_the_way_back_each_fit_one_transaction(large: Stage) -> None:
    lanes = [(-1) ** node * (1 + node % 9973) for node in range(NODE_COUNT)]
    receipt = _report(large, lanes)
    assert receipt["gasUsed"] < MAX_TRANSACTION_GAS
    assert list(large.nodes().lanes) == lanes
    assert large.thetas() == [WAD // 2 + lane_to_wad(lane) for lane in lanes]
    check_sum_exp(got_wad=large.sum_exp_wad(), active_lanes=lanes)

    receipt = large.send(large.oracle.functions.relax(), at=large.now + WIDE.max_age_seconds + 1)
    assert receipt["gasUsed"] < MAX_TRANSACTION_GAS
    relaxed = [halve(lane, 1) for lane in lanes]
    assert list(large.nodes().lanes) == relaxed
    check_sum_exp(got_wad=large.sum_exp_wad(), active_lanes=relaxed)

    large.send(large.oracle.functions.relax(), at=large.now + 10**6)
    assert not any(large.nodes().lanes)
    assert large.sum_exp_wad() == NODE_COUNT * WAD
