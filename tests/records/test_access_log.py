"""The log of accesses: each change and each removal is found."""

import sqlite3
from pathlib import Path

import pytest

from oracle.errors import SettingsError
from oracle.records.access_log import AccessLog, Entry, LogBroken


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a log with five entries."""
    log = AccessLog(tmp_path / "log.sqlite")
    for caller in "abcde":
        log.add({"caller": caller, "outcome": "granted"})
    log.close()
    return tmp_path / "log.sqlite"


def alter(path: Path, *statements: str) -> None:
    """Change the file as someone would who can write it."""
    database = sqlite3.connect(path)
    database.executescript("DROP TRIGGER no_change; DROP TRIGGER no_removal;" + ";".join(statements))
    database.close()


def test_entries_follow_one_another_across_restarts(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    log = AccessLog(path)
    entry = log.add({"caller": "f"})
    assert entry.number == log.check([entry]) == 6
    log.close()


def test_the_file_itself_takes_no_change(path: Path) -> None:
    database = sqlite3.connect(path)
    for statement in ("DELETE FROM entries WHERE number = 5", "UPDATE entries SET entry = '{}'"):
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM entries WHERE number = 1", "entry 1 of the access log is missing"),
        ("DELETE FROM entries WHERE number = 3", "entry 3 of the access log is missing"),
        ("DELETE FROM entries WHERE number = 3; UPDATE entries SET number = 3 WHERE number = 4", "entry 3 .* changed"),
        ("UPDATE entries SET entry = replace(entry, 'granted', 'refused') WHERE number = 2", "entry 2 .* changed"),
        ("UPDATE entries SET entry = replace(entry, ',', ', ') WHERE number = 2", "entry 2 .* changed"),
        ("UPDATE entries SET hash = zeroblob(32) WHERE number = 5", "entry 5 .* changed"),
        ("UPDATE entries SET entry = 'none' WHERE number = 4", "entry 4 .* changed"),
    ],
)
def test_changes_and_removals_are_found(path: Path, statement: str, found: str) -> None:
    alter(path, statement)
    with pytest.raises(LogBroken, match=found):
        AccessLog(path)


def test_a_log_cut_at_its_end_is_found_by_an_entry_that_others_hold(path: Path) -> None:
    log = AccessLog(path)
    held = log.add({"caller": "f"})
    log.close()
    alter(path, "DELETE FROM entries WHERE number = 6")
    log = AccessLog(path)  # a whole chain
    with pytest.raises(LogBroken, match="entry 6 of the access log is missing"):
        log.check([held])
    rewritten = log.add({"caller": "g"})
    assert rewritten.number == held.number
    with pytest.raises(LogBroken, match="entry 6 of the access log was changed"):
        log.check([held])
    log.close()


def test_an_entry_that_never_was_is_found(path: Path) -> None:
    log = AccessLog(path)
    with pytest.raises(LogBroken, match=r"entry 2 .* changed"):
        log.check([Entry(2, bytes(32))])
    log.close()


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database, but a text that is long enough to be one" * 30)
    for path in (tmp_path / "text", tmp_path / "none" / "log", tmp_path):
        with pytest.raises(SettingsError, match="access log"):
            AccessLog(path)
