"""Warnings that come often are written seldom, and counted."""

import logging

from oracle.service.seldom import Seldom


def _record(words: str = "no request", level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("x", level, "", 0, words, None, None)


def test_a_warning_that_comes_often_says_how_often() -> None:
    times = iter([1_000.0, 1_001.0, 1_059.9, 1_060.0, 1_120.0])
    seldom = Seldom(lambda: next(times))
    records = [_record() for _ in range(5)]
    assert [seldom.filter(record) for record in records] == [True, False, False, True, True]
    assert [records[at].getMessage() for at in (0, 3, 4)] == [
        "no request",
        "no request (2 more like it since this was last said)",
        "no request",
    ]


def test_other_words_and_errors_are_written_at_once() -> None:
    seldom = Seldom(lambda: 0.0)
    assert [seldom.filter(_record(words)) for words in ("no request", "no request", "another")] == [True, False, True]
    assert all(seldom.filter(_record(level=logging.ERROR)) for _ in range(2))
