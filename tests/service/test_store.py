import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from oracle.errors import SettingsError
from oracle.service.store import ReportRow, Store

ROW = ReportRow(
    epoch=1,
    status="signed",
    from_block=1,
    to_block=3,
    deadline=99,
    transactions=7,
    window_hash="0x01",
    model_hash="0x02",
    phi_hash="0x03",
    lanes=(1, -2, 3),
    signers=(0, 2),
    milliseconds={"encode": 1.5},
    raw_transaction=b"raw",
    transaction_hash="0x04",
    nonce=5,
    max_fee_wei=10**30,
)


def _open(path: Path, **identity: object) -> Store:
    known: dict[str, object] = {"chain_id": 1, "genesis_hash": b"\x01" * 32, "oracle_address": "0xabc"}
    return Store(path, **(known | identity))  # type: ignore[arg-type]


def test_a_row_survives_the_process(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    added = store.add(ROW)
    store.close()
    again = _open(tmp_path / "s.sqlite")
    assert again.in_flight() == added == replace(ROW, id=1)
    again.close()


def test_only_one_report_can_be_in_flight(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    store.add(ROW)
    with pytest.raises(sqlite3.IntegrityError):
        store.add(replace(ROW, epoch=2, status="sent"))
    store.close()


def test_a_report_that_a_reorganisation_brought_back_is_followed_first(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    first = store.update(replace(store.add(ROW), status="applied", block_number=9))
    store.update(replace(store.add(replace(ROW, epoch=2)), status="applied", settled=True))
    third = store.add(replace(ROW, epoch=3))
    assert store.unsettled() == [first, third]
    assert store.in_flight() == third
    brought_back = store.update(replace(first, status="reorged"))
    assert store.in_flight() == brought_back
    store.close()


def test_old_rows_make_room_but_none_whose_end_may_be_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.service.store.KEPT_ROWS", 3)
    store = _open(tmp_path / "s.sqlite")
    store.add(replace(ROW, status="applied"))
    for epoch in range(2, 9):
        store.add(replace(ROW, epoch=epoch, status="applied", settled=True))
    assert [row.epoch for row in store.latest(10)] == [8, 7, 6, 1]
    store.close()


def test_refuses_the_journal_of_another_version(tmp_path: Path) -> None:
    _open(tmp_path / "s.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as database:
        database.execute("PRAGMA user_version = 1")
    with pytest.raises(SettingsError, match="give --state another path"):
        _open(tmp_path / "s.sqlite")


def test_an_ended_report_makes_room_for_the_next(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    store.update(replace(store.add(ROW), status="applied", block_number=9, gas_used=100))
    assert store.in_flight() is None
    store.add(replace(ROW, epoch=2))
    assert [row.epoch for row in store.latest(10)] == [2, 1]
    store.close()


@pytest.mark.parametrize(
    "other", [{"chain_id": 2}, {"genesis_hash": b"\x02" * 32}, {"oracle_address": "0xdef"}], ids=lambda o: next(iter(o))
)
def test_refuses_the_journal_of_another_deployment(tmp_path: Path, other: dict[str, object]) -> None:
    _open(tmp_path / "s.sqlite").close()
    with pytest.raises(SettingsError, match="belongs to oracle 0xabc on chain 1"):
        _open(tmp_path / "s.sqlite", **other)
    _open(tmp_path / "s.sqlite").close()  # and leaves it usable


def test_refuses_a_second_daemon_on_the_same_journal(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    with pytest.raises(SettingsError, match="in use by another daemon"):
        _open(tmp_path / "s.sqlite")
    store.close()


def test_refuses_a_file_that_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_text("not a database at all, whatever its name says")
    with pytest.raises(SettingsError, match="no journal"):
        _open(tmp_path / "s.sqlite")
