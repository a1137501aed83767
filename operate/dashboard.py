"""The dashboard for Grafana, from one list of panels: `python -m operate.dashboard` writes dashboard.json anew."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("dashboard.json")
_ACROSS, _HEIGHT, _GRID = 3, 8, 24
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True)
class Panel:
    """A graph over time: expressions of PromQL, and the legend of each."""

    title: str
    says: str
    unit: str  # as Grafana names it
    series: tuple[tuple[str, str], ...]


def _of(name: str, legend: str = "{{instance}}") -> tuple[tuple[str, str], ...]:
    return ((f'{name}{{instance=~"$instance"}}', legend),)


def _mean(name: str, by: str, legend: str) -> tuple[tuple[str, str], ...]:
    """The mean of a histogram over five minutes."""
    of = '{instance=~"$instance"}'
    total, count = (f"sum by ({by}) (rate({name}_{part}{of}[5m]))" for part in ("sum", "count"))
    return ((f"{total} / {count}", legend),)


def _increase(name: str, by: str, legend: str) -> tuple[tuple[str, str], ...]:
    return ((f'sum by ({by}) (increase({name}{{instance=~"$instance"}}[15m])) > 0', legend),)


PANELS = (
    Panel("Epoch", "In force at the latest block.", "none", _of("catalyst_epoch")),
    Panel(
        "Age of the report in force",
        "In chain time, beside what is expected from one report to the next.",
        "s",
        (*_of("catalyst_report_age_seconds"), *_of("catalyst_epoch_seconds", "expected, {{instance}}")),
    ),
    Panel(
        "Reports by outcome", "In 15 minutes.", "none", _increase("catalyst_reports_total", "outcome", "{{outcome}}")
    ),
    Panel("Blocks", "As the last step saw them.", "none", _of("catalyst_block_number", "{{state}}, {{instance}}")),
    Panel("Age of the head", "Since the latest block was first seen.", "s", _of("catalyst_head_age_seconds")),
    Panel(
        "Since the last step",
        "Above 90 s steps hang.",
        "s",
        (('time() - catalyst_last_step_timestamp_seconds{instance=~"$instance"}', "{{instance}}"),),
    ),
    Panel("φ in force", "Over active nodes.", "none", _of("catalyst_phi", "{{of}}, {{instance}}")),
    Panel("θ in force", "Over active nodes.", "none", _of("catalyst_theta", "{{of}}, {{instance}}")),
    Panel(
        "Stages of a report",
        "Mean of 5 minutes.",
        "s",
        _mean("catalyst_stage_seconds", "stage", "{{stage}}"),
    ),
    Panel("Steps", "Mean of 5 minutes.", "s", _mean("catalyst_step_seconds", "instance", "{{instance}}")),
    Panel(
        "Failed steps",
        "In 15 minutes, by error.",
        "none",
        _increase("catalyst_step_failures_total", "error", "{{error}}"),
    ),
    Panel("Signatures", "Of the report due last.", "none", _of("catalyst_signatures", "{{kind}}, {{instance}}")),
    Panel("Peers", "1 where a peer answered last.", "none", _of("catalyst_peer_up", "{{peer}}, from {{instance}}")),
    Panel(
        "Peers that disagree",
        "Other digests, or false signatures, in 15 minutes.",
        "none",
        _increase("catalyst_peer_disagreements_total", "peer, instance", "{{peer}}, from {{instance}}"),
    ),
    Panel(
        "Requests to nodes",
        "Mean of 5 minutes.",
        "s",
        _mean("catalyst_rpc_seconds", "endpoint, asker", "{{endpoint}}, {{asker}}"),
    ),
    Panel("Heads of nodes", "Latest block of each.", "none", _of("catalyst_rpc_block_number", "{{endpoint}}")),
    Panel(
        "Failed requests", "In 15 minutes.", "none", _increase("catalyst_rpc_errors_total", "endpoint", "{{endpoint}}")
    ),
    Panel(
        "Balance, in reports",
        "That the account pays for at the fees of now.",
        "none",
        _of("catalyst_reports_left"),
    ),
    Panel(
        "Balance",
        "In ETH, as far as a float is exact.",
        "none",
        (('catalyst_account_balance_wei{instance=~"$instance"} / 1e18', "{{instance}}"),),
    ),
    Panel(
        "Fees",
        "Paid for reports since the daemon started, in ETH.",
        "none",
        (('catalyst_fees_paid_wei_total{instance=~"$instance"} / 1e18', "{{instance}}"),),
    ),
    Panel("Memory", "Resident, of the process.", "bytes", _of("process_resident_memory_bytes")),
)


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    return {
        "title": "Catalyst oracle",
        "uid": "catalyst-oracle",
        "schemaVersion": 39,
        "timezone": "utc",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "source", "type": "datasource", "query": "prometheus"},
                {
                    "name": "instance",
                    "type": "query",
                    "datasource": _SOURCE,
                    "query": "label_values(catalyst_build_info, instance)",
                    "includeAll": True,
                    "multi": True,
                    "current": {"text": "All", "value": "$__all"},
                    "refresh": 2,
                },
            ]
        },
        "panels": [_panel(at, panel) for at, panel in enumerate(PANELS)],
    }


def text() -> str:
    """The file's content."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


def _panel(at: int, panel: Panel) -> dict[str, Any]:
    width = _GRID // _ACROSS
    return {
        "id": at + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.says,
        "datasource": _SOURCE,
        "gridPos": {"x": at % _ACROSS * width, "y": at // _ACROSS * _HEIGHT, "w": width, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "expr": expression, "legendFormat": legend, "datasource": _SOURCE}
            for number, (expression, legend) in enumerate(panel.series)
        ],
    }


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
