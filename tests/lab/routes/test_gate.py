"""A gate before a node: what passes, and what does not."""

from collections.abc import Iterator

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.connection import Chain, connect
from oracle.errors import ConnectionFailed
from oracle.lab.routes.gate import Gate


@pytest.fixture
def gated() -> Iterator[tuple[Gate, Chain]]:
    node = AnvilChain(genesis_timestamp_seconds=1_767_225_600)
    gate = Gate(node.url)
    yield gate, connect(gate.url, tries=1)
    gate.close()
    node.close()


def test_nobody_passes_a_gate_that_is_shut_and_everybody_one_that_is_open(gated: tuple[Gate, Chain]) -> None:
    gate, chain = gated
    assert chain.head() == 0
    gate.shut()
    for _ in range(3):
        with pytest.raises(ConnectionFailed):
            chain.head()
    gate.shut(is_shut=False)
    assert chain.head() == 0
