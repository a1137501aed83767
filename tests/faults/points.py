"""Numbered points of a process at which it may be killed: around each request to a node and each write of the journal.

Between two points nothing leaves the process and nothing reaches its disk, so that a kill at each of them is a kill at
each moment that matters.
"""

import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

from oracle.chain.endpoints import Endpoint

_WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE", "COMMIT")


class Points:
    """Counts the points of this process, and ends it at one."""

    def __init__(self, log: Path) -> None:
        """`log`: file to which the name of the point is appended ahead of the kill."""
        self._log = log
        self._passed = 0
        self.kill_at: int | None = None  # counted from `restart` on

    def restart(self, kill_at: int | None) -> None:
        """Count from 1 again, to the point at which the process is killed; None: at none."""
        self._passed, self.kill_at = 0, kill_at

    def passed(self, name: str) -> None:
        """Count a point; does not return from the one at which the process is to be killed."""
        self._passed += 1
        if self._passed == self.kill_at:
            append_line(self._log, name)
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Number the requests and writes of this process from now on."""
        post, connect = Endpoint.post, sqlite3.connect

        def posted(endpoint: Endpoint, body: bytes, wait_seconds: float) -> Any:
            method = _method(body)
            self.passed(f"before {method}")
            answer = post(endpoint, body, wait_seconds)
            self.passed(f"after {method}")
            return answer

        def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:
            database: sqlite3.Connection = connect(*arguments, **options)
            database.set_trace_callback(self._wrote)
            return database

        Endpoint.post = posted  # type: ignore[method-assign,assignment]
        sqlite3.connect = connected  # type: ignore[assignment]

    def _wrote(self, statement: str) -> None:
        word = statement.split(maxsplit=1)[0].upper()
        if word in _WRITES:
            self.passed(f"before {word}")


def append_line(path: Path, line: str) -> None:
    """Append a line in one write, so that a kill leaves it whole or not there."""
    descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o666)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def _method(body: bytes) -> str:
    """The method of a request as the client writes it; `batch` of several."""
    if body[:1] == b"[":
        return "batch"
    return body.partition(b'"method":')[2].partition(b'"')[2].partition(b'"')[0].decode()
