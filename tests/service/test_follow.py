"""What a report meets between its signature and its settled end: reorganisations, rivals, taken nonces, fees."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.chain.owned import start_chain
from oracle.chain.transactions import content
from oracle.errors import ConnectionFailed, SettingsError
from oracle.formulas.lanes import WAD
from oracle.model.bundle import Bundle
from oracle.service.cycle import Cycle, Step
from oracle.service.store import ReportRow, Store
from oracle.settings import OracleSettings
from oracle.workload.calls import workload_accounts
from tests.small_network import SETTINGS, Network, make_network
from tests.web3_contract import web3_contract

GWEI = 10**9
PAYER, RIVAL = workload_accounts(b"test payers", 2)


@pytest.fixture
def network(bundle: Bundle) -> Iterator[Network]:
    """A small network on Anvil, which can reorganise and keeps a pool; oracles have payers of their own."""
    owned = start_chain("anvil")
    network = make_network(owned, bundle.model_hash)
    for account in (PAYER, RIVAL):
        _set_balance(owned.chain, account, 10 * WAD)
    yield network
    owned.close()


@pytest.fixture
def rival_store(network: Network, tmp_path: Path) -> Iterator[Store]:
    opened = network.store(tmp_path / "rival.sqlite")
    yield opened
    opened.close()


def _set_balance(chain: Chain, account: LocalAccount, wei: int) -> None:
    chain.request("anvil_setBalance", [account.address, hex(wei)])


def _set_base_fee(network: Network, wei: int) -> None:
    """Give the next block, made now, a base fee of `wei` per gas."""
    network.owned.chain.request("anvil_setNextBlockBaseFeePerGas", [hex(wei)])
    network.blocks(1, traffic=False)


def _mine_around(network: Network, row: ReportRow, *, interval_seconds: int = 10) -> None:
    """Produce a block that leaves the pending transaction of `row` out."""
    assert row.raw_transaction is not None
    assert row.transaction_hash is not None
    network.owned.chain.request("anvil_dropTransaction", ["0x" + row.transaction_hash.hex()])
    network.owned.next_block(interval_seconds)
    network.owned.chain.send_raw(row.raw_transaction, row.transaction_hash)


def _offers(chain: Chain, row: ReportRow) -> tuple[int, int]:
    """Maximum and priority fee of a row's transaction, in wei, as the node has it."""
    assert row.transaction_hash is not None
    transaction = chain.request("eth_getTransactionByHash", ["0x" + row.transaction_hash.hex()])
    return int(transaction["maxFeePerGas"], 16), int(transaction["maxPriorityFeePerGas"], 16)


def _reorganise(network: Network, depth: int, *, keep_pool: bool = True) -> None:
    """Replace the last `depth` blocks by empty ones; Anvil puts their transactions back where others would too."""
    chain = network.owned.chain
    chain.request("anvil_reorg", [depth, []])
    if not keep_pool:
        chain.request("anvil_dropAllTransactions", [])


def _cycle(
    network: Network,
    bundle: Bundle,
    store: Store,
    *,
    payer: LocalAccount = PAYER,
    settings: OracleSettings = SETTINGS,
) -> Cycle:
    return network.cycle(bundle, store, settings, payer=payer)


def _run_until(network: Network, cycle: Cycle, outcome: str, *, epoch: int | None = None, blocks: int = 30) -> Step:
    for _ in range(blocks):
        step = cycle.step()
        if step.outcome == outcome and (epoch is None or (step.row is not None and step.row.epoch == epoch)):
            return step
        network.blocks(1, traffic=False)
    raise AssertionError(f"no step ended as {outcome}")


def _row(step: Step) -> ReportRow:
    assert step.row is not None
    return step.row


def _applied_epochs(network: Network) -> list[int]:
    """Epochs of all reports that the chain holds as applied, by its own events."""
    oracle = web3_contract(network.owned.chain, "PhiOracle", network.contracts.addresses.oracle)
    events = oracle.events.ReportApplied.get_logs(from_block=0)
    return [event["args"]["epoch"] for event in events]


def _until_sent(network: Network, cycle: Cycle, left: ReportRow) -> Step:
    """Mine blocks that leave out the transaction of a row, until the next report is sent."""
    while (step := cycle.step()).outcome != "sent":
        _mine_around(network, left)
    return step


# Reorganisations


