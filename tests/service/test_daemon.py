"""The schedule that steps run on."""

import logging
import threading
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from oracle.service.cycle import Cycle, Step
from oracle.service.daemon import Daemon

_POLL_SECONDS = 0.01


class _SlowCycle:
    """A cycle whose every step outlasts many polls."""

    settings = SimpleNamespace(poll_seconds=_POLL_SECONDS)
    chain = SimpleNamespace(endpoints=None)
    stages = None

    def __init__(self) -> None:
        self.running = 0
        self.most_running = 0
        self.steps = 0
        self.three_done = threading.Event()

    def step(self) -> Step:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        time.sleep(20 * _POLL_SECONDS)
        self.running -= 1
        self.steps += 1
        if self.steps == 3:
            self.three_done.set()
        return Step("waiting")


def test_steps_that_outlast_the_poll_interval_run_one_by_one_and_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    cycle = _SlowCycle()
    daemon = Daemon(cast(Cycle, cycle))
    crashes: list[Any] = []
    with caplog.at_level(logging.WARNING):
        daemon.start(on_crash=crashes.append)
        assert cycle.three_done.wait(timeout=30)
        daemon.stop()
    assert cycle.most_running == 1
    assert crashes == []
    assert [record.getMessage() for record in caplog.records] == []
