"""The daemon's journal in SQLite: the reports it signed, and their outcomes.

A row is committed, with the raw bytes, before its transaction is broadcast. Whatever happens then, the next start finds
the row, and either learns its outcome or broadcasts the same bytes again. While a report may still be mined on the
current branch, no other is signed for its epoch.

    signed ─┬─ unsent              its deadline passed before a node took it
            └─ sent ─┬─ applied    in force: mined as sent, or as another's copy of it
                     ├─ reverted   mined, refused by the contract
                     ├─ superseded another report took its epoch
                     └─ expired    its deadline passed unmined; its nonce is free to be used again
    reorged                        had ended, but a reorganisation removed that block: open again, to be mined once more
    refused                        the contract refused it before it was sent; one row for all tries of an epoch

An outcome that was read from a block holds as long as that block stays in the chain. A row stays unsettled, and is read
again at each step, until that block lies at the oracle's depth.
"""

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from oracle.errors import JournalFailed, SettingsError
from oracle.service.status import OPEN, Status

# Of the settled rows, only this many are kept: a row of a large network holds hundreds of kilobytes.
KEPT_ROWS = 1000
_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY CHECK (one = 1), chain_id INTEGER NOT NULL,
    genesis_hash TEXT NOT NULL, oracle_address TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch INTEGER NOT NULL,
    status TEXT NOT NULL,
    settled INTEGER NOT NULL,
    from_block INTEGER NOT NULL,
    to_block INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    window_hash TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    phi_hash TEXT NOT NULL,
    lanes TEXT NOT NULL,
    signers TEXT NOT NULL,
    milliseconds TEXT NOT NULL,
    raw_transaction BLOB,
    transaction_hash TEXT,
    nonce INTEGER,
    max_fee_wei TEXT,
    block_number INTEGER,
    gas_used INTEGER,
    reason TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS one_in_flight ON reports ((1)) WHERE status IN ('signed', 'sent');
