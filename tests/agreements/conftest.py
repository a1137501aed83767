from collections.abc import Iterator

import pytest

from oracle.chain.owned import start_chain
from tests.agreements.stage import Stage


@pytest.fixture(scope="module", params=["anvil", "eth-tester"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Each kind of chain that the project starts; plans of one module share it, each with a salt of its own."""
    owned = start_chain(request.param)
    yield Stage(owned)
    owned.close()
