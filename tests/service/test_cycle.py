"""The cycle's step on a real chain: what it sends, and that no interruption makes it send twice."""

import logging
from collections.abc import Sequence
from dataclasses import astuple, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deploy.parameters import LIMITS
from oracle.chain.connection import Chain
from oracle.chain.owned import start_chain
from oracle.control.policy import PolicyController
from oracle.errors import ConnectionFailed, DeploymentError, SettingsError
from oracle.lab.local.verify import verify_epoch
from oracle.model.bundle import Bundle
from oracle.report.due import Triggers
from oracle.service.cycle import Cycle, Step
from oracle.service.store import Store
from oracle.settings import OracleSettings
from tests.small_network import EPOCH_BLOCKS, OPERATORS, SETTINGS, Network, make_network
from tests.web3_contract import web3_contract


def _run_until(network: Network, cycle: Cycle, outcome: str, blocks: int = 20) -> Step:
    for _ in range(blocks):
        step = cycle.step()
        if step.outcome == outcome:
            return step
        network.blocks()
    raise AssertionError(f"no step ended as {outcome}")


def test_reports_every_epoch_and_the_chain_agrees_with_the_formulas(
    network: Network, bundle: Bundle, store: Store
) -> None:
    cycle = network.cycle(bundle, store)
    ends = []
    for epoch in (1, 2, 3):
        row = _run_until(network, cycle, "applied").row
        assert row is not None
        assert row.epoch == epoch
        assert row.transactions > 0
        assert verify_epoch(network.contracts, row).max_relative_error < 1e-12
        ends.append(row.to_block)
    assert ends == [ends[0], ends[0] + EPOCH_BLOCKS, ends[0] + 2 * EPOCH_BLOCKS]


def test_waits_until_the_contracts_spacing_lets_the_next_report_come(
    network: Network, bundle: Bundle, store: Store
) -> None:
    cycle = network.cycle(bundle, store)
    spacing = 4 * EPOCH_BLOCKS
    network.steps.call("PhiOracle", "setLimits", astuple(replace(LIMITS, min_spacing_blocks=spacing)))
    _run_until(network, cycle, "applied")
    first = network.contracts.oracle_state().reported
    _run_until(network, cycle, "applied")
    assert network.contracts.oracle_state().reported.number >= first.number + spacing
    assert [row.status for row in store.latest(10)] == ["applied", "applied"]  # and none was refused


