"""The daemon: a scheduler that calls the cycle's step, and what is known of its health."""

import logging
import threading
from collections.abc import Callable

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from oracle.errors import CatalystError
from oracle.service.cycle import Cycle, Step
from oracle.service.metrics import Metrics

log = logging.getLogger(__name__)
# The scheduler's own log warns at each poll during a running step; steps are longer than polls, so that is normal.
_schedule_log = logging.getLogger(f"{__name__}.schedule")
_schedule_log.setLevel(logging.ERROR)


class Daemon:
    """Runs the cycle's steps, one at a time, on a schedule or when told."""

    def __init__(self, cycle: Cycle) -> None:
        self.cycle = cycle
        self.metrics = Metrics()
        self.last_error: str | None = None  # of the latest step; None if it succeeded
        self._stepping = threading.Lock()
        self._scheduler = BackgroundScheduler(timezone="UTC", logger=_schedule_log)

    def step(self) -> Step:
        """One step of the cycle, counted; errors are remembered for `/health` and raised.

        Raises:
            CatalystError: see `Cycle.step`.
        """
        with self._stepping:
            try:
                step = self.cycle.step()
            except CatalystError as error:
                self.last_error = str(error)
                self.metrics.observe_failure(error)
                raise
            self.last_error = None
            self.metrics.observe(step)
            return step

    def start(self, on_crash: Callable[[BaseException], None]) -> None:
        """Begin to step every `poll_seconds`; the cycle decides whether a report is due.

        Args:
            on_crash: Called with any error that is not this project's own: a defect, after which to stop.
        """

        def crashed(event: JobExecutionEvent) -> None:
            log.error("step crashed: %s", event.traceback)
            on_crash(event.exception)

        self._scheduler.add_listener(crashed, EVENT_JOB_ERROR)
        self._scheduler.add_job(
            self._scheduled_step,
            "interval",
            seconds=self.cycle.settings.poll_seconds,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,  # a late step does no harm: it looks at what is due now
        )
        self._scheduler.start()

    def stop(self) -> None:
        """End the schedule and wait for a step under way."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _scheduled_step(self) -> None:
        before = self.last_error
        try:
            self.step()
        except CatalystError as error:
            # A node often fails for many steps: log it once, count it each time, show it in /health.
            if str(error) != before:
                log.warning("step failed: %s", error)