@pytest.mark.parametrize("keep_pool", [True, False], ids=["pool kept", "pool lost"])
@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
def test_a_report_reorganised_away_is_sent_again_and_no_other_is_signed(
    network: Network, bundle: Bundle, store: Store, tmp_path: Path, keep_pool: bool, restart: bool
) -> None:
    cycle = _cycle(network, bundle, store)
    network.blocks(8)
    first = _row(_run_until(network, cycle, "applied"))
    _reorganise(network, SETTINGS.depth_blocks, keep_pool=keep_pool)
    assert network.contracts.oracle_state().epoch == 0
    if restart:
        store.close()
        store = network.store(tmp_path / "oracle.sqlite")
        cycle = _cycle(network, bundle, store)
    assert cycle.step().outcome == "reorged"
    again = _row(_run_until(network, cycle, "applied"))
    assert again.transaction_hash == first.transaction_hash
    _run_until(network, cycle, "applied", epoch=2)
    assert store.latest(10)[-1].phi_hash == first.phi_hash
    assert [row.epoch for row in store.latest(10)] == [2, 1]
    assert _applied_epochs(network) == [1, 2]
    store.close()


@pytest.mark.parametrize("keep_pool", [True, False], ids=["pool kept", "pool lost"])
def test_a_reorganisation_deeper_than_the_depth_costs_three_blocks(
    network: Network, bundle: Bundle, store: Store, keep_pool: bool
) -> None:
    """The report of epoch 2 is undone although it was settled, while that of epoch 3 is pending on it."""
    cycle = _cycle(network, bundle, store)
    second = _second_settled_and_third_due(network, cycle)
    _run_until(network, cycle, "sent", epoch=3)
    _undo(network, second, keep_pool=keep_pool)
    _recovers_within_three_blocks(network, cycle)
    again = store.last_of_epoch(2)
    assert again is not None
    assert second.transaction_hash in (again.transaction_hash, *again.former_hashes)  # the same report, signed once


