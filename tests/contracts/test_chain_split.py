"""A chain that splits under a new id: reports signed for the old id are good on the old side alone."""

from collections.abc import Iterator

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.report.signing import digest
from tests.contracts.recovery import recovered
from tests.contracts.stage import GENESIS_TIMESTAMP_SECONDS, NODE_COUNT, Failure, Stage, deploy_stage

LANES = [7 * node for node in range(NODE_COUNT)]
OLD_ID, NEW_ID = 31_337, 31_338


@pytest.fixture
def split() -> Iterator[Stage]:
    """The new side: the contracts were deployed under the old id."""
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, chain_id=OLD_ID)
    try:
        stage = deploy_stage(blocks)
        stage.mine(5)
        stage.chain.request("anvil_setChainId", [NEW_ID])
        stage.chain.chain_id = NEW_ID
        yield stage
    finally:
        blocks.close()


def test_the_domain_follows_the_chain_id(split: Stage) -> None:
    report = split.report(LANES)
    here = digest(report, chain_id=NEW_ID, oracle_address=split.oracle.address)
    old = split.sign(report, LANES, chain_id=OLD_ID)
    call = split.submission(old)
    assert split.attempt(call)["status"] == 0
    assert split.failure(call) == Failure("NotOperator", (0, recovered(old.signatures[0], here)))
    split.send(split.submission(split.signed(LANES)))
    assert list(split.nodes().lanes) == LANES
