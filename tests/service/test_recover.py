"""A journal made anew from the chain never lets an operator sign twice for an epoch and a block."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from oracle.errors import AlreadySigned, SettingsError
from oracle.model.bundle import Bundle
from oracle.report.signing import CompactSignature, Report
from oracle.service.recover import recover
from oracle.service.signatures import Reference, Signed
from oracle.service.store import Store
from tests.small_network import EPOCH_BLOCKS, SETTINGS, Network


def _run(network: Network, bundle: Bundle, store: Store, until_epoch: int, blocks: int = 60) -> None:
    cycle = network.cycle(bundle, store)
    for _ in range(blocks):
        cycle.step()
        if network.contracts.oracle_state().epoch >= until_epoch:
            cycle.step()
            return
        network.blocks()
    raise AssertionError(f"epoch {until_epoch} did not come")


def test_reports_are_read_back_and_nothing_is_signed_up_to_the_head(
    network: Network, bundle: Bundle, tmp_path: Path
) -> None:
    path = tmp_path / "oracle.sqlite"
    store = network.store(path)
    _run(network, bundle, store, until_epoch=2)
    before = store.latest(10)
    store.close()
    path.write_bytes(b"no database at all" * 100)

    network.blocks(EPOCH_BLOCKS + SETTINGS.depth_blocks)  # a report is due, whose reference block is not new
    head = network.owned.chain.head()
    after, aside = recover(path, network.owned.chain, network.contracts)
    assert after == head
    assert aside == tmp_path / "oracle.sqlite.aside-1"
    assert aside.read_bytes().startswith(b"no database")

    store = network.store(path)
    again = store.latest(10)
    names = ("epoch", "from_block", "to_block", "deadline", "window_hash", "model_hash", "phi_hash", "lanes", "signers")
    for name in (*names, "transaction_hash", "block_number"):
        assert [getattr(row, name) for row in again] == [getattr(row, name) for row in before if row.block_number], name
    cycle = network.cycle(bundle, store)
    while network.owned.chain.head() - SETTINGS.depth_blocks <= head:
        assert cycle.step().outcome == "waiting"
        assert not store.signatures.of(3)
        network.blocks(1)
    _run(network, bundle, store, until_epoch=4)
    assert min(each.reference.block for each in store.signatures.of(3)) > head
    store.close()


def test_a_missing_journal_is_not_made_where_reports_are_in_force(network: Network, tmp_path: Path) -> None:
    chain, path = network.owned.chain, tmp_path / "gone.sqlite"
    with pytest.raises(SettingsError, match=r"is missing though reports are in force.*catalyst journal recover"):
        Store(path, chain_id=1, genesis_hash=chain.genesis_hash, oracle_address="0xabc", signs_after=None)
    assert not path.exists()


def test_a_journal_in_use_is_not_replaced(network: Network, tmp_path: Path) -> None:
    path = tmp_path / "oracle.sqlite"
    store = network.store(path)
    with pytest.raises(SettingsError, match="in use by another daemon"):
        recover(path, network.owned.chain, network.contracts)
    store.close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM identity").fetchone() == (1,)


def test_a_second_digest_for_an_epoch_and_a_block_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite", chain_id=7, genesis_hash=b"\x01" * 32, oracle_address="0xabc")
    report = Report(3, 1, 10, 99, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
    signature = CompactSignature(b"\x04" * 32, b"\x05" * 32)
    signed = Signed(Reference(10, b"\x06" * 32), "0xaa", b"\x07" * 32, signature, report)
    store.signatures.keep(signed)
    store.signatures.keep(signed)
    with pytest.raises(AlreadySigned, match=r"operator 0xaa signed digest 0x0707.* for epoch 3 at block 10"):
        store.signatures.keep(Signed(signed.reference, "0xaa", b"\x08" * 32, signature, report))
    other_block = Signed(Reference(11, b"\x09" * 32), "0xaa", b"\x08" * 32, signature, report)
    store.signatures.keep(other_block)
    assert store.signatures.of(3) == [signed, other_block]
    store.close()
