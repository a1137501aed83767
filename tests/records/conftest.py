"""Chains that figures are computed of."""

from collections.abc import Iterator

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.embedded import EmbeddedChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from tests.records.street import Street
from tests.small_network import Network, make_network


@pytest.fixture(scope="session", params=[EmbeddedChain, AnvilChain], ids=["embedded", "anvil"])
def street(request: pytest.FixtureRequest) -> Iterator[Street]:
    made = Street(request.param(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS))
    yield made
    made.owned.close()


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """A deployment of five nodes, for p and θ; one of them retires."""
    owned = OwnedBlocks(AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS))
    made = make_network(owned, bytes(range(32)))
    made.blocks(2)
    made.steps.call("PhiOracle", "retire", 2)
    yield made
    owned.close()
