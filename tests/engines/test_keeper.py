"""Who calls `relax`: not before it is due, then once a period, with gas to spare."""

from pathlib import Path

import pytest

from oracle.chain.owned import start_chain
from oracle.chain.transactions import bid, content
from oracle.engines.keeper import Keeper
from oracle.formulas.lanes import halve
from oracle.model.bundle import Bundle
from tests.small_network import Network, make_network


@pytest.fixture
def network(bundle: Bundle) -> Network:
    return make_network(start_chain("anvil"), bundle.model_hash)


def test_a_silent_oracles_phi_is_halved_once_a_period(network: Network, bundle: Bundle, tmp_path: Path) -> None:
    store = network.store(tmp_path / "oracle.sqlite")
    keeper = Keeper(network.contracts, network.payer, lambda _: bid(network.owned.chain))
    assert keeper.step() is None  # no report yet
    cycle = network.cycle(bundle, store)
    network.blocks(8)
    while cycle.step().outcome != "applied":
        network.blocks()
    store.close()
    chain = network.owned.chain
    lanes = network.contracts.nodes(chain.head()).lanes
    assert all(lanes)
    assert keeper.step() is None  # not stale
    limits = network.contracts.oracle_state().limits
    for times, seconds in ((1, limits.max_age_seconds), (2, limits.relax_period_seconds)):
        network.owned.next_block(seconds + 1)
        sent = keeper.step()
        assert sent is not None
        network.blocks(1, traffic=False)
        receipt = chain.receipt(sent.hash)
        assert receipt is not None
        assert receipt["status"] == 1
        assert network.contracts.nodes(chain.head()).lanes == tuple(halve(lane, times) for lane in lanes)
        # A fifth above the estimate, which is what was used but for refunds.
        assert content(sent.raw).gas_limit >= receipt["gasUsed"] * 6 // 5
        assert keeper.step() is None  # until the next period
