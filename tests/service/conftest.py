from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.chain.owned import start_chain
from oracle.model.bundle import Bundle
from oracle.service.store import Store
from tests.small_network import Network, make_network


@pytest.fixture
def network(bundle: Bundle) -> Network:
    """A small network on the embedded chain."""
    return make_network(start_chain("eth-tester"), bundle.model_hash)


@pytest.fixture
def store(network: Network, tmp_path: Path) -> Iterator[Store]:
    opened = network.store(tmp_path / "oracle.sqlite")
    yield opened
    opened.close()
