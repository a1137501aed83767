import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from oracle.errors import JournalFailed, SettingsError
from oracle.service.status import Status
from oracle.service.store import ReportRow, Store

ROW = ReportRow(
    epoch=1,
    status=Status.SIGNED,
    from_block=1,
    to_block=3,
    deadline=99,
    transactions=7,
    window_hash=b"\x01" * 32,
    model_hash=b"\x02" * 32,
    phi_hash=b"\x03" * 32,
    lanes=(1, -2, 3),
    signers=(0, 2),
    milliseconds={"encode": 1.5},
    raw_transaction=b"raw",
    transaction_hash=b"\x04" * 32,
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


def test_a_row_is_kept_as_it_is_under_the_next_number(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    assert store.last() is None
    first = store.add(replace(ROW, status=Status.REFUSED, settled=True, id=9, max_fee_wei=None))
    second = store.add(replace(ROW, block_number=8, gas_used=9, reason="why"))
    assert (first.id, second.id) == (1, 2)
    assert store.latest(2) == [second, first]
    assert store.last() == second
    store.close()


def test_only_one_report_can_be_in_flight(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    store.add(ROW)
    with pytest.raises(sqlite3.IntegrityError):
        store.add(replace(ROW, epoch=2, status=Status.SENT))
    store.close()


def test_a_report_that_a_reorganisation_brought_back_is_followed_first(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    first = store.update(replace(store.add(ROW), status=Status.APPLIED, block_number=9))
    store.update(replace(store.add(replace(ROW, epoch=2)), status=Status.APPLIED, settled=True))
    third = store.add(replace(ROW, epoch=3))
    assert store.unsettled() == [first, third]
    assert store.in_flight() == third
    brought_back = store.update(replace(first, status=Status.REORGED))
    assert store.in_flight() == brought_back
    store.close()


def test_old_rows_make_room_but_none_whose_end_may_be_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.service.store.KEPT_ROWS", 3)
    store = _open(tmp_path / "s.sqlite")
    store.add(replace(ROW, status=Status.APPLIED))
    for epoch in range(2, 9):
        store.add(replace(ROW, epoch=epoch, status=Status.APPLIED, settled=True))
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
    store.update(replace(store.add(ROW), status=Status.APPLIED, block_number=9, gas_used=100))
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


def test_the_last_report_of_an_epoch_is_the_newest_of_its_rows(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    assert store.last_of_epoch(1) is None
    store.add(replace(ROW, status=Status.EXPIRED, settled=True))
    second = store.add(replace(ROW, status=Status.APPLIED, transactions=8))
    third = store.add(replace(ROW, epoch=2))
    assert (store.last_of_epoch(1), store.last_of_epoch(2), store.last_of_epoch(3)) == (second, third, None)
    store.close()


def test_what_an_ended_report_left_in_the_pool_is_the_last_that_held_the_nonce(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    assert store.left_in_pool(5) is None
    for status in (Status.REVERTED, Status.UNSENT, Status.REFUSED):  # mined, or in no pool
        store.add(replace(ROW, status=status, settled=True))
    assert store.left_in_pool(5) is None
    for status in (Status.EXPIRED, Status.SUPERSEDED, Status.APPLIED):
        ended = store.add(replace(ROW, status=status, settled=True))
        assert store.left_in_pool(5) == ended
    assert store.left_in_pool(6) is None
    store.close()


def test_the_followers_state_is_the_one_kept_last(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    assert store.follower_state() is None
    store.keep_follower_state(b"\x00first")
    store.keep_follower_state(b"\x00second")
    assert store.follower_state() == b"\x00second"
    store.close()
    again = _open(tmp_path / "s.sqlite")
    assert again.follower_state() == b"\x00second"
    again.close()


def _filled(path: Path) -> None:
    """A journal of many pages, closed, whose write-ahead log is folded in."""
    store = _open(path)
    for epoch in range(1, 40):
        store.add(replace(ROW, epoch=epoch, status=Status.APPLIED, settled=True, lanes=tuple(range(400))))
    store.close()


def _not_a_database(path: Path) -> None:
    path.write_text("not a database at all, whatever its name says")


def _header_gone(path: Path) -> None:
    _filled(path)
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


def _cut_short(path: Path) -> None:
    _filled(path)
    path.write_bytes(path.read_bytes()[:-6000])


def _a_page_overwritten(path: Path) -> None:
    _filled(path)
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)


def _a_column_that_is_no_json(path: Path) -> None:
    _filled(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE reports SET lanes = '[1, 2' WHERE id = (SELECT max(id) FROM reports)")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_not_a_database, "file is not a database"),
        (_header_gone, "file is not a database"),
        (_cut_short, "database disk image is malformed"),
        (_a_page_overwritten, "in database main *** Page"),
        (_a_column_that_is_no_json, "delimiter"),
    ],
)
def test_a_damaged_journal_is_left_as_it_is_and_its_recovery_named(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "s.sqlite"
    damage(path)
    before = path.read_bytes()
    with pytest.raises(SettingsError) as refused:
        _open(path)
    message = str(refused.value)
    assert message.startswith(f"journal {path} is damaged, or no journal (")
    assert said in message
    assert message.endswith("nothing is signed until `catalyst journal recover` has made it anew from the chain")
    assert "--state" not in message
    assert "\n" not in message
    assert path.read_bytes() == before


def test_a_folder_in_the_place_of_the_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a folder; give --state a file in it"):
        _open(tmp_path)


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE users (name TEXT)",
        "CREATE TABLE identity (one INTEGER PRIMARY KEY, chain_id INTEGER); CREATE TABLE reports (id INTEGER)",
    ],
)
def test_a_database_of_something_else_is_left_as_it_is(tmp_path: Path, schema: str) -> None:
    path = tmp_path / "s.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(schema)
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="is a database of something else"):
        _open(path)
    assert path.read_bytes() == before


def test_a_journal_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    """SQLite refuses to write a file whose write-ahead log it cannot make, whoever asks."""
    path = tmp_path / "s.sqlite"
    _filled(path)
    path.with_name("s.sqlite-wal").mkdir()
    with pytest.raises(SettingsError, match=r"cannot be used .*: check the disk, and who may write"):
        _open(path)


def _without_room(store: Store) -> None:
    """No page more for the database: to SQLite, a full disk."""
    assert store._file._database is not None
    (pages,) = store._file._database.execute("PRAGMA page_count").fetchone()
    store._file._database.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_keeps_a_row_out_whole_and_room_lets_it_in(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    first = store.update(replace(store.add(ROW), status=Status.APPLIED, settled=True))
    _without_room(store)
    large = replace(ROW, epoch=2, lanes=tuple(range(5000)))
    with pytest.raises(JournalFailed, match="nothing is sent until it can be; make room on its disk"):
        store.add(large)
    assert store.latest(10) == [first]
    assert store.in_flight() is None
    assert store._file._database is not None
    store._file._database.execute("PRAGMA max_page_count = 1000000")
    assert store.in_flight() is None
    added = store.add(large)
    assert store.in_flight() == added
    store.close()
