"""What one process counts for Prometheus."""

from oracle.errors import ConnectionFailed
from oracle.service.cycle import Step
from oracle.service.metrics import Metrics
from oracle.service.status import Status
from tests.service.rows import sent_row


def _values(metrics: Metrics) -> dict[str, float]:
    lines = [line for line in metrics.text().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines) if "_created" not in name}


def test_an_applied_report_gives_its_gas_its_fees_and_the_time_until_it_was_mined() -> None:
    metrics = Metrics()
    row = sent_row(id=1, gas_used=300_000, paid_wei=7 * 300_000, milliseconds={"encode": 250.0, "submit": 2000.0})
    metrics.observe(Step(Status.APPLIED, row))
    values = _values(metrics)
    assert values['catalyst_reports_total{outcome="applied"}'] == 1
    assert values["catalyst_report_gas"] == 300_000
    assert values["catalyst_fees_paid_wei_total"] == 7 * 300_000
    assert values['catalyst_stage_seconds_sum{stage="submit"}'] == 2
    assert 'catalyst_stage_seconds_sum{stage="encode"}' not in values  # counted when it was derived


def test_the_stages_of_a_report_count_once_whoever_sends_it() -> None:
    metrics = Metrics()
    for _ in range(3):  # steps, at the same report
        metrics.observe_stages(b"one", {"encode": 250.0, "sign": 2.0})
    values = _values(metrics)
    assert values['catalyst_stage_seconds_sum{stage="encode"}'] == 0.25
    assert values['catalyst_stage_seconds_count{stage="encode"}'] == 1
    assert values['catalyst_stage_seconds_sum{stage="sign"}'] == 0.002
    bounds = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
    metrics.observe_stages(b"another", {"encode": 250.0})
    assert _values(metrics)['catalyst_stage_seconds_count{stage="encode"}'] == 2
    counted = [values[f'catalyst_stage_seconds_bucket{{le="{bound}",stage="sign"}}'] for bound in bounds]
    assert counted == [0.0] + [1.0] * 10


def test_a_report_whose_gas_is_not_known_counts_none() -> None:
    metrics = Metrics()
    metrics.observe(Step(Status.APPLIED, sent_row(id=1, gas_used=9)))
    metrics.observe(Step(Status.APPLIED, sent_row(id=2, gas_used=None)))
    assert _values(metrics)["catalyst_report_gas"] == 0


def test_each_end_of_a_report_counts_once_however_often_it_comes_back() -> None:
    metrics = Metrics()
    for outcome in (Status.APPLIED, Status.REORGED, Status.APPLIED, Status.REORGED, Status.SUPERSEDED):
        metrics.observe(Step(outcome, sent_row(id=1)))
    metrics.observe(Step(Status.APPLIED, sent_row(id=2)))
    values = _values(metrics)
    assert values['catalyst_reports_total{outcome="applied"}'] == 2
    assert values['catalyst_reports_total{outcome="reorged"}'] == 2
    assert values['catalyst_reports_total{outcome="superseded"}'] == 1


def test_what_was_counted_is_remembered_for_the_last_thousand_reports() -> None:
    metrics = Metrics()
    for number in range(2500):
        metrics.observe(Step(Status.APPLIED, sent_row(id=number)))
    for number in range(2499, 1500, -1):
        metrics.observe(Step(Status.APPLIED, sent_row(id=number)))
    assert 'catalyst_reports_total{outcome="applied"} 2500.0' in metrics.text().decode()
    assert len(metrics._counted) == 1000


def test_every_outcome_counts_as_itself() -> None:
    metrics = Metrics()
    for outcome in (Status.SENT, Status.SUPERSEDED, Status.REVERTED, Status.EXPIRED, Status.UNSENT, Status.REFUSED):
        metrics.observe(Step(outcome, sent_row(id=1, gas_used=7)))
        assert _values(metrics)[f'catalyst_reports_total{{outcome="{outcome}"}}'] == 1
    assert _values(metrics)["catalyst_report_gas"] == 0  # that of applied ones


def test_a_step_that_waits_counts_nothing() -> None:
    metrics = Metrics()
    metrics.observe(Step("waiting", sent_row(id=1)))
    metrics.observe(Step(Status.SENT))
    counted = {name: value for name, value in _values(metrics).items() if name.startswith("catalyst_reports_total")}
    assert len(counted) == len(Status)  # each is there from the start on, so that the first one is an increase
    assert set(counted.values()) == {0}


def test_failures_count_by_their_kind() -> None:
    metrics = Metrics()
    metrics.observe_failure(ConnectionFailed("away"))
    metrics.observe_failure(ConnectionFailed("away again"))
    assert _values(metrics)['catalyst_step_failures_total{error="ConnectionFailed"}'] == 2
    assert _values(metrics)['catalyst_step_failures_total{error="JournalFailed"}'] == 0


def test_requests_count_by_node_and_by_who_asked() -> None:
    metrics = Metrics()
    metrics.observe_request("http://node", "oracle", 0.25)
    metrics.observe_request("http://node", "readers", 0.5)
    metrics.observe_request("http://node", "oracle", 0.5)
    values = _values(metrics)
    assert values['catalyst_rpc_seconds_sum{asker="oracle",endpoint="http://node"}'] == 0.75
    assert values['catalyst_rpc_seconds_count{asker="readers",endpoint="http://node"}'] == 1
