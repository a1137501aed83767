"""The journal of one process, in SQLite: what it set out to do, and the transactions that it signed for that.

What is written here is on disk before anything is sent. So whatever ends the process, the next one finds what it may
have sent, sends the same bytes again where they did not arrive, and never signs a second payment for the same thing.

The file holds preimages of locks until they are revealed; it is readable by its owner alone.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oracle.errors import JournalFailed, SettingsError

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY CHECK (one = 1), account TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (kind TEXT NOT NULL, id TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS transactions (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    chain TEXT NOT NULL, nonce INTEGER NOT NULL, raw BLOB NOT NULL, hash BLOB NOT NULL, settled INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Posted:
    """A transaction that was signed, and may have been sent."""

    id: str  # what it is for
    chain: str
    nonce: int
    raw: bytes
    hash: bytes  # 32 bytes
    settled: bool


class Journal:
    """One open journal, for one process at a time."""

    def __init__(self, path: Path, account: str) -> None:
        """Open or create.

        Args:
            path: The file.
            account: Whose transactions it holds.

        Raises:
            SettingsError: the file cannot be used, is another account's, or another process has it open.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_file = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise SettingsError(f"journal {path} cannot be opened: {error.strerror}; give another file") from error
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock_file)
            raise SettingsError(f"journal {path} is open in another process; end that one, or give another") from None
        try:
            with _failures(path):
                self._open(account)
        except (JournalFailed, SettingsError) as error:
            self.close()
            raise SettingsError(str(error)) from error

    def _open(self, account: str) -> None:
        self._database = sqlite3.connect(self.path, isolation_level=None)
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _SCHEMA_VERSION):
            raise SettingsError(f"journal {self.path} is of another version ({version}); give another file")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        self._database.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        self._database.execute("INSERT OR IGNORE INTO identity VALUES (1, ?)", (account,))
        (owner,) = self._database.execute("SELECT account FROM identity").fetchone()
        if owner != account:
            raise SettingsError(f"journal {self.path} is of {owner}, and not of {account}; give another file, or key")

    def close(self) -> None:
        """Release the file; calling again does no harm."""
        if hasattr(self, "_database"):
            self._database.close()
        if self._lock_file >= 0:
            os.close(self._lock_file)
            self._lock_file = -1

    # Entries

    def put(self, kind: str, entry_id: str, content: dict[str, Any]) -> None:
        """Write an entry in place of the last one of its kind and id; it is on disk when this returns.

        Raises:
            JournalFailed: it cannot be written now.
        """
        with _failures(self.path):
            self._database.execute(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", (kind, entry_id, json.dumps(content))
            )

    def get(self, kind: str, entry_id: str) -> dict[str, Any] | None:
        """The entry of a kind and id."""
        with _failures(self.path):
            row = self._database.execute(
                "SELECT content FROM entries WHERE kind = ? AND id = ?", (kind, entry_id)
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """All entries of a kind by their ids, the oldest first."""
        with _failures(self.path):
            rows = self._database.execute(
                "SELECT id, content FROM entries WHERE kind = ? ORDER BY rowid", (kind,)
            ).fetchall()
        return {entry_id: json.loads(content) for entry_id, content in rows}

    # Transactions

    def post(self, posted: Posted) -> None:
        """Write a transaction that is about to be sent.

        Raises:
            JournalFailed: it cannot be written now, or one with its id is there.
        """
        values = (posted.id, posted.chain, posted.nonce, posted.raw, posted.hash, posted.settled)
        with _failures(self.path):
            self._database.execute(
                "INSERT INTO transactions (id, chain, nonce, raw, hash, settled) VALUES (?, ?, ?, ?, ?, ?)", values
            )

    def posted(self, posted_id: str) -> Posted | None:
        """The transaction of an id."""
        found = self._transactions("WHERE id = ?", posted_id)
        return found[0] if found else None

    def unsettled(self, chain: str) -> list[Posted]:
        """The transactions on a chain whose fate can still change, the oldest first."""
        return self._transactions("WHERE settled = 0 AND chain = ? ORDER BY number", chain)

    def settle(self, posted_id: str) -> None:
        """Note that a transaction's receipt can no longer change."""
        with _failures(self.path):
            self._database.execute("UPDATE transactions SET settled = 1 WHERE id = ?", (posted_id,))

    def forget(self, posted_id: str) -> None:
        """Drop a transaction that can never be mined, or whose failure is settled, so that another takes its place."""
        with _failures(self.path):
            self._database.execute("DELETE FROM transactions WHERE id = ?", (posted_id,))

    def _transactions(self, condition: str, *values: object) -> list[Posted]:
        with _failures(self.path):
            rows = self._database.execute(
                f"SELECT id, chain, nonce, raw, hash, settled FROM transactions {condition}",  # noqa: S608 - our own
                values,
            ).fetchall()
        return [
            Posted(posted_id, chain, nonce, bytes(raw), bytes(hash_), bool(settled))
            for posted_id, chain, nonce, raw, hash_, settled in rows
        ]


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise JournalFailed(f"journal {path} cannot be used now: {error}; see to the disk, and go on") from error


def read_entries(path: Path, kind: str) -> dict[str, dict[str, Any]]:
    """The entries of a kind in a journal that another process may have open.

    Raises:
        SettingsError: the file is no journal.
    """
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise SettingsError(f"{path} is no journal of routes: {error}; give the file of --journal") from error
    try:
        rows = database.execute("SELECT id, content FROM entries WHERE kind = ? ORDER BY rowid", (kind,)).fetchall()
    except sqlite3.Error as error:
        raise SettingsError(f"{path} is no journal of routes: {error}; give the file of --journal") from error
    finally:
        database.close()
    return {entry_id: json.loads(content) for entry_id, content in rows}
