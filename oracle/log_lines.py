"""Lines of the log: as text or as JSON, and what report they are about.

Within a step of the oracle every line carries the epoch and the reference block of the report that it is about, once
the step knows them. The step says so here; whoever logs need not.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, get_args

Form = Literal["text", "json"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True)
class _Subject:
    """The report that a step is about, as far as the step knows."""

    epoch: int | None = None
    reference_block: int | None = None

    @property
    def words(self) -> str:
        """It in front of a line of text."""
        block = "" if self.reference_block is None else f", R {self.reference_block}"
        return "" if self.epoch is None else f"epoch {self.epoch}{block}: "


_subject: ContextVar[_Subject | None] = ContextVar("subject", default=None)  # None outside of steps


@contextmanager
def lines_of_a_step() -> Iterator[None]:
    """Lines within carry what `concerns` says, until the outermost of these ends."""
    if _subject.get() is not None:
        yield
        return
    token = _subject.set(_Subject())
    try:
        yield
    finally:
        _subject.reset(token)


def concerns(epoch: int, reference_block: int | None) -> None:
    """The step under way is about this report from now on; says nothing outside of a step.

    Args:
        epoch: The report's.
        reference_block: The settled block at which its inputs are read; None where that is not known yet.
    """
    if _subject.get() is not None:
        _subject.set(_Subject(epoch, reference_block))


class _Text(logging.Formatter):
    """A line as people read it."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(subject)s%(message)s")
        self._clean = clean

    def format(self, record: logging.LogRecord) -> str:
        record.subject = (_subject.get() or _Subject()).words
        return self._clean(super().format(record))  # as a whole, so that arguments and tracebacks are covered too


class _Json(logging.Formatter):
    """One JSON object a line: time, level, logger, message; of a step its subject; the exception where there is one."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        super().__init__()
        self._clean = clean

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, str | int | None] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._clean(record.getMessage()),
        }
        subject = _subject.get()
        if subject is not None:
            line |= {"epoch": subject.epoch, "reference_block": subject.reference_block}
        if record.exc_info and record.exc_info[0] is not None:
            # Cleaned ahead of JSON's quoting, in which a URL would end elsewhere.
            line["exception"] = self._clean(self.formatException(record.exc_info))
        return json.dumps(line)


def send_logs(level: int, form: Form, clean: Callable[[str], str]) -> None:
    """Send this project's logs from `level` on to standard error, and libraries' warnings.

    Args:
        level: The least that is said.
        form: Of the lines.
        clean: Takes out of a text what must not be shown.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_Json(clean) if form == "json" else _Text(clean))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for room in ("oracle", "deploy"):
        logging.getLogger(room).setLevel(level)
    logging.captureWarnings(form == "json")
    sys.excepthook = _logged if form == "json" else sys.__excepthook__


def is_json() -> bool:
    """Whether lines are JSON now."""
    return any(isinstance(handler.formatter, _Json) for handler in logging.getLogger().handlers)


def _logged(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    logging.getLogger("oracle").critical("a defect ended the command", exc_info=(kind, error, traceback))
