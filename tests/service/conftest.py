"""The small network, deployed once and put back to its first block before each test."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from deploy.deployer import Deployer
from oracle.chain.contracts import Contracts
from oracle.chain.embedded import EmbeddedChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.model.bundle import Bundle
from oracle.service.store import Store
from tests.small_network import Network, make_network


@dataclass(frozen=True)
class Deployed:
    """A network on an embedded chain, and the snapshot to return to."""

    embedded: EmbeddedChain
    network: Network
    snapshot: int

    def restored(self) -> Network:
        """The network as it was after deployment."""
        self.embedded._tester.revert_to_snapshot(self.snapshot)
        self.embedded._pool._waiting.clear()
        first = self.network
        record = replace(first.record, contracts=dict(first.record.contracts))
        return Network(
            owned=first.owned,
            payer=first.payer,
            record=record,
            contracts=Contracts(first.owned.chain, record.addresses()),
            steps=Deployer(first.owned.chain, first.payer, record, first.steps.mine),
        )


@pytest.fixture(scope="session")
def deployed(bundle: Bundle) -> Deployed:
    """Five nodes, three operators of whom two must sign."""
    embedded = EmbeddedChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    network = make_network(OwnedBlocks(embedded), bundle.model_hash)
    return Deployed(embedded, network, embedded._tester.take_snapshot())


@pytest.fixture
def network(deployed: Deployed) -> Network:
    """A small network on the embedded chain."""
    return deployed.restored()


@pytest.fixture
def store(network: Network, tmp_path: Path) -> Iterator[Store]:
    opened = network.store(tmp_path / "oracle.sqlite")
    yield opened
    opened.close()
