"""What a report says and what its transaction offers, where nodes have just joined and where gas is short."""

from dataclasses import replace

from oracle.chain.transactions import content
from oracle.formulas.lanes import WAD, word_count
from oracle.model.bundle import Bundle
from oracle.report.due import Triggers
from oracle.service.store import Store
from oracle.workload.funding import fund
from tests.small_network import OPERATORS, SETTINGS, Network

NODES = 5


def test_nodes_that_joined_since_the_windows_end_get_lane_zero(network: Network, bundle: Bundle, store: Store) -> None:
    """No window showed them, so nothing was decided for them: phi 0, over the edge of a word too."""
    payer = OPERATORS[0]  # the deployer's account sends the registration meanwhile
    fund(network.owned.chain, network.payer, [payer], WAD, network.blocks)
    cycle = network.cycle(bundle, store, replace(SETTINGS, triggers=Triggers(epoch_blocks=1)), payer=payer)
    network.blocks(8)
    assert cycle.step().outcome == "sent"
    # They join in the very block that applies the report: the next window ends before it, its reference block is it.
    network.steps.call("PhiOracle", "register", [network.payer.address] * 13, [4 * WAD // 10] * 13)
    joined_in = network.owned.chain.head()
    while (step := cycle.step()).outcome != "sent":
        network.blocks(1)
    row = step.row
    assert row is not None
    assert row.to_block < joined_in
    assert len(row.lanes) == NODES + 13
    assert word_count(len(row.lanes)) == 2
    assert all(row.lanes[:NODES])
    assert row.lanes[NODES:] == (0,) * 13
    network.blocks(1)
    nodes = network.contracts.nodes(network.owned.chain.head())
    assert nodes.lanes == row.lanes
    assert nodes.active == (True,) * 18


def test_nodes_that_join_after_the_reference_block_cost_one_window(
    network: Network, bundle: Bundle, store: Store
) -> None:
    network.blocks(8)
    network.steps.call("PhiOracle", "register", [network.payer.address] * 13, [4 * WAD // 10] * 13)
    cycle = network.cycle(bundle, store)
    refused = cycle.step()
    assert refused.outcome == "refused"
    assert "WrongPhiLength" in (cycle.refusal or "")
    for _ in range(SETTINGS.takeover_blocks):
        network.blocks(1)
    step = cycle.step()
    assert step.outcome == "sent"
    assert step.row is not None
    assert len(step.row.lanes) == NODES + 13


def test_a_report_may_use_a_fifth_more_gas_than_it_was_estimated_at(
    network: Network, bundle: Bundle, store: Store
) -> None:
    """State can move between estimate and inclusion; what is not used is given back."""
    network.blocks(8)
    cycle = network.cycle(bundle, store)
    sent = cycle.step()
    assert sent.row is not None
    assert sent.row.raw_transaction is not None
    network.blocks(1)
    applied = cycle.step()
    assert applied.outcome == "applied"
    assert applied.row is not None
    assert applied.row.gas_used is not None
    # A first report refunds nothing, and the embedded chain estimates exactly: used is what was estimated.
    assert content(sent.row.raw_transaction).gas_limit == applied.row.gas_used * 6 // 5
