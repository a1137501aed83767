from collections.abc import Iterator

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks, start_chain


@pytest.fixture(params=["eth-tester", "anvil"])
def owned(request: pytest.FixtureRequest) -> Iterator[OwnedBlocks]:
    """Each kind of chain that the project starts."""
    chain = start_chain(request.param)
    yield chain
    chain.close()


@pytest.fixture
def anvil() -> Iterator[AnvilChain]:
    chain = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    yield chain
    chain.close()
