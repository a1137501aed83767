"""What one oracle process counts for Prometheus."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.registry import Collector

from oracle.chain.endpoints import Asker
from oracle.errors import CatalystError
from oracle.service.cycle import Step
from oracle.service.status import ENDS, Status

_REQUEST_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)
_STAGE_SECONDS = (*_REQUEST_SECONDS, 30, 100)
_STEP_SECONDS = _STAGE_SECONDS[2:]
# Outcomes that are remembered: no reorganisation brings one back that is older.
_COUNTED = 1000


class Metrics:
    """Counters and histograms in a registry of their own, so that several services can live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._counted: dict[tuple[int | None, str], None] = {}  # ids of rows, with outcomes that were counted, by age
        self._staged: bytes | None = None  # digest of the last report whose stages were counted
        self._reports = Counter("catalyst_reports_total", "Reports by their end", ["outcome"], registry=self._registry)
        self._failures = Counter(
            "catalyst_step_failures_total", "Steps that failed, by error", ["error"], registry=self._registry
        )
        self._stage_seconds = Histogram(
            "catalyst_stage_seconds",
            "Time of each stage of a report",
            ["stage"],
            buckets=_STAGE_SECONDS,
            registry=self._registry,
        )
        self._report_gas = Gauge("catalyst_report_gas", "Gas of our last report applied", registry=self._registry)
        self._fees_wei = Counter("catalyst_fees_paid_wei_total", "Paid for the gas of reports", registry=self._registry)
        self._step_seconds = Histogram(
            "catalyst_step_seconds", "Time of a step", buckets=_STEP_SECONDS, registry=self._registry
        )
        self._rpc_seconds = Histogram(
            "catalyst_rpc_seconds",
            "Time of a request to a node, by who asked, answered or not",
            ["endpoint", "asker"],
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        # From the start on, so that the first of a kind is an increase.
        for outcome in Status:
            self._reports.labels(outcome)
        for error in _kinds(CatalystError):
            self._failures.labels(error.__name__)

    def add(self, collector: Collector) -> None:
        """Have `text` show what a collector collects too."""
        self._registry.register(collector)

    def observe(self, step: Step) -> None:
        """Count what a step did: each report's outcome once, even if it comes again after a reorganisation."""
        if step.outcome == "waiting" or step.row is None:
            return
        if step.outcome in ENDS:
            if (step.row.id, step.outcome) in self._counted:
                return
            self._counted[step.row.id, step.outcome] = None
            if len(self._counted) > _COUNTED:
                del self._counted[next(iter(self._counted))]
        self._reports.labels(step.outcome).inc()
        if step.outcome in (Status.APPLIED, Status.REVERTED):
            self._fees_wei.inc(step.row.paid_wei or 0)
        if step.outcome == Status.APPLIED:
            self._report_gas.set(step.row.gas_used or 0)
            if "submit" in step.row.milliseconds:
                self._stage_seconds.labels("submit").observe(step.row.milliseconds["submit"] / 1e3)

    def observe_stages(self, digest: bytes, milliseconds: Mapping[str, float]) -> None:
        """Count how long the stages of a report took that was derived here, whoever sends it: once for each digest."""
        if digest == self._staged:
            return
        self._staged = digest
        for stage, took in milliseconds.items():
            self._stage_seconds.labels(stage).observe(took / 1e3)

    def observe_time(self, seconds: float) -> None:
        """Count how long a step took."""
        self._step_seconds.observe(seconds)

    def observe_request(self, endpoint: str, asker: Asker, seconds: float) -> None:
        """Count how long a request to a node took."""
        self._rpc_seconds.labels(endpoint, asker).observe(seconds)

    def observe_failure(self, error: Exception) -> None:
        """Count a step that failed."""
        self._failures.labels(type(error).__name__).inc()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)


def _kinds(error: type[Exception]) -> Iterator[type[Exception]]:
    yield error
    for kind in error.__subclasses__():
        yield from _kinds(kind)
