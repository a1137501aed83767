"""The schedule that steps run on."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import time_machine

from oracle.service.cycle import Cycle, Step
from oracle.service.daemon import Daemon, _Polls

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
        assert cycle.three_done.wait(timeout=120)
        daemon.stop()
    assert cycle.most_running == 1
    assert crashes == []
    assert [record.getMessage() for record in caplog.records] == []


class _QuickCycle(_SlowCycle):
    """A cycle whose steps take no time; a test waits for those to come."""

    def step(self) -> Step:
        self.steps += 1
        return Step("waiting")

    def await_steps(self, more: int) -> None:
        wanted, over = self.steps + more, threading.Event()
        for _ in range(3000):
            if self.steps >= wanted:
                return
            over.wait(_POLL_SECONDS)
        raise AssertionError(f"{self.steps} steps, and {wanted} were expected")


@pytest.mark.parametrize("seconds", [-86_400, -600, 600, 86_400])
def test_steps_go_on_when_the_wall_clock_is_set(seconds: int) -> None:
    cycle = _QuickCycle()
    daemon = Daemon(cast(Cycle, cycle))
    crashes: list[Any] = []
    daemon.start(on_crash=crashes.append)
    cycle.await_steps(3)
    with time_machine.travel(time.time() + seconds, tick=True):
        cycle.await_steps(10)
    cycle.await_steps(10)  # and when it is set right again
    daemon.stop()
    assert crashes == []


def test_a_clock_that_was_set_ahead_leaves_no_polls_to_make_up_for() -> None:
    polls = _Polls(0.5)
    before = datetime(2026, 1, 1, tzinfo=UTC)
    years_later = before.replace(year=2030)
    assert polls.get_next_fire_time(None, before) == before
    assert polls.get_next_fire_time(before, years_later) == years_later + timedelta(seconds=0.5)
