"""The daemon's journal in SQLite: the reports it signed, and their outcomes.

A row is committed, with the raw bytes, before its transaction is broadcast. Whatever happens then, the next start finds
the row, and either learns its outcome or broadcasts the same bytes again. While a report may still be mined on the
current branch, no other is signed for its epoch.

    signed ─┬─ unsent              its deadline passed before a node took it
            └─ sent ─┬─ applied    in force: mined as sent, or as another's copy of it
                     ├─ reverted   mined, refused by the contract
                     ├─ superseded another report took its epoch
                     ├─ stranded   a reorganisation undid the report before it, without which it cannot be applied
                     └─ expired    its deadline passed unmined; its nonce is free to be used again
    reorged                        had ended, but a reorganisation removed that block: open again, to be mined once more
    refused                        the contract refused it before it was sent; one row for all tries of an epoch
    proposed                       of a dry run: signed and tried, and not sent

An outcome that was read from a block holds as long as that block stays in the chain. A row stays unsettled, and is read
again at each step, until that block lies twice as deep as what counts as settled.
"""

import json
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from oracle.errors import JournalFailed, SettingsError
from oracle.service.applied import AppliedEpochs
from oracle.service.journal_file import JournalFile, journal_failures
from oracle.service.signatures import Signatures
from oracle.service.status import OPEN, Status

# Of the settled rows, only this many are kept: a row of a large network holds hundreds of kilobytes.
KEPT_ROWS = 1000
# Columns that hold 0x-hexadecimal.
_HASHES = ("window_hash", "model_hash", "phi_hash", "transaction_hash")

_LARGE = ("max_fee_wei", "paid_wei")  # columns whose integers may exceed 64 bits


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
    former_hashes: tuple[bytes, ...] = ()  # of the transactions that this one took the place of, under the same nonce
    nonce: int | None = None
    max_fee_wei: int | None = None
    sent_block: int | None = None  # the head when the transaction was sent
    block_number: int | None = None
    gas_used: int | None = None
    paid_wei: int | None = None  # for its gas
    reason: str | None = None
    settled: bool = False  # its outcome can no longer change
    id: int | None = None


class Store:
    """The journal, for one daemon at a time; several threads may read it."""

    def __init__(
        self, path: Path, *, chain_id: int, genesis_hash: bytes, oracle_address: str, signs_after: int | None = 0
    ) -> None:
        """Open or create, see `JournalFile`.

        Raises:
            SettingsError: the file cannot be used. Nothing was written to it.
        """
        self.path = path
        self._file = JournalFile(
            path,
            chain_id=chain_id,
            genesis_hash=genesis_hash,
            oracle_address=oracle_address,
            signs_after=signs_after,
        )
        self.signatures = Signatures(self._file)
        self.applied = AppliedEpochs(self._file)
        try:
            self.last()
            self.unsettled()
        except JournalFailed as error:
            self.close()
            raise SettingsError(str(error)) from error

    def close(self) -> None:
        """Release the file; calling again does no harm."""
        self._file.close()

    def add(self, row: ReportRow) -> ReportRow:
        """Commit a new row; it is on disk when this returns. The oldest settled rows make room for it.

        Raises:
            JournalFailed: it cannot be written now.
        """
        columns = {name: value for name, value in _columns(row).items() if name != "id"}
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        with self._file.writing() as database:
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
        with self._file.writing() as database:
            database.execute(
                f"UPDATE reports SET {assignments} WHERE id = ?",  # noqa: S608 - names are this class's own
                [*columns.values(), row.id],
            )
        return row

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
        ended = "status IN ('expired', 'superseded', 'applied', 'stranded')"
        rows = self._rows(f"WHERE {ended} AND nonce = ? ORDER BY id DESC LIMIT 1", nonce)
        return rows[0] if rows else None

    def follower_state(self) -> bytes | None:
        """The last state that the follower kept of the ledger's transactions."""
        found = self._file.read("SELECT state FROM follower")
        return bytes(found[0]["state"]) if found else None

    def keep_follower_state(self, state: bytes) -> None:
        """Commit a state of the follower in place of the last one.

        Raises:
            JournalFailed: it cannot be written now.
        """
        with self._file.writing() as database:
            database.execute("INSERT OR REPLACE INTO follower VALUES (1, ?)", (state,))

    @property
    def signing_paused(self) -> bool:
        """Whether this operator signs nothing until it is told to resume."""
        found = self._file.read("SELECT paused FROM signing")
        return bool(found and found[0]["paused"])

    def pause_signing(self, paused: bool) -> None:
        """Commit whether this operator signs; a restart changes nothing of it.

        Raises:
            JournalFailed: it cannot be written now.
        """
        with self._file.writing() as database:
            database.execute("INSERT OR REPLACE INTO signing VALUES (1, ?)", (int(paused),))

    def _rows(self, clause: str, *arguments: object) -> list[ReportRow]:
        records = self._file.read(f"SELECT * FROM reports {clause}", arguments)  # noqa: S608 - clauses are this class's own
        with journal_failures(self.path):
            return [_row(record) for record in records]


def _columns(row: ReportRow) -> dict[str, Any]:
    columns = dict(vars(row))
    columns["lanes"] = json.dumps(row.lanes)
    columns["signers"] = json.dumps(row.signers)
    columns["former_hashes"] = json.dumps(["0x" + each.hex() for each in row.former_hashes])
    columns["milliseconds"] = json.dumps(row.milliseconds)
    for name in _LARGE:
        columns[name] = None if columns[name] is None else str(columns[name])
    for name in _HASHES:
        columns[name] = None if columns[name] is None else "0x" + columns[name].hex()
    return columns


def _row(record: sqlite3.Row) -> ReportRow:
    columns = dict(record)
    columns["status"] = Status(columns["status"])
    columns["lanes"] = tuple(json.loads(columns["lanes"]))
    columns["signers"] = tuple(json.loads(columns["signers"]))
    columns["former_hashes"] = tuple(bytes.fromhex(each[2:]) for each in json.loads(columns["former_hashes"]))
    columns["milliseconds"] = json.loads(columns["milliseconds"])
    columns["settled"] = bool(columns["settled"])
    for name in _LARGE:
        columns[name] = None if columns[name] is None else int(columns[name])
    for name in _HASHES:
        columns[name] = None if columns[name] is None else bytes.fromhex(columns[name].removeprefix("0x"))
    return ReportRow(**columns)
