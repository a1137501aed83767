"""Reads in batches, and one by one from a node that takes none."""

from collections.abc import Iterator

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import connect
from oracle.chain.contracts import Contracts
from oracle.formulas.lanes import WAD
from tests.contracts.stage import GENESIS_TIMESTAMP_SECONDS, Stage, deploy_stage, miner
from tests.lying_node import LyingNode, lying_node


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    stage = deploy_stage(blocks)
    stage.mine(3)
    yield stage
    blocks.close()


@pytest.fixture
def node(stage: Stage) -> Iterator[LyingNode]:
    assert isinstance(stage.blocks, AnvilChain)
    with lying_node(stage.blocks.url) as node:
        yield node


def test_the_nodes_of_a_network_take_one_message_once_their_number_is_known(stage: Stage, node: LyingNode) -> None:
    contracts = Contracts(connect(node.url), stage.contracts.addresses)
    assert contracts.nodes(stage.head) == stage.nodes()
    node.asked.clear()
    batches = node.batches
    assert contracts.nodes(stage.head) == stage.nodes()
    assert (node.asked["eth_call"], node.batches - batches) == (4, 1)
    assert contracts.thetas(stage.head) == stage.contracts.thetas(stage.head)
    assert (node.asked["eth_call"], node.batches - batches) == (6, 2)


def test_nodes_that_came_since_the_last_reading_are_read_too(stage: Stage, node: LyingNode) -> None:
    contracts = Contracts(connect(node.url), stage.contracts.addresses)
    before = contracts.nodes(stage.head)
    head = stage.head
    stage.send(stage.oracle.functions.register([miner(100 + each) for each in range(3)], [WAD // 2] * 3))
    assert contracts.nodes(stage.head) == stage.nodes()
    assert len(contracts.thetas(stage.head)) == len(stage.nodes().lanes) == len(before.lanes) + 3
    assert contracts.nodes(head) == before


@pytest.mark.parametrize("status", [200, 403])
def test_a_node_that_takes_no_batches_is_asked_one_by_one(
    stage: Stage, node: LyingNode, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    node.batch_refusal = status
    contracts = Contracts(connect(node.url), stage.contracts.addresses)
    for _ in range(2):
        assert contracts.nodes(stage.head) == stage.nodes()
        assert contracts.oracle_state() == stage.contracts.oracle_state()
    assert node.batches == 1
    assert caplog.text.count("takes no batches of requests, so that each is sent by itself") == 1
