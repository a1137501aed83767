"""Prometheus metrics of one oracle process."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

from oracle.service.cycle import Step
from oracle.service.status import ENDS, Status


class Metrics:
    """Counters and gauges in a registry of their own, so that several services can live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._counted: set[tuple[int | None, str]] = set()  # ids of rows, with the outcomes that were counted
        self._reports = Counter("catalyst_reports_total", "Reports by their end", ["outcome"], registry=self._registry)
        self._failures = Counter(
            "catalyst_step_failures_total", "Steps that failed, by error", ["error"], registry=self._registry
        )
        self._stage_seconds = Histogram(
            "catalyst_stage_seconds",
            "Time of each stage of an applied report",
            ["stage"],
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
            registry=self._registry,
        )
        self._epoch = Gauge("catalyst_epoch", "Epoch of the last report seen applied", registry=self._registry)
        self._report_gas = Gauge("catalyst_report_gas", "Gas of the last report applied", registry=self._registry)
        self._fees_wei = Counter("catalyst_fees_paid_wei", "Paid for the gas of reports", registry=self._registry)
        self._last_report = Gauge(
            "catalyst_last_report_timestamp_seconds", "When a report was last seen applied", registry=self._registry
        )
        self._step_seconds = Histogram(
            "catalyst_step_seconds",
            "Time of a step",
            buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
            registry=self._registry,
        )
        self._rpc_seconds = Histogram(
            "catalyst_rpc_seconds",
            "Time of a request to a node",
            ["endpoint"],
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
            registry=self._registry,
        )

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
            self._counted.add((step.row.id, step.outcome))
        self._reports.labels(step.outcome).inc()
        if step.outcome in (Status.APPLIED, Status.REVERTED):
            self._fees_wei.inc(step.row.paid_wei or 0)
        if step.outcome == Status.APPLIED:
            self._epoch.set(step.row.epoch)
            self._report_gas.set(step.row.gas_used or 0)
            self._last_report.set_to_current_time()
            for stage, milliseconds in step.row.milliseconds.items():
                self._stage_seconds.labels(stage).observe(milliseconds / 1e3)

    def observe_time(self, seconds: float) -> None:
        """Count how long a step took."""
        self._step_seconds.observe(seconds)

    def observe_request(self, endpoint: str, seconds: float) -> None:
        """Count how long a request to a node took."""
        self._rpc_seconds.labels(endpoint).observe(seconds)

    def observe_failure(self, error: Exception) -> None:
        """Count a step that failed."""
        self._failures.labels(type(error).__name__).inc()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)
