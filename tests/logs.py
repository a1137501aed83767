"""Tests that set up logging, as a command does, and leave it as it was."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

ROOMS = ("oracle", "deploy")


@contextmanager
def logging_as_before() -> Iterator[None]:
    """What is set up within is undone, so that the tests that follow see what is logged."""
    root = logging.getLogger()
    handlers, level, rooms, hook = (
        root.handlers[:],
        root.level,
        [logging.getLogger(room).level for room in ROOMS],
        sys.excepthook,
    )
    try:
        yield
    finally:
        root.handlers[:], root.level, sys.excepthook = handlers, level, hook
        logging.captureWarnings(False)
        for room, before in zip(ROOMS, rooms, strict=True):
            logging.getLogger(room).setLevel(before)
