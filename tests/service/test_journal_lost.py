"""What a full disk and a lost journal do to reports: on a chain, by the transactions that come to it."""

from dataclasses import replace
from pathlib import Path

import pytest

from oracle.errors import JournalFailed
from oracle.model.bundle import Bundle
from oracle.service.daemon import Daemon
from oracle.service.status import Status
from oracle.service.store import Store
from tests.small_network import Network
from tests.web3_contract import web3_contract


def _until(network: Network, daemon: Daemon, outcome: str) -> None:
    for _ in range(20):
        if daemon.step().outcome == outcome:
            return
        network.blocks()
    raise AssertionError(f"no report was {outcome}")


def _fails(daemon: Daemon, failures: list[str]) -> bool:
    """One step; whether the journal had no room for it, which is remembered and shown."""
    try:
        daemon.step()
    except JournalFailed as error:
        failures.append(str(error))
        assert daemon.last_error == str(error)
        return True
    return False


def test_no_report_is_sent_that_the_disk_has_no_room_for(network: Network, bundle: Bundle, store: Store) -> None:
    daemon = Daemon(network.cycle(bundle, store))
    database = store._file._database
    assert database is not None
    _until(network, daemon, "applied")
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")
    row = store.latest(1)[0]
    small = replace(row, id=None, epoch=0, status=Status.UNSENT, lanes=(), raw_transaction=None, settled=True)
    with pytest.raises(JournalFailed):  # rows smaller than a report's go in while the pages that are there have room
        for _ in range(1000):
            store.add(small)
    failures: list[str] = []
    nonce, epoch = network.owned.chain.nonce(network.payer.address), network.contracts.oracle_state().epoch
    for _ in range(8):
        network.blocks()
        _fails(daemon, failures)
    assert len(failures) > 1
    assert all("database or disk is full" in failure for failure in failures)
    network.blocks()
    assert network.owned.chain.nonce(network.payer.address) == nonce  # nothing was sent
    assert network.contracts.oracle_state().epoch == epoch
    database.execute("PRAGMA max_page_count = 1000000")
    _until(network, daemon, "applied")
    assert daemon.last_error is None
    for _ in range(8):
        network.blocks()
        daemon.step()
    assert network.contracts.oracle_state().epoch > epoch


def test_without_its_journal_the_next_epoch_is_the_chains_and_none_is_applied_twice(
    network: Network, bundle: Bundle, tmp_path: Path
) -> None:
    """The journal is dropped while a report of it is pending."""
    first = network.store(tmp_path / "first.sqlite")
    daemon = Daemon(network.cycle(bundle, first))
    _until(network, daemon, "applied")
    _until(network, daemon, "sent")
    first.close()
    second = network.store(tmp_path / "second.sqlite")
    daemon = Daemon(network.cycle(bundle, second))
    daemon.step()  # may sign another report of the same epoch, under the same nonce
    _until(network, daemon, "applied")
    _until(network, daemon, "applied")
    head = network.owned.chain.head()
    oracle = web3_contract(network.owned.chain, "PhiOracle", network.contracts.addresses.oracle)
    events = oracle.events.ReportApplied.get_logs(from_block=0, to_block=head)
    epochs = [event["args"]["epoch"] for event in events]
    assert epochs == list(range(1, len(epochs) + 1))
    assert len(epochs) >= 3
    second.close()
