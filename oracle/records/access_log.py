"""Who read what, or was refused: an SQLite file to which entries are added, each with the hash of the one before.

Whoever changes or removes an entry breaks the chain from there on. Whoever removes the last entries, or writes the
whole chain anew, is found out by an entry that someone else holds: each answer of the data server carries the number
and hash of its entry. The log holds accounts, names of fields and purposes, and nothing of what was read.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic_core import from_json

from oracle.errors import CatalystError, InputError, SettingsError
from oracle.records.canonical import canonical, document_hash

GENESIS = bytes(32)  # what stands before the first entry
_BUSY_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY, entry TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS no_change BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS no_removal BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'append only'); END;
"""


class LogFailed(CatalystError):
    """The log cannot be written or read now."""


class LogBroken(InputError):
    """The log is not as it was written; says from where on."""


@dataclass(frozen=True)
class Entry:
    """One entry's place in the log."""

    number: int  # from 1
    hash: bytes  # 32 bytes, over the entry and the hash before it

    def as_json(self) -> dict[str, Any]:
        """As an answer shows it."""
        return {"number": self.number, "hash": "0x" + self.hash.hex()}


class AccessLog:
    """An open log, which several threads may use; one process at a time writes."""

    def __init__(self, path: Path) -> None:
        """Open or make, and check it.

        Raises:
            SettingsError: the file cannot be used.
            LogBroken: it is not as it was written.
        """
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # its owner alone may read it
            self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(f"access log {path} cannot be used: {error}; give another file") from error
        self._path, self._lock = path, threading.Lock()
        self.check()

    def add(self, entry: dict[str, Any]) -> Entry:
        """Add what happened; it is on disk on return.

        Raises:
            LogFailed: it cannot be written.
        """
        with self._lock, self._failing("written"):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                last = self._database.execute(
                    "SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1"
                ).fetchone()
                number, before = (0, GENESIS) if last is None else last
                document = {**entry, "number": number + 1, "before": "0x" + before.hex()}
                placed = Entry(number + 1, document_hash(document))
                row = (placed.number, canonical(document).decode(), placed.hash)
                self._database.execute("INSERT INTO entries VALUES (?, ?, ?)", row)
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise
        return placed

    def check(self, held: Sequence[Entry] = ()) -> int:
        """Compute the chain anew; returns how many entries there are.

        Args:
            held: Entries that others have from answers.

        Raises:
            LogBroken: an entry was changed or removed, or one that is held is missing.
            LogFailed: the file cannot be read.
        """
        return check_entries(self._rows(), held)

    def entries(self) -> Iterator[str]:
        """All entries in order, as JSON.

        Raises:
            LogFailed: the file cannot be read.
        """
        return (entry for _, entry, _ in self._rows())

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _rows(self) -> list[tuple[int, str, bytes]]:
        with self._lock, self._failing("read"):
            return list(self._database.execute("SELECT number, entry, hash FROM entries ORDER BY number"))

    @contextmanager
    def _failing(self, done: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LogFailed(f"access log {self._path} cannot be {done}: {error}; make room, and try again") from error


def verify_file(path: Path, held: Sequence[Entry] = ()) -> int:
    """As `AccessLog.check`, of a file that is only read; its server may run meanwhile.

    Raises:
        LogBroken: an entry was changed or removed, or one that is held is missing.
        SettingsError: the file is no access log, or cannot be read.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)) as database:
            rows = list(database.execute("SELECT number, entry, hash FROM entries ORDER BY number"))
    except sqlite3.Error as error:
        raise SettingsError(
            f"{path} cannot be read as an access log: {error}; give the file of --log of a server"
        ) from error
    return check_entries(rows, held)


def check_entries(rows: Sequence[tuple[int, str, bytes]], held: Sequence[Entry] = ()) -> int:
    """Whether rows of number, entry and hash are one whole chain, with what others hold of it; returns their count.

    Raises:
        LogBroken: they are not.
    """
    wanted = {each.number: each.hash for each in held}
    before = GENESIS
    for expected, (number, entry, stored) in enumerate(rows, start=1):
        if number != expected:
            raise LogBroken(f"entry {expected} of the access log is missing; restore the log from a copy")
        computed = _hash_of(entry, number, before)
        if computed is None or computed != stored or wanted.pop(number, computed) != computed:
            raise LogBroken(f"entry {number} of the access log was changed; restore the log from a copy")
        before = computed
    if wanted:
        raise LogBroken(f"entry {min(wanted)} of the access log is missing; restore the log from a copy")
    return len(rows)


def _hash_of(entry: str, number: int, before: bytes) -> bytes | None:
    """The hash of an entry; None where it is not in its form, or not of its place."""
    try:
        document = from_json(entry)  # bounds its depth itself; json would follow any nesting off the stack
    except ValueError:
        return None
    if not isinstance(document, dict) or canonical(document).decode() != entry:
        return None
    in_place = document.get("number") == number and document.get("before") == "0x" + before.hex()
    return document_hash(document) if in_place else None