def test_one_that_is_twice_as_deep_is_mended_by_a_new_report(
    network: Network, bundle: Bundle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report of epoch 2 is undone when nobody follows it any more, while that of epoch 3 waits for a node."""
    cycle = _cycle(network, bundle, store)
    second = _second_settled_and_third_due(network, cycle)
    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", lambda *_: None)
        for _ in range(SETTINGS.depth_blocks + 1):
            cycle.step()
            network.blocks(1, traffic=False)
        cycle.step()
        assert [row.epoch for row in store.unsettled()] == [3]
    _undo(network, second, keep_pool=False)
    _recovers_within_three_blocks(network, cycle)
    again = store.last_of_epoch(2)
    assert again is not None
    assert again.to_block > second.to_block


def _second_settled_and_third_due(network: Network, cycle: Cycle) -> ReportRow:
    network.blocks(8)
    _run_until(network, cycle, "applied", epoch=1)
    second = _row(_run_until(network, cycle, "applied", epoch=2))
    assert second.block_number is not None
    while network.owned.chain.head() - SETTINGS.depth_blocks < second.block_number:
        network.blocks(1)
    return second


def _undo(network: Network, row: ReportRow, *, keep_pool: bool) -> None:
    assert row.block_number is not None
    _reorganise(network, network.owned.chain.head() - row.block_number + 1, keep_pool=keep_pool)
    assert network.contracts.oracle_state().epoch == row.epoch - 1


def _recovers_within_three_blocks(network: Network, cycle: Cycle) -> None:
    for _ in range(3):
        if network.contracts.oracle_state().epoch >= 2:
            break
        while cycle.step().outcome not in ("waiting", "sent"):
            pass
        network.blocks(1, traffic=False)
    assert network.contracts.oracle_state().epoch >= 2
    _run_until(network, cycle, "applied", epoch=4, blocks=40)
    assert _applied_epochs(network) == [1, 2, 3, 4]


def test_an_end_is_final_at_twice_the_depth(network: Network, bundle: Bundle, store: Store) -> None:
    cycle = _cycle(network, bundle, store)
    network.blocks(8)
    row = _row(_run_until(network, cycle, "applied"))
    assert row.block_number is not None
    for _ in range(2 * SETTINGS.depth_blocks):
        cycle.step()
        assert [open_row.epoch for open_row in store.unsettled() if open_row.epoch == 1] == [1]
        network.blocks(1, traffic=False)
    cycle.step()
    assert network.owned.chain.head() - 2 * SETTINGS.depth_blocks == row.block_number
    assert [open_row for open_row in store.unsettled() if open_row.epoch == 1] == []


def test_a_report_overtaken_on_a_branch_that_is_lost_is_sent_again(
    network: Network, bundle: Bundle, store: Store, rival_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = _cycle(network, bundle, store)
    network.blocks(8)
    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", lambda *_: None)  # lost on the way
        ours = _row(cycle.step())
    network.blocks(SETTINGS.takeover_blocks)  # the window has moved on: the rival's report is another one
    _run_until(network, _cycle(network, bundle, rival_store, payer=RIVAL), "applied")
    assert cycle.step().outcome == "superseded"
    _reorganise(network, 1, keep_pool=False)
    assert cycle.step().outcome == "reorged"
    again = _row(_run_until(network, cycle, "applied"))
    # Blocks have passed it over, so it may bid more; it is the same report under the same nonce.
    assert ours.transaction_hash in (again.transaction_hash, *again.former_hashes)
    assert (again.deadline, again.phi_hash, again.nonce) == (ours.deadline, ours.phi_hash, ours.nonce)


def test_what_is_read_from_two_branches_is_read_again(
    network: Network, bundle: Bundle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = _cycle(network, bundle, store)
    network.blocks(8)
    network.steps.call("PhiOracle", "register", [PAYER.address] * 13, [4 * 10**17] * 13)
    network.blocks(4)
    read = ContractCalls.read_each
    reorganised: list[bool] = []

    def reorganising(self: ContractCalls, *views: Any, block: int | None = None) -> Any:
        if views[-1][0] == "retiredWords" and not reorganised:  # 18 nodes are counted; now there are 5
            reorganised.append(True)
            _reorganise(network, 6, keep_pool=False)
        return read(self, *views, block=block)

    with monkeypatch.context() as patched:
        patched.setattr(ContractCalls, "read_each", reorganising)
        assert cycle.step().outcome == "waiting"
    assert reorganised
    assert len(_row(_run_until(network, cycle, "applied")).lanes) == 5


# Rivals and nonces


def test_a_copy_that_ran_ahead_of_ours_counts_as_applied(network: Network, bundle: Bundle, store: Store) -> None:
    chain = network.owned.chain
    cycle = _cycle(network, bundle, store)
    network.blocks(8)
    ours = _row(cycle.step())
    assert ours.raw_transaction is not None
    assert ours.transaction_hash is not None
    max_fee, tip = _offers(chain, ours)
    copy = RIVAL.sign_transaction(
        {
            "type": 2,
            "chainId": chain.chain_id,
            "nonce": 0,
            "to": bytes.fromhex(network.contracts.addresses.oracle[2:]),
            "value": 0,
            "data": content(ours.raw_transaction).data,
            "gas": 10**6,
            "maxFeePerGas": 9 * max_fee,
            "maxPriorityFeePerGas": 9 * tip,
        }
    )
    chain.request("anvil_dropTransaction", ["0x" + ours.transaction_hash.hex()])
    chain.send_raw(bytes(copy.raw_transaction), bytes(copy.hash))
    chain.send_raw(ours.raw_transaction, ours.transaction_hash)
    network.blocks(1, traffic=False)
    receipt = chain.receipt(ours.transaction_hash)
    assert receipt is not None
    assert receipt["status"] == 0
    step = cycle.step()
    assert step.outcome == "applied"
    assert _row(step).block_number == chain.head()
    assert "0x" + bytes(copy.hash).hex() in (_row(step).reason or "")
    _run_until(network, cycle, "applied", epoch=2)


def test_a_report_whose_nonce_was_taken_goes_out_again_under_the_next(
    network: Network, bundle: Bundle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = network.owned.chain
    cycle = _cycle(network, bundle, store)
    network.blocks(8)
    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", lambda *_: None)  # lost on the way
        first = _row(cycle.step())
    other = PAYER.sign_transaction(
        {
            "chainId": chain.chain_id,
            "nonce": 0,
            "to": PAYER.address,
            "value": 0,
            "gas": 21_000,
            "gasPrice": 100 * GWEI,
        }
    )
    chain.send_raw(bytes(other.raw_transaction), bytes(other.hash))
    network.blocks(1, traffic=False)
    assert cycle.step().outcome == "waiting"  # a node that lags may not know of a transaction of ours
    network.blocks(2, traffic=False)
    step = cycle.step()
    assert step.outcome == "sent"
    assert (_row(step).nonce, _row(step).phi_hash, _row(step).deadline) == (1, first.phi_hash, first.deadline)
    applied = _row(_run_until(network, cycle, "applied"))
    assert (applied.epoch, applied.transaction_hash) == (1, _row(step).transaction_hash)
    assert len(store.latest(10)) == 1


@pytest.mark.parametrize("end", ["applied", "superseded"])
def test_a_report_after_one_that_was_overtaken_outbids_what_is_left_of_it_in_the_pool(
    network: Network, bundle: Bundle, store: Store, rival_store: Store, end: str
) -> None:
    cycle, rival = _cycle(network, bundle, store), _cycle(network, bundle, rival_store, payer=RIVAL)
    network.blocks(8)
    ours = _row(cycle.step())
    chain = network.owned.chain
    assert ours.transaction_hash is not None
    chain.request("anvil_dropTransaction", ["0x" + ours.transaction_hash.hex()])
    if end == "superseded":
        network.blocks(SETTINGS.takeover_blocks)  # the rival's window has moved on, else its report is the very same
    assert rival.step().outcome == "sent"
    _mine_around(network, ours)
    assert cycle.step().outcome == end
    sent = _row(_until_sent(network, cycle, ours))
    assert (sent.epoch, sent.nonce) == (2, ours.nonce)
    assert not chain.knows_transaction(ours.transaction_hash or b"")
    _run_until(network, cycle, "applied", epoch=2)


# Fees


def test_a_report_that_the_node_never_took_raises_no_bid(network: Network, bundle: Bundle, store: Store) -> None:
    chain = network.owned.chain
    _set_balance(chain, PAYER, GWEI)
    cycle = _cycle(network, bundle, store)
    network.blocks(8)
    for _ in range(4):
        with pytest.raises(ConnectionFailed):
            cycle.step()
        network.owned.next_block(SETTINGS.deadline_seconds + 1)
        assert cycle.step().outcome == "unsent"
        network.blocks(SETTINGS.depth_blocks + SETTINGS.takeover_blocks)  # until a later block is settled
    _set_balance(chain, PAYER, WAD)
    row = _row(_run_until(network, cycle, "applied"))
    receipt = chain.receipt(row.transaction_hash or b"")
    assert receipt is not None
    assert row.block_number is not None
    base_fee = chain._w3.eth.get_block(row.block_number)["baseFeePerGas"]
    assert receipt["effectiveGasPrice"] - base_fee <= chain.priority_fee()


def test_a_report_that_a_node_took_just_before_the_process_died_is_outbid_after_its_deadline(
    network: Network, bundle: Bundle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = _cycle(network, bundle, store)
    network.blocks(8)
    send_raw = Chain.send_raw

    def die(chain: Chain, raw: bytes, transaction_hash: bytes) -> None:
        send_raw(chain, raw, transaction_hash)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send_raw", die)
        with pytest.raises(KeyboardInterrupt):
            cycle.step()
    first = store.last()
    assert first is not None
    assert first.status == "signed"
    _mine_around(network, first, interval_seconds=SETTINGS.deadline_seconds + 1)
    assert cycle.step().outcome == "expired"
    assert _row(_until_sent(network, cycle, first)).nonce == first.nonce
    assert _row(_run_until(network, cycle, "applied")).epoch == 1


def test_a_replacement_raises_each_fee_from_its_own_former_value(
    network: Network, bundle: Bundle, store: Store
) -> None:
    chain = network.owned.chain
    cycle = _cycle(network, bundle, store)
    network.blocks(8)
    first = _row(cycle.step())
    _mine_around(network, first, interval_seconds=SETTINGS.deadline_seconds + 1)
    assert cycle.step().outcome == "expired"
    max_fee, tip = _offers(chain, first)
    second = _row(_until_sent(network, cycle, first))
    assert second.nonce == first.nonce
    raised_max_fee, raised_tip = _offers(chain, second)
    assert max_fee * 5 <= raised_max_fee * 4
    assert tip * 5 <= raised_tip * 4 <= tip * 6
    assert raised_max_fee <= max(max_fee * 3 // 2, 2 * chain.base_fee() + chain.priority_fee())


def test_no_report_bids_more_than_the_cap(
    network: Network, bundle: Bundle, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = network.owned.chain
    cycle = _cycle(network, bundle, store, settings=replace(SETTINGS, max_fee_gwei=60.0))
    network.blocks(8)
    _set_base_fee(network, 70 * GWEI)
    with pytest.raises(SettingsError, match="--max-fee-gwei"):
        cycle.step()
    assert store.latest(10) == []
    _set_base_fee(network, 50 * GWEI)
    with monkeypatch.context() as patched:
        patched.setattr(Chain, "priority_fee", lambda _: 10**6 * GWEI)  # what a broken or hostile node suggests
        row = _row(cycle.step())
    max_fee, tip = _offers(chain, row)
    assert row.max_fee_wei == max_fee == 60 * GWEI
    assert tip <= 60 * GWEI
