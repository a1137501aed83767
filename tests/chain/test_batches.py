"""Reads in batches, and one by one from a node that takes none."""

from collections.abc import Iterator

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import connect
from oracle.chain.contracts import Contracts
from tests.contracts.stage import GENESIS_TIMESTAMP_SECONDS, Stage, deploy_stage
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


def test_the_nodes_of_a_network_take_two_messages(stage: Stage, node: LyingNode) -> None:
    contracts = Contracts(connect(node.url), stage.contracts.addresses)
    node.asked.clear()
    assert contracts.nodes(stage.head) == stage.nodes()
    assert (node.asked["eth_call"], node.batches) == (4, 1)


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
