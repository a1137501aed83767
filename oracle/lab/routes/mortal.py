"""A journal whose process ends at a chosen write, as by kill -9: nothing runs after it, and what is on disk stays.

What a process does to the outside lies between two writes of its journal: a transaction is written down, then sent. So
the ends before and after each write are all that make a difference.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oracle.crossing.journal import Journal, Posted


class Ended(BaseException):
    """The process is no more. No handler of errors may catch it."""


@dataclass(frozen=True)
class End:
    """Which write, from 0, and whether it still reaches the disk."""

    write: int
    is_written: bool


NEVER = End(-1, is_written=True)


class MortalJournal(Journal):
    """A journal that counts its writes, and ends its process at one of them."""

    def __init__(self, path: Path, account: str, end: End) -> None:
        super().__init__(path, account)
        self.writes, self._end = 0, end

    def put(self, kind: str, entry_id: str, content: dict[str, Any]) -> None:
        """As of Journal, up to the end."""
        self._before()
        super().put(kind, entry_id, content)
        self._after()

    def post(self, posted: Posted) -> None:
        """As of Journal, up to the end."""
        self._before()
        super().post(posted)
        self._after()

    def _before(self) -> None:
        self.writes += 1
        if self.writes - 1 == self._end.write and not self._end.is_written:
            raise Ended

    def _after(self) -> None:
        if self.writes - 1 == self._end.write:
            raise Ended
