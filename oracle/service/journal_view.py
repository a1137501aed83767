"""The journal for readers, over a read-only connection of their own, so that none waits for the cycle."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from oracle.service.answers import ReportAnswer, SignatureAnswer, SignaturesAnswer, WholeReport
from oracle.service.journal_file import journal_failures
from oracle.service.status import OPEN, Status

MOST_LISTED = 100
_BUSY_SECONDS = 0.2
# All that is shown of a report, except its lanes: those are hundreds of kilobytes in a large network.
_COLUMNS = ", ".join(ReportAnswer.model_fields)


@dataclass(frozen=True)
class Journal:
    """The journal at one moment. It is never changed."""

    version: int  # grows with each change seen
    latest: tuple[ReportAnswer, ...]  # the last ones, newest first
    in_flight: bool  # whether a report may still be mined
    refusal: str | None  # why the contract refused the report that is due, at the last try


class JournalView:
    """Reads a journal that a `Store` of this process holds open. For one thread."""

    def __init__(self, path: Path) -> None:
        """Open read-only.

        Raises:
            JournalFailed: it cannot be opened.
        """
        self._path = path
        self._version = 0
        self._seen: tuple[int, Journal] | None = None  # SQLite's own version of the data, and what it was
        with journal_failures(self._path):
            self._database = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode=ro",
                uri=True,
                check_same_thread=False,
                isolation_level=None,
                timeout=_BUSY_SECONDS,
            )
        self._database.row_factory = sqlite3.Row

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def now(self) -> Journal:
        """The journal now; read again only if it changed.

        Raises:
            JournalFailed: it cannot be read.
        """
        with journal_failures(self._path):
            data_version = self._database.execute("PRAGMA data_version").fetchone()[0]
            if self._seen is None or self._seen[0] != data_version:
                self._version += 1
                self._seen = data_version, self._read()
            return self._seen[1]

    def last_of_epoch(self, epoch: int) -> WholeReport | None:
        """The last report of an epoch.

        Raises:
            JournalFailed: the journal cannot be read.
        """
        with journal_failures(self._path):
            record = self._database.execute(
                f"SELECT {_COLUMNS}, lanes FROM reports WHERE epoch = ? ORDER BY id DESC LIMIT 1",  # noqa: S608 - constant
                (epoch,),
            ).fetchone()
        if record is None:
            return None
        return WholeReport(**_shown(record), lanes=json.loads(record["lanes"]))

    def signatures(self, epoch: int) -> SignaturesAnswer:
        """What the operators held here signed for an epoch.

        Raises:
            JournalFailed: the journal cannot be read.
        """
        with journal_failures(self._path):
            records = self._database.execute("SELECT * FROM signatures WHERE epoch = ?", (epoch,)).fetchall()
        return SignaturesAnswer(
            epoch=epoch,
            signatures=[SignatureAnswer(**dict(each) | {"report": json.loads(each["report"])}) for each in records],
        )

    def _read(self) -> Journal:
        records = self._database.execute(
            f"SELECT {_COLUMNS} FROM reports ORDER BY id DESC LIMIT ?",  # noqa: S608 - constant
            (MOST_LISTED,),
        ).fetchall()
        (in_flight,) = self._database.execute(
            f"SELECT EXISTS (SELECT 1 FROM reports WHERE settled = 0 AND status IN {tuple(map(str, OPEN))})"  # noqa: S608 - constants
        ).fetchone()
        last = records[0] if records else None
        refused = last is not None and last["status"] == Status.REFUSED
        return Journal(
            version=self._version,
            latest=tuple(ReportAnswer(**_shown(record)) for record in records),
            in_flight=bool(in_flight),
            refusal=f"epoch {last['epoch']}: {last['reason']}" if last is not None and refused else None,
        )


def _shown(record: sqlite3.Row) -> dict[str, Any]:
    """The fields of an answer that a record holds."""
    times = json.loads(record["milliseconds"])
    return {name: record[name] for name in ReportAnswer.model_fields} | {
        "signers": json.loads(record["signers"]),
        "milliseconds": {name: round(value, 3) for name, value in times.items() if name != "sent_at"},
    }
