"""Keeps what clients do wrong from filling the log: each warning once a minute, with the number of those between."""

import logging
import time
from collections import Counter
from collections.abc import Callable

_SECONDS = 60.0


class Seldom(logging.Filter):
    """Of warnings in equal words, those that come within a minute of one that was let through are only counted.

    Everything above a warning passes.
    """

    def __init__(self, clock_seconds: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock_seconds = clock_seconds
        self._let_through: dict[str, float] = {}
        self._since: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written; one that is says how many like it were not."""
        if record.levelno > logging.WARNING:
            return True
        words, now_seconds = str(record.msg), self._clock_seconds()
        last = self._let_through.get(words)
        if last is not None and now_seconds - last < _SECONDS:
            self._since[words] += 1
            return False
        self._let_through[words] = now_seconds
        more, self._since[words] = self._since[words], 0
        if more:
            record.msg = f"{words} ({more:,} more like it since this was last said)"
        return True
