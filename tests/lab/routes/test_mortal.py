"""Ends of processes at a write of their journal: what is on disk then, and what is not."""

from pathlib import Path

import pytest

from oracle.crossing.journal import Journal
from oracle.lab.routes.mortal import NEVER, End, Ended, MortalJournal

_ACCOUNT = "0x" + "1" * 40


def _written(path: Path, end: End) -> tuple[int, list[str]]:
    """How many of three writes were begun, and which of them another process finds."""
    journal = MortalJournal(path, _ACCOUNT, end)
    begun = 0
    try:
        for name in ("first", "second", "third"):
            begun += 1
            journal.put("entry", name, {})
    except Ended:
        pass
    finally:
        journal.close()
    after = Journal(path, _ACCOUNT)
    try:
        return begun, list(after.all("entry"))
    finally:
        after.close()


@pytest.mark.parametrize(
    ("end", "begun", "found"),
    [
        (End(1, is_written=False), 2, ["first"]),
        (End(1, is_written=True), 2, ["first", "second"]),
        (NEVER, 3, ["first", "second", "third"]),
    ],
)
def test_a_process_ends_before_or_after_a_write(tmp_path: Path, end: End, begun: int, found: list[str]) -> None:
    assert _written(tmp_path / "journal.db", end) == (begun, found)
