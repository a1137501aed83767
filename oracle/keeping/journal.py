"""The coordinator's journal in SQLite: its files, the moves it began, what it saw of nodes, and what it reports.

A move is written down before anything of it is sent, and read again at each start, so that a coordinator that is killed
anywhere goes on: what was sent shows on the chain, what was not is sent then.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from oracle.errors import JournalFailed, SettingsError
from oracle.storage.cid import Cid, parse_cid
from oracle.storage.file_class import ClassedFile
from oracle.storage.following import Cause, Moved

MoveState = Literal["begun", "copied", "done", "failed"]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY CHECK (one = 1), chain_id INTEGER, registry TEXT);
CREATE TABLE IF NOT EXISTS files (file BLOB PRIMARY KEY, name TEXT UNIQUE, cid TEXT, classed TEXT);
CREATE TABLE IF NOT EXISTS dropped (file BLOB PRIMARY KEY);
CREATE TABLE IF NOT EXISTS reads (name TEXT, region TEXT, count REAL, PRIMARY KEY (name, region));
CREATE TABLE IF NOT EXISTS moves (id INTEGER PRIMARY KEY, file BLOB, name TEXT, cause TEXT, target TEXT, leaves TEXT,
    state TEXT, at_seconds INTEGER, until_seconds INTEGER);
CREATE TABLE IF NOT EXISTS nodes (account TEXT PRIMARY KEY, misses INTEGER, refused_until INTEGER,
    is_distrusted INTEGER);
CREATE TABLE IF NOT EXISTS reports (id INTEGER PRIMARY KEY, file BLOB, account TEXT, reason TEXT, at_seconds INTEGER,
    UNIQUE (file, account, reason));
CREATE TABLE IF NOT EXISTS challenges (file BLOB, account TEXT, block INTEGER, PRIMARY KEY (file, account));
CREATE TABLE IF NOT EXISTS audits (file BLOB, account TEXT, at_seconds INTEGER, PRIMARY KEY (file, account));
"""
_CLASSED = TypeAdapter(ClassedFile)


@dataclass(frozen=True)
class KeptFile:
    """A file that the coordinator sees to."""

    id: bytes  # in the registry, 32 bytes
    cid: Cid
    classed: ClassedFile

    @property
    def name(self) -> str:
        """Its own among the files."""
        return self.classed.facts.name


@dataclass(frozen=True)
class MoveRow:
    """A move that was begun: `target` is offered the file; `leaves` is released once the target holds it."""

    id: int
    file: bytes
    name: str
    cause: Cause
    target: str | None
    leaves: str | None
    state: MoveState
    at_seconds: int
    until_seconds: int  # of the offer


@dataclass(frozen=True)
class NodeRow:
    """What was seen of a node."""

    account: str
    misses: int = 0  # without an answer, in a row
    refused_until: int = 0  # it has let an offer lapse: no others until then
    is_distrusted: bool = False  # it has served wrong bytes


@dataclass(frozen=True)
class Report:
    """Something that a holder did wrong."""

    file: bytes
    account: str
    reason: str
    at_seconds: int