CREATE INDEX IF NOT EXISTS unsettled ON reports (id) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS follower (one INTEGER PRIMARY KEY CHECK (one = 1), state BLOB NOT NULL);
"""
# Columns that hold 0x-hexadecimal.
_HASHES = ("window_hash", "model_hash", "phi_hash", "transaction_hash")


@dataclass(frozen=True)
class ReportRow:
    """One report of the journal."""

    epoch: int
    status: Status
    from_block: int
    to_block: int
    deadline: int
    transactions: int
    window_hash: bytes  # 32 bytes, as all hashes
    model_hash: bytes
    phi_hash: bytes
    lanes: tuple[int, ...]
    signers: tuple[int, ...]
    milliseconds: dict[str, float]  # encode, decide, sign, submit
    raw_transaction: bytes | None = None
    transaction_hash: bytes | None = None
    nonce: int | None = None
    max_fee_wei: int | None = None
    block_number: int | None = None
    gas_used: int | None = None
    reason: str | None = None
    settled: bool = False  # its outcome can no longer change
    id: int | None = None


class Store:
    """The journal, for one daemon at a time; several threads may read it."""

    def __init__(self, path: Path, *, chain_id: int, genesis_hash: bytes, oracle_address: str) -> None:
        """Open or create.

        Raises:
            SettingsError: the file cannot be opened, is damaged, is no journal, is of another deployment, or is another
                daemon's. Nothing was written to it.
        """
        self.path = path
        self._lock = threading.Lock()
        if path.is_dir():
            raise SettingsError(f"state file {path} is a folder; give --state a file in it")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_file: int | None = _exclusive(path)
        except OSError as error:
            raise SettingsError(
                f"state file {path} cannot be opened: {error.strerror}; give --state a file in a writable folder"
            ) from error
        self._database: sqlite3.Connection | None = None
        try:
            with journal_failures(path):
                self._open(chain_id, "0x" + genesis_hash.hex(), oracle_address)
        except JournalFailed as error:
            self.close()
            raise SettingsError(str(error)) from error
        except SettingsError:
            self.close()
            raise

    def _open(self, chain_id: int, genesis_hash: str, oracle_address: str) -> None:
        database = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self._database = database
        database.row_factory = sqlite3.Row
        self._refuse_others(database)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(_SCHEMA)
        self._identify(database, chain_id, genesis_hash, oracle_address)

    def _refuse_others(self, database: sqlite3.Connection) -> None:
        """Raise if the file is no sound journal of this version, before the first write to it."""
        version = database.execute("PRAGMA user_version").fetchone()[0]
        present = _tables(database)
        if version not in (0, _SCHEMA_VERSION):
            raise SettingsError(
                f"state file {self.path} has schema {version}, this version writes {_SCHEMA_VERSION}; let the version "
                "that wrote it end its last report, then give --state another path"
            )
        with closing(sqlite3.connect(":memory:")) as fresh:
            fresh.executescript(_SCHEMA)
            expected = _tables(fresh)
        foreign = sorted(name for name in present if present[name] != expected.get(name))
        if foreign or (present and "identity" not in present):
            raise SettingsError(
                f"state file {self.path} is a database of something else (table {', '.join(foreign) or 'missing'}); "
                "give --state the oracle's own file"
            )
        (check,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if check != "ok":
            raise JournalFailed(_damaged(self.path, check))
        if "reports" in present:
            self.last()
            self.unsettled()

    def close(self) -> None:
        """Release the file; calling again does no harm."""
        if self._database is not None:
            self._database.close()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def add(self, row: ReportRow) -> ReportRow:
        """Commit a new row; it is on disk when this returns. The oldest settled rows make room for it.

        Raises:
            JournalFailed: it cannot be written now.
        """
        columns = {name: value for name, value in _columns(row).items() if name != "id"}
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        with self._writing() as database:
            cursor = database.execute(
                f"INSERT INTO reports ({names}) VALUES ({marks})",  # noqa: S608 - names are this class's own
                list(columns.values()),
            )
            assert cursor.lastrowid is not None  # noqa: S101 - an INSERT sets it
            database.execute("DELETE FROM reports WHERE settled = 1 AND id <= ?", (cursor.lastrowid - KEPT_ROWS,))
        return replace(row, id=cursor.lastrowid)

    def update(self, row: ReportRow) -> ReportRow:
        """Commit the changes of a row.

        Raises:
            JournalFailed: it cannot be written now.
        """
        columns = {name: value for name, value in _columns(row).items() if name != "id"}
        assignments = ", ".join(f"{name} = ?" for name in columns)
        with self._writing() as database:
            database.execute(
                f"UPDATE reports SET {assignments} WHERE id = ?",  # noqa: S608 - names are this class's own
                [*columns.values(), row.id],
            )
        return row

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: at the end it is on disk as a whole, or not at all."""
        assert self._database is not None  # noqa: S101 - set once opened
        with self._lock, journal_failures(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:  # SQLite itself has ended it after some failures
                    self._database.execute("ROLLBACK")
                raise

    def in_flight(self) -> ReportRow | None:
        """The oldest report that may still be mined; there are several only after a reorganisation."""
        return next((row for row in self.unsettled() if row.status in OPEN), None)

    def unsettled(self) -> list[ReportRow]:
        """The rows whose outcome is open, or may be undone by a reorganisation, oldest first."""
        return self._rows("WHERE settled = 0 ORDER BY id")

    def last_of_epoch(self, epoch: int) -> ReportRow | None:
        """The last report of `epoch`."""
        rows = self._rows("WHERE epoch = ? ORDER BY id DESC LIMIT 1", epoch)
        return rows[0] if rows else None

    def last(self) -> ReportRow | None:
        """The newest row."""
        rows = self._rows("ORDER BY id DESC LIMIT 1")
        return rows[0] if rows else None

    def latest(self, count: int) -> list[ReportRow]:
        """The last rows, newest first."""
        return self._rows("ORDER BY id DESC LIMIT ?", count)

    def left_in_pool(self, nonce: int) -> ReportRow | None:
        """The last ended report whose own transaction held `nonce`; if unmined, that transaction may be pending."""
        rows = self._rows(
            "WHERE status IN ('expired', 'superseded', 'applied') AND nonce = ? ORDER BY id DESC LIMIT 1", nonce
        )
        return rows[0] if rows else None

    def follower_state(self) -> bytes | None:
        """The last state that the follower kept of the ledger's transactions."""
        assert self._database is not None  # noqa: S101 - set once opened
        with self._lock, journal_failures(self.path):
            found = self._database.execute("SELECT state FROM follower").fetchone()
        return None if found is None else bytes(found["state"])

    def keep_follower_state(self, state: bytes) -> None:
        """Commit a state of the follower in place of the last one.

        Raises:
            JournalFailed: it cannot be written now.
        """
        with self._writing() as database:
            database.execute("INSERT OR REPLACE INTO follower VALUES (1, ?)", (state,))

    def _rows(self, clause: str, *arguments: object) -> list[ReportRow]:
        assert self._database is not None  # noqa: S101 - set once opened
        with (
            self._lock,
            journal_failures(self.path),
            closing(
                self._database.execute(f"SELECT * FROM reports {clause}", arguments)  # noqa: S608 - clauses are this class's own
            ) as cursor,
        ):
            return [_row(record) for record in cursor.fetchall()]

    def _identify(self, database: sqlite3.Connection, chain_id: int, genesis_hash: str, oracle_address: str) -> None:
        present = database.execute("SELECT chain_id, genesis_hash, oracle_address FROM identity").fetchone()
        mine = (chain_id, genesis_hash, oracle_address)
        if present is None:
            database.execute("INSERT INTO identity VALUES (1, ?, ?, ?)", mine)
        elif tuple(present) != mine:
            raise SettingsError(
                f"state file {self.path} belongs to oracle {present['oracle_address']} on chain {present['chain_id']}, "
                f"not to {oracle_address} on chain {chain_id}; give --state another path"
            )
        database.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")


@contextmanager
def journal_failures(path: Path) -> Iterator[None]:
    """Turn failures of the disk and the file into JournalFailed; leave this project's own defects as they are."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            remedy = "nothing is sent until it can be; make room on its disk"
        else:
            remedy = f"check the disk, and who may write {path}, what is named after it, and its folder"
        raise JournalFailed(f"journal {path} cannot be used ({error}): {remedy}") from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise  # a rule of the schema, or a closed database
        raise JournalFailed(_damaged(path, str(error))) from error
    except (ValueError, TypeError) as error:  # what a column holds
        raise JournalFailed(_damaged(path, str(error))) from error


def _damaged(path: Path, what: str) -> str:
    return (
        f"journal {path} is damaged, or no journal ({' '.join(what.split())}): it is the record of what was signed, so "
        'copy it aside and recover it, as docs/operating.md says under "A damaged journal"'
    )


def _tables(database: sqlite3.Connection) -> dict[str, list[str]]:
    """Names of columns by table."""
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
    return {
        name: [column[0] for column in database.execute("SELECT name FROM pragma_table_info(?)", (name,)).fetchall()]
        for name in names
        if not name.startswith("sqlite_")
    }


def _exclusive(path: Path) -> int:
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise SettingsError(
            f"state file {path} is in use by another daemon; stop it or give --state another path"
        ) from None
    return descriptor


def _columns(row: ReportRow) -> dict[str, Any]:
    columns = dict(vars(row))
    columns["lanes"] = json.dumps(row.lanes)
    columns["signers"] = json.dumps(row.signers)
    columns["milliseconds"] = json.dumps(row.milliseconds)
    columns["max_fee_wei"] = None if row.max_fee_wei is None else str(row.max_fee_wei)  # may exceed 64 bits
    for name in _HASHES:
        columns[name] = None if columns[name] is None else "0x" + columns[name].hex()
    return columns


def _row(record: sqlite3.Row) -> ReportRow:
    columns = dict(record)
    columns["status"] = Status(columns["status"])
    columns["lanes"] = tuple(json.loads(columns["lanes"]))
    columns["signers"] = tuple(json.loads(columns["signers"]))
    columns["milliseconds"] = json.loads(columns["milliseconds"])
    columns["settled"] = bool(columns["settled"])
    columns["max_fee_wei"] = None if columns["max_fee_wei"] is None else int(columns["max_fee_wei"])
    for name in _HASHES:
        columns[name] = None if columns[name] is None else bytes.fromhex(columns[name].removeprefix("0x"))
    return ReportRow(**columns)
