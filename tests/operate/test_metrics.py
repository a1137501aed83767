"""What a real daemon exports: as Prometheus' own linter wants it, with nothing missing and no series without bound."""

import re
import subprocess
from collections import Counter

import pytest

from tests.operate.conftest import samples

# Labels, and whether an operator's own settings bound how many values they have; the others have fixed lists.
LABELS = {
    *("le", "outcome", "error", "stage", "of", "state", "kind", "asker"),
    *("version", "python", "chain_id"),
    *("endpoint", "peer", "account"),  # as many as --rpc, --peer and keys that pay
}
EXPECTED = {
    "catalyst_build_info",
    "catalyst_account_balance_wei",
    "catalyst_reports_left",
    "catalyst_block_number",
    "catalyst_head_age_seconds",
    "catalyst_head_age_limit_seconds",
    "catalyst_last_step_timestamp_seconds",
    "catalyst_last_report_timestamp_seconds",
    "catalyst_report_age_seconds",
    "catalyst_report_stale",
    "catalyst_epoch",
    "catalyst_epoch_seconds",
    "catalyst_paused",
    "catalyst_reports_total",
    "catalyst_report_gas",
    "catalyst_fees_paid_wei_total",
    "catalyst_signatures",
    "catalyst_peer_up",
    "catalyst_peer_agrees",
    "catalyst_peer_disagreements_total",
    "catalyst_phi",
    "catalyst_theta",
    "catalyst_step_seconds_bucket",
    "catalyst_step_failures_total",
    "catalyst_stage_seconds_bucket",
    "catalyst_rpc_seconds_bucket",
    "catalyst_rpc_up",
    "catalyst_rpc_block_number",
    "catalyst_rpc_errors_total",
    "process_resident_memory_bytes",
}


def _lint(promtool: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)


def test_prometheus_linter_has_nothing_to_say(promtool: str, metrics_text: str) -> None:
    linted = _lint(promtool, metrics_text)
    assert (linted.returncode, linted.stdout + linted.stderr) == (0, "")


@pytest.mark.parametrize(
    "spoiled",
    [
        "# HELP catalyst_paid Fees\n# TYPE catalyst_paid counter\ncatalyst_paid 1\n",
        "# HELP catalyst_age_minutes Age\n# TYPE catalyst_age_minutes gauge\ncatalyst_age_minutes 1\n",
    ],
)
def test_the_linter_can_find_a_bad_name(promtool: str, metrics_text: str, spoiled: str) -> None:
    assert _lint(promtool, metrics_text + spoiled).returncode != 0


def test_nothing_of_the_list_is_missing_and_no_series_comes_twice(metrics_text: str) -> None:
    found = samples(metrics_text)
    assert EXPECTED - {name for name, _ in found} == set()
    assert [series for series, count in Counter(found).items() if count > 1] == []


def test_each_label_has_few_values(metrics_text: str) -> None:
    found = samples(metrics_text)
    labels = {label for _, text in found for label in re.findall(r"(\w+)=\"", text)}
    assert labels <= LABELS
    assert 'stage="encode"' in metrics_text
    assert {'state="latest"', 'state="settled"'} == {text for name, text in found if name == "catalyst_block_number"}
    askers = {text for name, text in found if name == "catalyst_rpc_seconds_count"}
    assert {re.findall(r'asker="(\w+)"', text)[0] for text in askers} == {"oracle", "readers"}
