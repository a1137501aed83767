"""The small network, deployed once and put back to its first block before each test."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from deploy.deployer import Deployer
from oracle.chain.anvil import AnvilChain
from oracle.chain.contracts import Contracts
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.model.bundle import Bundle
from oracle.service.store import Store
from tests.small_network import Network, make_network


@dataclass
class Deployed:
    """A network on an Anvil chain, and the snapshot to return to."""

    anvil: AnvilChain
    network: Network
    snapshot: str

    def restored(self) -> Network:
        """The network as it was after deployment."""
        chain, first = self.anvil.chain, self.network
        chain.request("evm_revert", [self.snapshot])
        chain.request("anvil_dropAllTransactions", [])
        self.snapshot = chain.request("evm_snapshot", [])  # returning to one uses it up
        record = replace(first.record, contracts=dict(first.record.contracts))
        return Network(
            owned=first.owned,
            payer=first.payer,
            record=record,
            contracts=Contracts(chain, record.addresses()),
            steps=Deployer(chain, first.payer, record, first.steps.mine),
        )


@pytest.fixture(scope="session")
def deployed(bundle: Bundle) -> Iterator[Deployed]:
    """Five nodes, three operators of whom two must sign."""
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    network = make_network(OwnedBlocks(anvil), bundle.model_hash)
    yield Deployed(anvil, network, anvil.chain.request("evm_snapshot", []))
    anvil.close()


@pytest.fixture
def network(deployed: Deployed) -> Network:
    """A small network."""
    return deployed.restored()


@pytest.fixture
def store(network: Network, tmp_path: Path) -> Iterator[Store]:
    opened = network.store(tmp_path / "oracle.sqlite")
    yield opened
    opened.close()
