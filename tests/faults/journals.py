"""Harm to a journal, and what its operator is to do then."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.faults.process import OperatorProcess, change

Go = Callable[[], None]  # lets the committee go on for some blocks


def _recovered(operator: OperatorProcess) -> None:
    """It must refuse to sign with what is there, and go on after a recovery."""
    answer = operator.step()
    if answer.outcome != "died" or "catalyst journal recover" not in answer.says:
        raise AssertionError(f"an operator took a harmed journal: {answer}")
    operator.tell(do="recover")
    answer = operator.answer()
    if answer.outcome != "ok":
        raise AssertionError(f"a harmed journal was not recovered: {answer}")


def _truncate(operator: OperatorProcess, go: Go, drawn: random.Random) -> None:
    operator.end()
    _checkpoint(operator.setup.journal)
    size = operator.setup.journal.stat().st_size
    with operator.setup.journal.open("r+b") as file:
        file.truncate(drawn.randint(200, size - 4096))
    _recovered(operator)
    go()


def _flip(operator: OperatorProcess, go: Go, drawn: random.Random) -> None:
    """Flip bytes of the pages that hold the tables' roots, where SQLite keeps its own structure."""
    operator.end()
    _checkpoint(operator.setup.journal)
    with operator.setup.journal.open("r+b") as file:
        for page in range(1, 6):
            file.seek(4096 * page + drawn.randint(0, 7))
            file.write(bytes([drawn.randint(100, 255)]))
    _recovered(operator)
    go()


def _remove(operator: OperatorProcess, go: Go, _: random.Random) -> None:
    operator.end()
    for suffix in ("", "-wal", "-shm"):
        operator.setup.journal.with_name(operator.setup.journal.name + suffix).unlink(missing_ok=True)
    _recovered(operator)
    go()


def _lock(operator: OperatorProcess, go: Go, _: random.Random) -> None:
    """Another program holds the database for two blocks; steps that write fail meanwhile, and no process ends."""
    starts = operator.starts
    with closing(sqlite3.connect(operator.setup.journal, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        go()
        other.execute("ROLLBACK")
    go()
    if operator.starts != starts:
        raise AssertionError("an operator whose journal was locked ended")


def _read_only(operator: OperatorProcess, go: Go, _: random.Random) -> None:
    """The folder and the file may not be written to, until their rights are put right."""
    operator.end()
    folder, files = operator.setup.folder, list(operator.setup.folder.glob("oracle.sqlite*"))
    for path in files:
        path.chmod(0o444)
    folder.chmod(0o555)
    answer = operator.step()
    if answer.outcome == "ok":
        raise AssertionError("an operator went on with a journal that it cannot write")
    go()
    folder.chmod(0o777)
    for path in files:
        path.chmod(0o666)
    go()


def _fill(operator: OperatorProcess, go: Go, _: random.Random) -> None:
    """No file may grow, until there is room again."""
    operator.end()
    change(operator, most_file_bytes=operator.setup.journal.stat().st_size)
    go()
    operator.end()
    change(operator, most_file_bytes=None)
    go()


def _checkpoint(path: Path) -> None:
    """Bring all into the file itself, as a daemon's clean end does."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


HARMS: dict[str, Callable[[OperatorProcess, Go, random.Random], None]] = {
    "truncated": _truncate,
    "flipped": _flip,
    "removed": _remove,
    "locked": _lock,
    "read-only": _read_only,
    "disk full": _fill,
}
