"""The daemon: a scheduler that calls the cycle's step, and what is known of its health."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from oracle.errors import CatalystError
from oracle.log_lines import lines_of_a_step
from oracle.service.cycle import Cycle, Step
from oracle.service.gauges import Gauges
from oracle.service.metrics import Metrics

log = logging.getLogger(__name__)
# The scheduler's own log warns at each poll during a running step; steps are longer than polls, so that is normal.
_schedule_log = logging.getLogger(f"{__name__}.schedule")
_schedule_log.setLevel(logging.ERROR)
_LATE_SECONDS = 1.0


class _Polls(BaseTrigger):  # type: ignore[misc] # apscheduler has no types
    """The next poll counts from now: an interval would list each that a clock set ahead by years has passed over."""

    def __init__(self, seconds: float) -> None:
        self._every = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return now if previous_fire_time is None else now + self._every


class Daemon:
    """Runs the cycle's steps, one at a time, on a schedule or when told."""

    def __init__(self, cycle: Cycle) -> None:
        self.cycle = cycle
        self.metrics = Metrics()
        self.metrics.add(Gauges(self))
        if cycle.chain.endpoints is not None:
            cycle.chain.endpoints.observe = self.metrics.observe_request
        self.last_error: str | None = None  # of the latest step; None if it succeeded
        self.last_step_at = time.monotonic()  # when the latest step ended, well or not
        self._stepping = threading.Lock()
        self._over = threading.Event()
        self._scheduler = BackgroundScheduler(timezone="UTC", logger=_schedule_log)

    def step(self) -> Step:
        """One step of the cycle, counted; errors are remembered for `/health` and raised.

        Raises:
            CatalystError: see `Cycle.step`.
        """
        with self._stepping:
            began = time.monotonic()
            try:
                step = self.cycle.step()
            except CatalystError as error:
                self.last_error = str(error)
                self.metrics.observe_failure(error)
                raise
            finally:
                self.last_step_at = time.monotonic()
                self.metrics.observe_time(self.last_step_at - began)
            self.last_error = None
            self.metrics.observe(step)
            if self.cycle.stages is not None:
                self.metrics.observe_stages(*self.cycle.stages)
            return step

    def start(self, on_crash: Callable[[BaseException], None]) -> None:
        """Begin to step every `poll_seconds`; the cycle decides whether a report is due.

        Args:
            on_crash: Called with any error that is not this project's own: a defect, after which to stop.
        """

        def crashed(event: JobExecutionEvent) -> None:
            on_crash(event.exception)

        self._scheduler.add_listener(crashed, EVENT_JOB_ERROR)
        job = self._scheduler.add_job(
            self._scheduled_step,
            _Polls(self.cycle.settings.poll_seconds),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,  # a late step does no harm: it looks at what is due now
        )
        self._scheduler.start()
        threading.Thread(target=self._keep_going, args=(job,), name="clock watch", daemon=True).start()

    def _keep_going(self, job: Job) -> None:
        """Call for a step where none came in time: the scheduler waits by the wall clock, which may be set back."""
        poll_seconds = self.cycle.settings.poll_seconds
        while not self._over.wait(poll_seconds):
            late = time.monotonic() - self.last_step_at > 2 * poll_seconds + _LATE_SECONDS
            if late and not self._stepping.locked():
                with suppress(JobLookupError):  # the schedule has ended meanwhile
                    job.modify(next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """End the schedule and wait for a step under way."""
        self._over.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _scheduled_step(self) -> None:
        before = self.last_error
        with lines_of_a_step():
            try:
                self.step()
            except CatalystError as error:
                # A node often fails for many steps: log it once, count it each time, show it in /health.
                if str(error) != before:
                    log.warning("step failed: %s", error)
            except Exception:
                log.exception("step crashed")
                raise
