"""The deployed stage, put back to its first block before each test."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.embedded import EmbeddedChain
from tests.conftest import Once
from tests.contracts.harness import Harness, compiled_harness
from tests.contracts.stage import GENESIS_TIMESTAMP_SECONDS, Stage, deploy_stage


@dataclass(frozen=True)
class Deployed:
    """A deployment on an embedded chain, and the snapshot to return to."""

    blocks: EmbeddedChain
    stage: Stage
    snapshot: int

    def restored(self) -> Stage:
        """The stage as it was after deployment. The snapshot's block is empty, so this takes a millisecond."""
        self.blocks._tester.revert_to_snapshot(self.snapshot)
        return Stage(self.blocks, self.stage.contracts, self.stage.operators)


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployed]:
    """Twenty nodes, five operators of whom three must sign."""
    blocks = EmbeddedChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    stage = deploy_stage(blocks)
    stage.mine(5)  # a window to report on, past the spacing
    yield Deployed(blocks, stage, blocks._tester.take_snapshot())
    blocks.close()


@pytest.fixture
def stage(deployed: Deployed) -> Stage:
    """The stage as it was after deployment."""
    return deployed.restored()


@pytest.fixture(scope="session")
def harness(once: Once) -> Iterator[Harness]:
    """The internal libraries, callable."""
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        yield Harness(blocks, once("LibraryHarness", compiled_harness))
    finally:
        blocks.close()
