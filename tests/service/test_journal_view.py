"""The journal as readers see it, beside the store that writes it."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from oracle.client.answers import WholeReport
from oracle.errors import JournalFailed
from oracle.service.journal_view import JournalView
from oracle.service.status import Status
from oracle.service.store import Store
from tests.service.rows import sent_row

_TOP = 2**63 - 1
ROW = sent_row(milliseconds={"encode": 1.23456, "sent_at": 99.0}, block_number=8, gas_used=9, reason="why")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    # A name that means something in an address of SQLite's.
    opened = Store(tmp_path / "a?b#c %41.sqlite", chain_id=1, genesis_hash=bytes(32), oracle_address="0xabc")
    yield opened
    opened.close()


@pytest.fixture
def view(store: Store) -> Iterator[JournalView]:
    opened = JournalView(store.path)
    yield opened
    opened.close()


def test_an_empty_journal_has_no_report(view: JournalView) -> None:
    now = view.now()
    assert (now.version, now.in_flight, now.refusal, now.signing_paused) == (1, False, None, False)
    assert view.reports(_TOP, 9) == []
    assert view.last_of_epoch(2) is None


def test_a_report_is_shown_whole_but_for_its_bytes_and_internal_times(store: Store, view: JournalView) -> None:
    store.add(ROW)
    shown = view.last_of_epoch(2)
    assert shown is not None
    expected = {
        name: "0x" + value.hex() if isinstance(value, bytes) else value
        for name, value in asdict(ROW).items()
        if name in WholeReport.model_fields
    }
    assert json.loads(shown.model_dump_json()) == json.loads(json.dumps(expected)) | {"milliseconds": {"encode": 1.235}}
    ((_, listed),) = view.reports(_TOP, 9)
    assert listed.model_dump() == {name: value for name, value in shown.model_dump().items() if name != "lanes"}


def test_the_version_grows_with_each_change_and_only_then(store: Store, view: JournalView) -> None:
    first = view.now()
    assert view.now() is first
    store.add(ROW)
    second = view.now()
    assert (first.version, second.version) == (1, 2)
    assert view.now() is second


def test_reports_come_newest_first_and_so_many_at_most(store: Store, view: JournalView) -> None:
    for epoch in range(1, 6):
        store.add(replace(ROW, epoch=epoch, status=Status.APPLIED, settled=True))
    store.add(replace(ROW, epoch=5, status=Status.APPLIED, settled=True, transactions=70))
    assert [(report.epoch, report.transactions) for _, report in view.reports(_TOP, 3)] == [(5, 70), (5, 7), (4, 7)]
    assert [report.epoch for _, report in view.reports(4, 2)] == [3, 2]
    last = view.last_of_epoch(5)
    assert last is not None
    assert last.transactions == 70


@pytest.mark.parametrize(
    ("status", "settled", "in_flight"),
    [
        (Status.SIGNED, False, True),
        (Status.SENT, False, True),
        (Status.REORGED, False, True),
        (Status.APPLIED, False, False),
        (Status.EXPIRED, True, False),
        (Status.SENT, True, False),
    ],
)
def test_a_report_is_in_flight_while_it_may_be_mined(
    store: Store, view: JournalView, status: Status, settled: bool, in_flight: bool
) -> None:
    store.add(replace(ROW, status=status, settled=settled))
    assert view.now().in_flight is in_flight


def test_a_refusal_is_told_while_it_is_the_last_try(store: Store, view: JournalView) -> None:
    refused = store.add(replace(ROW, status=Status.REFUSED, settled=True, reason="StepTooLarge"))
    assert view.now().refusal == "epoch 2: StepTooLarge"
    store.update(replace(refused, status=Status.SUPERSEDED))
    assert view.now().refusal is None


def test_a_journal_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalFailed, match=r"gone\.sqlite cannot be used"):
        JournalView(tmp_path / "gone.sqlite")
    assert not (tmp_path / "gone.sqlite").exists()


def test_a_journal_that_cannot_be_read_is_named(store: Store, view: JournalView) -> None:
    with closing(sqlite3.connect(store.path)) as database, database:
        database.execute("DROP TABLE reports")
    reads: tuple[Callable[[], object], ...] = (view.now, lambda: view.last_of_epoch(2))
    for read in reads:
        with pytest.raises(JournalFailed, match=re.escape(str(store.path))):
            read()


def test_a_thread_other_than_the_one_that_opened_it_may_read(view: JournalView) -> None:
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(view.now).result().in_flight is False


def test_readers_cannot_write(view: JournalView) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        view._database.execute("DELETE FROM reports")
