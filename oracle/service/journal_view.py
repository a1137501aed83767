"""The journal for readers, over a read-only connection of their own, so that none waits for the cycle."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from oracle.client.answers import (
    EpochAnswer,
    PastNode,
    Point,
    Reason,
    ReportAnswer,
    SignatureAnswer,
    SignaturesAnswer,
    WholeReport,
)
from oracle.service.answers import past_node
from oracle.service.journal_file import journal_failures
from oracle.service.past_nodes import BYTES, unpacked
from oracle.service.status import OPEN, Status

_BUSY_SECONDS = 0.2
# All that is shown of a report, except its lanes: those are hundreds of kilobytes in a large network.
_COLUMNS = ", ".join(ReportAnswer.model_fields)
_PAST = "epoch, block_number, json_extract(point, '$.timestamp_seconds') AS timestamp_seconds"


@dataclass(frozen=True)
class Journal:
    """The journal at one moment. It is never changed."""

    version: int  # grows with each change seen
    in_flight: bool  # whether a report may still be mined
    refusal: str | None  # why the contract refused the report that is due, at the last try
    signing_paused: bool  # whether this operator signs nothing until it is told to resume


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

    def reports(self, before: int, limit: int) -> list[tuple[int, ReportAnswer]]:
        """This operator's own reports below a place of the journal, newest first, each with its place.

        Raises:
            JournalFailed: the journal cannot be read.
        """
        records = self._all(
            f"SELECT id, {_COLUMNS} FROM reports WHERE id < ? ORDER BY id DESC LIMIT ?",  # noqa: S608 - constant
            (before, limit),
        )
        with journal_failures(self._path):
            return [(record["id"], ReportAnswer(**_shown(record))) for record in records]

    def epochs(self, before: int, limit: int) -> list[EpochAnswer]:
        """Epochs that came in force below a number, newest first.

        Raises:
            JournalFailed: the journal cannot be read.
        """
        records = self._all(
            "SELECT answer, (SELECT reason FROM reasons WHERE reasons.epoch = applied.epoch "
            "AND window_hash = json_extract(answer, '$.window_hash')) AS reason "
            "FROM applied WHERE epoch < ? ORDER BY epoch DESC LIMIT ?",
            (before, limit),
        )
        with journal_failures(self._path):
            return [_epoch(record) for record in records]

    def points(self, before: int, limit: int) -> list[Point]:
        """What charts show of them, newest first.

        Raises:
            JournalFailed: the journal cannot be read.
        """
        records = self._all("SELECT point FROM applied WHERE epoch < ? ORDER BY epoch DESC LIMIT ?", (before, limit))
        with journal_failures(self._path):
            return [Point.model_validate_json(record["point"]) for record in records]

    def nodes_after(self, epoch: int, first: int, limit: int) -> tuple[int, list[PastNode]] | None:
        """How many nodes there were after an epoch, and some of them by index; None where they are not kept.

        Raises:
            JournalFailed: the journal cannot be read.
        """
        records = self._all(
            f"SELECT {_PAST}, count, substr(nodes, ? * {BYTES} + 1, ? * {BYTES}) AS found FROM applied "  # noqa: S608 - constants
            "JOIN epoch_nodes USING (epoch) WHERE epoch = ?",
            (first, limit, epoch),
        )
        if not records:
            return None
        with journal_failures(self._path):
            (record,) = records
            return record["count"], list(_past_nodes(record, first))

    def node_after_each(self, node: int, before: int, limit: int) -> list[PastNode]:
        """One node after each epoch below a number, newest first.

        Raises:
            JournalFailed: the journal cannot be read.
        """
        records = self._all(
            f"SELECT {_PAST}, substr(nodes, ? * {BYTES} + 1, {BYTES}) AS found FROM applied "  # noqa: S608 - constants
            "JOIN epoch_nodes USING (epoch) WHERE epoch < ? AND count > ? ORDER BY epoch DESC LIMIT ?",
            (node, before, node, limit),
        )
        with journal_failures(self._path):
            return [past for record in records for past in _past_nodes(record, node)]

    def _all(self, query: str, arguments: tuple[int, ...]) -> list[sqlite3.Row]:
        with journal_failures(self._path):
            return self._database.execute(query, arguments).fetchall()

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
        last = self._database.execute("SELECT epoch, status, reason FROM reports ORDER BY id DESC LIMIT 1").fetchone()
        (in_flight,) = self._database.execute(
            f"SELECT EXISTS (SELECT 1 FROM reports WHERE settled = 0 AND status IN {tuple(map(str, OPEN))})"  # noqa: S608 - constants
        ).fetchone()
        paused = self._database.execute("SELECT paused FROM signing").fetchone()
        refused = last is not None and last["status"] == Status.REFUSED
        return Journal(
            version=self._version,
            in_flight=bool(in_flight),
            signing_paused=bool(paused and paused["paused"]),
            refusal=f"epoch {last['epoch']}: {last['reason']}" if last is not None and refused else None,
        )


def _past_nodes(record: sqlite3.Row, first: int) -> Iterator[PastNode]:
    for node, found in enumerate(unpacked(record["found"]), first):
        yield past_node(record["epoch"], record["block_number"], record["timestamp_seconds"], node, found)


def _epoch(record: sqlite3.Row) -> EpochAnswer:
    answer = EpochAnswer.model_validate_json(record["answer"])
    if record["reason"] is not None:
        answer.reason = Reason.model_validate_json(record["reason"])
    return answer


def _shown(record: sqlite3.Row) -> dict[str, Any]:
    """The fields of an answer that a record holds."""
    times = json.loads(record["milliseconds"])
    return {name: record[name] for name in ReportAnswer.model_fields} | {
        "signers": json.loads(record["signers"]),
        "milliseconds": {name: round(value, 3) for name, value in times.items() if name != "sent_at"},
    }