class Journal:
    """An open journal, for one coordinator."""

    def __init__(self, path: Path, *, chain_id: int, registry: str) -> None:
        """Open or create.

        Raises:
            SettingsError: it is of another registry.
            JournalFailed: the file cannot be used.
        """
        self._path = path
        with self._failures():
            self._database = sqlite3.connect(path, isolation_level=None, timeout=10.0)
            self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + _SCHEMA)
            self._database.execute("INSERT OR IGNORE INTO identity VALUES (1, ?, ?)", (chain_id, registry))
            found = self._database.execute("SELECT chain_id, registry FROM identity").fetchone()
        if found != (chain_id, registry):
            self.close()
            raise SettingsError(
                f"{path} is the journal of registry {found[1]} on chain {found[0]}, not of {registry} on {chain_id}: "
                "give another --journal"
            )

    def close(self) -> None:
        """Close the file; safe to call again."""
        self._database.close()

    # Files

    def add(self, file: KeptFile) -> None:
        """See to a file from now on.

        Raises:
            JournalFailed: another has its name, or the file cannot be written.
        """
        self._write("DELETE FROM dropped WHERE file = ?", (file.id,))
        row = (file.id, file.name, str(file.cid), _CLASSED.dump_json(file.classed).decode())
        self._write("INSERT INTO files VALUES (?, ?, ?, ?) ON CONFLICT (file) DO NOTHING", row)

    def drop(self, file: KeptFile) -> None:
        """See to a file no longer, while it is being ended. Its moves end."""
        self._write("INSERT OR IGNORE INTO dropped VALUES (?)", (file.id,))
        self._write("UPDATE moves SET state = 'failed' WHERE file = ? AND state IN ('begun', 'copied')", (file.id,))

    def forget(self, file: KeptFile) -> None:
        """A dropped file has ended. What was reported stays."""
        self._write("DELETE FROM reads WHERE name = ?", (file.name,))
        for table in ("audits", "challenges", "files", "dropped"):
            self._write(f"DELETE FROM {table} WHERE file = ?", (file.id,))  # noqa: S608 - one of those names

    def files(self) -> list[KeptFile]:
        """All that are kept, in the order of their names, with the reads that were counted."""
        dropped = self._dropped()
        return [file for file in self._files() if file.id not in dropped]

    def dropped(self) -> list[KeptFile]:
        """Those that are being ended."""
        dropped = self._dropped()
        return [file for file in self._files() if file.id in dropped]

    def _dropped(self) -> set[bytes]:
        return {bytes(file) for (file,) in self._rows("SELECT file FROM dropped")}

    def _files(self) -> list[KeptFile]:
        reads: dict[str, Counter[str]] = {}
        for name, region, count in self._rows("SELECT name, region, count FROM reads"):
            reads.setdefault(name, Counter())[region] += count
        return [
            KeptFile(bytes(file), parse_cid(cid), _with_reads(_CLASSED.validate_json(classed), reads.get(name)))
            for file, name, cid, classed in self._rows("SELECT file, name, cid, classed FROM files ORDER BY name")
        ]

    def count_read(self, name: str, region: str) -> None:
        """One more read of a file from a region."""
        self._write(
            "INSERT INTO reads VALUES (?, ?, 1) ON CONFLICT (name, region) DO UPDATE SET count = count + 1",
            (name, region),
        )

    # Moves

    def begin(
        self, file: KeptFile, cause: Cause, target: str | None, leaves: str | None, at_seconds: int, until_seconds: int
    ) -> MoveRow:
        """Write a move down, before anything of it is sent."""
        state: MoveState = "begun" if target else "copied"
        row = (file.id, file.name, cause, target, leaves, state, at_seconds, until_seconds)
        done = self._write(
            "INSERT INTO moves (file, name, cause, target, leaves, state, at_seconds, until_seconds)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        return MoveRow(int(done.lastrowid or 0), *row)

    def set_state(self, move: MoveRow, state: MoveState) -> None:
        """How far a move has come."""
        self._write("UPDATE moves SET state = ? WHERE id = ?", (state, move.id))

    def open_moves(self) -> list[MoveRow]:
        """Those that have not ended, in order."""
        return [
            MoveRow(*row)
            for row in self._rows(
                "SELECT id, file, name, cause, target, leaves, state, at_seconds, until_seconds FROM moves"
                " WHERE state IN ('begun', 'copied') ORDER BY id"
            )
        ]

    def moved(self, since_seconds: int) -> list[Moved]:
        """Moves begun since a time that did not fail."""
        query = "SELECT name, cause, at_seconds FROM moves WHERE at_seconds >= ? AND state != 'failed' ORDER BY id"
        return [Moved(*row) for row in self._rows(query, (since_seconds,))]

    def move_counts(self) -> dict[str, int]:
        """How many moves are in each state."""
        return dict(self._rows("SELECT state, count(*) FROM moves GROUP BY state ORDER BY state"))

    # Nodes

    def nodes(self) -> dict[str, NodeRow]:
        """What was seen, by account."""
        query = "SELECT account, misses, refused_until, is_distrusted FROM nodes"
        rows = (NodeRow(account, misses, until, bool(bad)) for account, misses, until, bad in self._rows(query))
        return {row.account: row for row in rows}

    def set_node(self, row: NodeRow) -> None:
        """What is seen of a node now."""
        values = (row.account, row.misses, row.refused_until, int(row.is_distrusted))
        self._write("INSERT OR REPLACE INTO nodes VALUES (?, ?, ?, ?)", values)

    def audited(self, file: bytes, account: str, at_seconds: int) -> None:
        """A holder's bytes were read and compared."""
        self._write("INSERT OR REPLACE INTO audits VALUES (?, ?, ?)", (file, account, at_seconds))

    def last_audits(self) -> dict[tuple[bytes, str], int]:
        """When a holder's bytes of a file were compared last."""
        rows = self._rows("SELECT file, account, at_seconds FROM audits")
        return {(bytes(file), account): at_seconds for file, account, at_seconds in rows}

    def challenged(self, file: bytes, account: str, block: int) -> None:
        """A holder is challenged after this block."""
        self._write("INSERT OR REPLACE INTO challenges VALUES (?, ?, ?)", (file, account, block))

    def challenges(self) -> dict[tuple[bytes, str], int]:
        """After which block a holder was challenged last about a file."""
        rows = self._rows("SELECT file, account, block FROM challenges")
        return {(bytes(file), account): block for file, account, block in rows}

    def report(self, report: Report) -> None:
        """Write down what a holder did wrong; once for each file and reason."""
        values = (report.file, report.account, report.reason, report.at_seconds)
        self._write("INSERT OR IGNORE INTO reports (file, account, reason, at_seconds) VALUES (?, ?, ?, ?)", values)

    def reports(self) -> list[Report]:
        """All reports, in order."""
        query = "SELECT file, account, reason, at_seconds FROM reports ORDER BY id"
        return [Report(bytes(row[0]), *row[1:]) for row in self._rows(query)]

    def _write(self, statement: str, values: Sequence[Any]) -> sqlite3.Cursor:
        with self._failures():
            return self._database.execute(statement, values)

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._failures():
            return self._database.execute(query, values).fetchall()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalFailed(
                f"the journal {self._path} cannot be used: {error}; see that it is whole and its disk has room"
            ) from error


def _with_reads(classed: ClassedFile, reads: Counter[str] | None) -> ClassedFile:
    if reads is None:
        return classed
    together = Counter(classed.facts.reads_by_region) + reads
    return replace(classed, facts=replace(classed.facts, reads_by_region=dict(together)))
