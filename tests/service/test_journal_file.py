"""The journal's own file and what lies beside it: where it is made, whom it lets in, and what it refuses."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from oracle.errors import JournalFailed, SettingsError
from oracle.service.store import Store
from tests.service.rows import sent_row


def _open(path: Path) -> Store:
    return Store(path, chain_id=7, genesis_hash=b"\x01" * 32, oracle_address="0xabc")


def _made(path: Path, schema: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(schema)


def test_folders_on_the_way_are_made_and_nothing_else_beside_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a" / "b"
    folder.parent.mkdir()
    monkeypatch.chdir(folder.parent)
    store = _open(tmp_path / "a" / "b" / "c" / "s.sqlite")
    store.add(sent_row())
    made = {path.name for path in (folder / "c").iterdir()}
    assert made == {"s.sqlite", "s.sqlite.lock", "s.sqlite-wal", "s.sqlite-shm"}
    assert [path.name for path in folder.parent.iterdir()] == ["b"]
    assert (folder / "c" / "s.sqlite.lock").stat().st_mode & 0o777 == 0o600
    store.close()
    store.close()


def test_a_place_where_no_file_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        SettingsError, match=r"file/s\.sqlite cannot be opened: .*; give --state a file in a writable folder$"
    ):
        _open(tmp_path / "file" / "s.sqlite")


def test_a_link_to_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").symlink_to(tmp_path / "gone" / "s.sqlite")
    with pytest.raises(SettingsError, match=r"s\.sqlite cannot be used \(unable to open database file\)"):
        _open(tmp_path / "s.sqlite")


def test_the_file_says_whose_it_is(tmp_path: Path) -> None:
    _open(tmp_path / "s.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as database:
        (identity,) = database.execute("SELECT chain_id, genesis_hash, oracle_address FROM identity").fetchall()
    assert identity == (7, "0x" + "01" * 32, "0xabc")


def test_any_thread_may_read(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    row = store.add(sent_row())
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(store.last).result() == row
    store.close()


def test_a_journal_whose_tables_are_gone_is_named(tmp_path: Path) -> None:
    store = _open(tmp_path / "s.sqlite")
    _made(tmp_path / "s.sqlite", "DROP TABLE reports; DROP TABLE follower")
    uses: tuple[Callable[[], object], ...] = (store.last, store.follower_state, lambda: store.add(sent_row()))
    for use in uses:
        with pytest.raises(JournalFailed, match=r"s\.sqlite cannot be used \(no such table"):
            use()
    store.close()


def test_what_sqlite_keeps_for_itself_is_no_foreign_table(tmp_path: Path) -> None:
    _open(tmp_path / "s.sqlite").close()
    _made(tmp_path / "s.sqlite", "ANALYZE")
    _open(tmp_path / "s.sqlite").close()


@pytest.mark.parametrize(
    ("schema", "tables"),
    [
        ("CREATE TABLE users (name TEXT)", "users"),
        ("CREATE TABLE users (name TEXT); CREATE TABLE reports (id INTEGER)", "reports, users"),
        ("CREATE TABLE follower (one INTEGER, state BLOB)", "missing"),
    ],
)
def test_the_tables_of_something_else_are_named(tmp_path: Path, schema: str, tables: str) -> None:
    _made(tmp_path / "s.sqlite", schema)
    with pytest.raises(SettingsError, match=rf"\(table {tables}\); give --state the oracle's own file$"):
        _open(tmp_path / "s.sqlite")


def test_the_journal_of_another_version_is_to_be_ended_by_it(tmp_path: Path) -> None:
    _made(tmp_path / "s.sqlite", "PRAGMA user_version = 1")
    with pytest.raises(
        SettingsError,
        match=r"has schema 1, this version writes 3; "
        r"let the version that wrote it end its last report, then give --state another path$",
    ):
        _open(tmp_path / "s.sqlite")
