"""What keys did or were refused: JSON lines to which entries are added, each with the hash of the one before.

Whoever changes or removes a line breaks the chain from there on. Whoever removes the last lines is found out by whoever
holds a later entry: an answer to a write carries the number of its entry.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from oracle.client.answers import AuditEntry
from oracle.errors import CatalystError, InputError, SettingsError
from oracle.service.api_keys import now_text

FIRST = "0x" + "00" * 32  # what stands before the first entry
_MOST_LINE = 4_096


class AuditFailed(CatalystError):
    """The log cannot be written or read now, so nothing is done."""


class AuditBroken(InputError):
    """The log is not as it was written; names the line."""


class AuditLog:
    """An open log, for one process at a time; several threads may use it."""

    def __init__(self, path: Path) -> None:
        """Open or make, and check it; half a last line, of a write that was cut off, is removed.

        Raises:
            SettingsError: the file cannot be used.
            AuditBroken: it is not as it was written.
        """
        self.path, self._lock = path, threading.Lock()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise SettingsError(f"audit log {path} cannot be used: {error.strerror}; see who owns it") from error
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._file, whole)
        self._number, self._before = 0, FIRST
        for entry in check_lines(content[:whole].splitlines()):
            self._number, self._before = entry.number, entry.hash

    def add(self, *, key: str, action: str, client: str, outcome: str) -> AuditEntry:
        """Add what happens; it is on disk on return.

        Raises:
            AuditFailed: it cannot be written.
        """
        with self._lock:
            fields = {
                "number": self._number + 1,
                "time": now_text(),
                **{"key": key, "action": action, "client": client, "outcome": outcome},
                "before": self._before,
            }
            entry = AuditEntry.model_validate({**fields, "hash": _hash(fields)})
            line = (json.dumps(entry.model_dump(), separators=(",", ":")) + "\n").encode()
            end = os.fstat(self._file).st_size
            try:
                if os.write(self._file, line) != len(line):
                    raise OSError(0, "the disk took a part of the line")
                os.fsync(self._file)
            except OSError as error:
                os.ftruncate(self._file, end)
                raise AuditFailed(f"audit log {self.path} cannot be written: {error.strerror}; make room") from error
            self._number, self._before = entry.number, entry.hash
        return entry

    def entries(self, after: int, limit: int) -> list[AuditEntry]:
        """Entries after a number, in order.

        Raises:
            AuditFailed: the file cannot be read.
        """
        found: list[AuditEntry] = []
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if number > after and len(found) < limit and line.endswith(b"\n"):
                        found.append(AuditEntry.model_validate_json(line))
        except (OSError, ValidationError) as error:
            raise AuditFailed(f"audit log {self.path} cannot be read; check it by `catalyst api-key log`") from error
        return found

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def check_lines(lines: Iterable[bytes]) -> Iterator[AuditEntry]:
    """Entries of a log, as long as they are one whole chain.

    Raises:
        AuditBroken: a line is not what was written there.
    """
    before = FIRST
    for number, line in enumerate(lines, start=1):
        try:
            entry = AuditEntry.model_validate_json(line[:_MOST_LINE])
        except ValidationError as error:
            raise AuditBroken(f"line {number} of the audit log is no entry; restore the log from a copy") from error
        fields = entry.model_dump(exclude={"hash"})
        if (entry.number, entry.before, entry.hash) != (number, before, _hash(fields)):
            raise AuditBroken(f"line {number} of the audit log was changed, or one before it; restore it from a copy")
        before = entry.hash
        yield entry


def _hash(fields: dict[str, object]) -> str:
    return "0x" + hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