def test_a_report_sooner_after_the_deployment_than_twice_the_depth_is_followed(
    network: Network, bundle: Bundle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fate is asked at a block that is deeper than settled, and no deeper than the contracts."""
    depth_blocks = 12
    monkeypatch.setattr(Chain, "receipt", lambda *_: None)  # so that the epoch after that block tells
    cycle = network.cycle(bundle, store, replace(SETTINGS, depth_blocks=depth_blocks, deadline_seconds=3000))
    row = _run_until(network, cycle, "applied", blocks=40).row
    assert row is not None
    assert row.block_number is not None
    assert row.block_number - 2 * depth_blocks < network.contracts.anchor.height


@pytest.mark.parametrize("depth_blocks", [2, 3])
def test_blocks_above_the_configured_depth_are_not_read(
    network: Network, bundle: Bundle, store: Store, depth_blocks: int
) -> None:
    cycle = network.cycle(bundle, store, replace(SETTINGS, depth_blocks=depth_blocks))
    _run_until(network, cycle, "applied")
    # The first is late, as the chain began before the oracle, and the contract's spacing would keep the next ones so.
    network.blocks(2 * EPOCH_BLOCKS)
    while (network.owned.chain.head() - depth_blocks - network.contracts.anchor.height) % EPOCH_BLOCKS:
        network.blocks()
    last = _run_until(network, cycle, "applied").row
    assert last is not None
    # Block by block from here, the next window is read in the very block that settles its last.
    while (step := cycle.step()).outcome == "waiting":
        network.blocks()
    assert step.row is not None
    assert last.block_number is not None
    assert step.row.to_block == last.to_block + EPOCH_BLOCKS
    # Neither the window's end nor the block of the last report was less deep.
    assert network.owned.chain.head() - depth_blocks == max(step.row.to_block, last.block_number)


def test_a_process_that_died_before_sending_sends_the_very_same_bytes(
    network: Network, bundle: Bundle, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = network.cycle(bundle, store)
    network.blocks(8)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", die)
        with pytest.raises(KeyboardInterrupt):
            cycle.step()
    journalled = store.in_flight()
    assert journalled is not None
    assert journalled.status == "signed"
    store.close()

    restarted = network.store(tmp_path / "oracle.sqlite")
    row = _run_until(network, network.cycle(bundle, restarted), "applied").row
    restarted.close()
    assert row is not None
    assert (row.epoch, row.transaction_hash) == (journalled.epoch, journalled.transaction_hash)


def test_a_process_that_died_after_sending_learns_the_fate_and_sends_nothing(
    network: Network, bundle: Bundle, store: Store, tmp_path: Path
) -> None:
    network.blocks(8)
    sent = network.cycle(bundle, store).step()
    assert sent.outcome == "sent"
    store.close()
    network.blocks(1, traffic=False)
    nonce = network.owned.chain.nonce(network.payer.address)

    restarted = network.store(tmp_path / "oracle.sqlite")
    step = network.cycle(bundle, restarted).step()
    restarted.close()
    assert step.outcome == "applied"
    assert step.row is not None
    assert sent.row is not None
    assert step.row.transaction_hash == sent.row.transaction_hash
    assert network.owned.chain.nonce(network.payer.address) == nonce
    assert network.contracts.oracle_state().epoch == 1


def test_while_a_report_is_in_flight_no_other_is_made(network: Network, bundle: Bundle, store: Store) -> None:
    cycle = network.cycle(bundle, store)
    network.blocks(8)
    assert cycle.step().outcome == "sent"
    for _ in range(3):
        assert cycle.step().outcome == "waiting"
    assert len(store.latest(10)) == 1


def test_a_report_that_another_process_overtook_is_given_up(
    network: Network,
    bundle: Bundle,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cycle = network.cycle(bundle, store)
    network.blocks(8)
    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", lambda *_: None)  # lost on the way
        assert cycle.step().outcome == "sent"
    network.blocks(SETTINGS.takeover_blocks)  # the window has moved on: the other's report is another one
    other = network.store(tmp_path / "other.sqlite")
    assert _run_until(network, network.cycle(bundle, other), "applied").row is not None
    other.close()
    with caplog.at_level(logging.INFO):
        step = cycle.step()
    assert step.outcome == "superseded"
    assert step.row is not None
    state = network.contracts.oracle_state()
    brought = network.contracts.applied_by(1, network.owned.chain.sealed_block(state.reported.number))
    assert brought is not None
    assert step.row.reason == f"transaction 0x{brought.hex()} brought it in block {state.reported.number}"
    assert f"superseded: {step.row.reason}" in caplog.text
    assert "None" not in caplog.text
    row = _run_until(network, cycle, "applied").row
    assert row is not None
    assert row.epoch == 2


def test_a_report_unmined_at_its_deadline_is_replaced_at_a_higher_bid(
    network: Network, bundle: Bundle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = network.cycle(bundle, store)
    network.blocks(8)
    monkeypatch.setattr(Chain, "knows_transaction", lambda *_: True)  # the first stays pending to the end
    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", lambda *_: None)
        first = cycle.step().row
        assert first is not None
        network.owned.next_block(SETTINGS.deadline_seconds + 1)
        network.owned.next_block(10)
        assert cycle.step().outcome == "expired"
    second = _run_until(network, cycle, "applied").row
    assert second is not None
    assert (second.epoch, second.nonce) == (first.epoch, first.nonce)
    assert first.max_fee_wei is not None
    assert second.max_fee_wei is not None
    assert second.max_fee_wei * 4 >= first.max_fee_wei * 5


def test_a_refused_report_is_journalled_once_and_the_next_window_is_tried(
    network: Network, bundle: Bundle, store: Store
) -> None:
    cycle = network.cycle(bundle, store)
    other_model = b"\x09" * 32
    network.steps.call("PhiOracle", "setModelHash", other_model)
    network.blocks(8)
    step = cycle.step()
    assert step.outcome == "refused"
    assert step.row is not None
    assert step.row.reason is not None
    assert "WrongModel" in step.row.reason
    assert cycle.step().outcome == "waiting"
    assert len(store.latest(10)) == 1
    network.steps.call("PhiOracle", "setModelHash", bundle.model_hash)
    assert _run_until(network, cycle, "applied").row is not None


def test_refusals_of_one_epoch_share_a_row_and_come_as_the_window_moves_on(
    network: Network, bundle: Bundle, store: Store
) -> None:
    settings = OracleSettings(
        triggers=Triggers(epoch_seconds=50), depth_blocks=1, capacity_transactions=12, deadline_seconds=300
    )
    cycle = network.cycle(bundle, store, settings)
    assert cycle.refusal is None
    network.steps.call("PhiOracle", "setModelHash", b"\x09" * 32)
    refused = []
    for _ in range(30):  # blocks are 10 seconds apart, and each ends another window
        network.blocks(1, traffic=False)
        if cycle.step().outcome == "refused":
            refused.append(store.latest(1)[0].to_block)
    assert len(refused) > 3
    assert {later - earlier for earlier, later in pairwise(refused)} == {settings.takeover_blocks}
    assert len(store.latest(10)) == 1
    # A restart knows it too.
    network.steps.call("PhiOracle", "setModelHash", bundle.model_hash)
    again = network.cycle(bundle, store, settings)
    assert again.refusal is not None
    assert "epoch 1" in again.refusal
    assert "WrongModel" in again.refusal
    _run_until(network, again, "applied")
    assert again.refusal is None


def test_a_refusal_ends_where_another_process_brings_the_epoch(
    network: Network, bundle: Bundle, store: Store, tmp_path: Path
) -> None:
    cycle = network.cycle(bundle, store)
    network.steps.call("PhiOracle", "setModelHash", b"\x09" * 32)
    network.blocks(8)
    assert cycle.step().outcome == "refused"
    network.steps.call("PhiOracle", "setModelHash", bundle.model_hash)
    other = network.store(tmp_path / "other.sqlite")
    _run_until(network, network.cycle(bundle, other), "applied")
    other.close()
    network.blocks(SETTINGS.depth_blocks + 2)
    cycle.step()
    assert cycle.refusal is None


def test_waits_while_paused(network: Network, bundle: Bundle, store: Store) -> None:
    cycle = network.cycle(bundle, store)
    network.steps.call("PhiOracle", "pause")
    network.blocks(8)
    assert cycle.step().outcome == "waiting"
    network.steps.call("PhiOracle", "unpause")
    assert _run_until(network, cycle, "applied").row is not None


def test_follows_nodes_that_join_and_retire(network: Network, bundle: Bundle, store: Store) -> None:
    cycle = network.cycle(bundle, store)
    assert _run_until(network, cycle, "applied").row is not None
    network.steps.call("PhiOracle", "register", [network.payer.address] * 13, [4 * 10**17] * 13)
    network.steps.call("PhiOracle", "retire", 2)
    row = _run_until(network, cycle, "applied").row
    assert row is not None
    assert len(row.lanes) == 18
    assert row.lanes[2] == 0
    verify_epoch(network.contracts, row)


def test_reports_by_seconds_of_chain_time_where_asked(network: Network, bundle: Bundle, store: Store) -> None:
    settings = OracleSettings(
        triggers=Triggers(epoch_seconds=100), depth_blocks=1, capacity_transactions=12, deadline_seconds=300
    )
    cycle = network.cycle(bundle, store, settings)
    times = []
    for _ in range(2):
        row = _run_until(network, cycle, "applied", blocks=40).row
        assert row is not None
        assert row.block_number is not None
        times.append(network.owned.chain.timestamp(row.block_number))
    assert times[1] - times[0] >= 100


def test_refuses_to_start_with_too_few_operator_keys(network: Network, bundle: Bundle, store: Store) -> None:
    with pytest.raises(SettingsError, match=r"1 of the keys given are operators of .*, and 0 peers are named"):
        Cycle(
            chain=network.owned.chain,
            contracts=network.contracts,
            controller=PolicyController(bundle),
            operators=[OPERATORS[1], network.payer],
            submitter=network.payer,
            settings=SETTINGS,
            store=store,
        )


def test_refuses_to_start_with_a_model_that_the_contract_does_not_expect(
    network: Network, bundle: Bundle, store: Store
) -> None:
    with pytest.raises(DeploymentError, match="the contract expects model"):
        network.cycle(replace(bundle, model_hash=b"\x01" * 32), store)


def test_a_node_that_goes_away_loses_nothing(
    network: Network, bundle: Bundle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = network.cycle(bundle, store)
    network.blocks(8)

    def away(*_: Any) -> None:
        raise ConnectionFailed("the node went away")

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", away)
        with pytest.raises(ConnectionFailed):
            cycle.step()
    assert _run_until(network, cycle, "applied").row is not None
    assert [row.status for row in store.latest(5)] == ["applied"]


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({"triggers": Triggers(epoch_blocks=0)}, "--epoch-blocks"),
        ({"triggers": Triggers(epoch_seconds=0)}, "--epoch-seconds"),
        ({"triggers": Triggers(epoch_blocks=9, threshold_phi=0.0)}, "--threshold"),
        ({"takeover_blocks": 0}, "--takeover-blocks"),
        ({"depth_blocks": 0}, "--depth"),
        ({"capacity_transactions": 0}, "--capacity"),
        ({"deadline_seconds": 0}, "--deadline-seconds"),
        ({"poll_seconds": 0.0}, "--poll-seconds"),
        ({"max_fee_gwei": 0.0}, "--max-fee-gwei"),
        ({"max_fee_gwei": float("nan")}, "--max-fee-gwei"),
        ({"max_fee_gwei": float("inf")}, "--max-fee-gwei"),
    ],
)
def test_settings_that_make_no_sense_name_their_option(change: dict[str, Any], option: str) -> None:
    with pytest.raises(SettingsError, match=option):
        replace(SETTINGS, **change)


@pytest.mark.parametrize(("still", "function"), [(True, "submitSparseReport"), (False, "submitReport")])
def test_a_report_goes_out_in_its_cheaper_form(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, still: bool, function: str
) -> None:
    network = make_network(start_chain("eth-tester"), bundle.model_hash, node_count=160)
    if still:  # a policy that leaves every phi where it is
        monkeypatch.setattr("oracle.control.policy.phi_by_node", lambda window, _: np.zeros(window.nodes.count))
    store = network.store(tmp_path / "oracle.sqlite")
    row = _run_until(network, network.cycle(bundle, store), "applied").row
    store.close()
    assert row is not None
    assert row.transaction_hash is not None
    assert verify_epoch(network.contracts, row).max_relative_error < 1e-12
    chain = network.owned.chain
    oracle = web3_contract(chain, "PhiOracle", network.contracts.addresses.oracle)
    called, _ = oracle.decode_function_input(chain.calldata(row.transaction_hash) or b"")
    assert called.fn_name == function


def test_what_a_report_needs_is_read_ahead_of_it_and_changes_nothing(
    network: Network, bundle: Bundle, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts are encoded while no report is due, so that a report waits for none."""
    encoded: list[str] = []
    run = bundle.reader.encoder.encode_all
    bundle.reader.forget()

    def counted(texts: Sequence[str]) -> Any:
        encoded.extend(texts)
        return run(texts)

    monkeypatch.setattr(bundle.reader.encoder, "encode_all", counted)
    monkeypatch.setattr("oracle.service.cycle._PREPARE_AFTER_SECONDS", 0.0)
    cycle = network.cycle(bundle, store)
    send = cycle._submitter.send
    counts: list[int] = []  # of texts that were encoded by then: ahead of each step, and of each sending

    def sent(*arguments: Any, **terms: Any) -> Any:
        counts.append(len(encoded))
        return send(*arguments, **terms)

    monkeypatch.setattr(cycle._submitter, "send", sent)
    _run_until(network, cycle, "applied")
    while True:
        ahead = len(encoded)
        step = cycle.step()
        if step.outcome == "sent":
            break
        network.blocks()
    row = step.row
    assert row is not None
    assert ahead > 0
    assert counts[-1] == ahead
    bundle.reader.forget()
    assert cycle.settled_block is not None and cycle.stages is not None
    other = network.cycle(bundle, network.store(tmp_path / "other.sqlite"))
    derived = other._deriver.due(cycle.settled_block, row.epoch - 1)
    assert derived is not None
    assert derived.digest == cycle.stages[0]
    other.store.close()
