"""What is measured of the API: locust's figures are read as it writes them, and the page has those of the file."""

import json
from typing import Any

import pytest

from oracle.errors import CatalystError
from oracle.lab.bench.api import Load, measure_api
from oracle.lab.bench.api_load import read_figures
from oracle.lab.bench.api_page import SECTION, section
from oracle.lab.bench.processor_time import ProcessorTime
from oracle.markdown import section_of
from tests.conftest import ROOT

MEASURED = json.loads((ROOT / "docs" / "api-load.json").read_text())


def _row(name: str, reads: int, p95: str) -> dict[str, str]:
    """As in locust's file of statistics, less what is not read."""
    times = {"50%": "2", "95%": p95, "99%": "40"}
    return {"Name": name, "Request Count": str(reads), "Failure Count": "1", "Requests/s": "499.96", **times}


def test_the_page_has_the_figures_that_were_measured() -> None:
    assert section_of((ROOT / "docs" / "api.md").read_text(), SECTION) == section(MEASURED)


def test_figures_are_those_over_all_reads_and_by_path() -> None:
    failure = {"Name": "/rpc", "Error": "LocustBadStatusCode(code=429)", "Occurrences": "1"}
    found = read_figures([_row("/health", 5, "7"), _row("/rpc", 0, "N/A"), _row("Aggregated", 5, "9")], [failure])
    assert found["failures"] == {"/rpc: LocustBadStatusCode(code=429)": 1}
    assert (found["reads"], found["failed"], found["reads_per_second"], found["p95_ms"]) == (5, 1, 500.0, 9.0)
    assert {path: row["p95_ms"] for path, row in found["by_path"].items()} == {"/health": 7.0, "/rpc": None}
    with pytest.raises(CatalystError, match="no row over all reads"):
        read_figures([_row("/health", 5, "7")], [])


def test_what_none_of_ours_took_is_others() -> None:
    before, after = ProcessorTime(1, 1, 1, 1, 10), ProcessorTime(3, 2, 1, 1.5, 20)
    cores = after.since(before, 10.0)
    assert cores == {"daemon": 0.2, "node": 0.1, "load_tool": 0.0, "here": 0.05, "others": 0.65}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "reached"),
        ({"p95_ms": 51.0}, "missed, the p95 is higher"),
        ({"reads_per_second": 480.0}, "missed, fewer reads were sent"),
        ({"failures": {"/rpc: LocustBadStatusCode(code=429)": 3}}, "reached"),
        ({"failures": {"/health: LocustBadStatusCode(code=503)": 3}}, "missed, reads failed"),
    ],
)
def test_the_verdict_is_of_the_figures(change: dict[str, Any], says: str) -> None:
    reads = {
        "reads": 15_000,
        "failed": 0,
        "failures": {},
        "reads_per_second": 499.0,
        "p50_ms": 2.0,
        "p95_ms": 9.0,
        "p99_ms": 20.0,
    }
    row = MEASURED["rows"][1] | {"read": reads | change, "abuse": {}, "on_time": 7, "due": 7}
    assert f": {says}." in section(MEASURED | {"rows": [row]}).replace("\n", " ")
    late = section(MEASURED | {"rows": [row | {"on_time": 6}]})
    assert "reports were late" in late


@pytest.mark.long
def test_readers_and_abusers_are_measured_beside_reports() -> None:
    said: list[str] = []
    loads = (Load("reads", 50, endless_clients=1, is_abused=True),)
    (row,) = measure_api(said.append, 10, loads)["rows"]
    assert row["read"]["reads"] > 100
    assert row["read"]["failed"] == 0
    assert set(row["read"]["by_path"]) >= {"/v1/nodes/{node}", "/v1/epochs", "/rpc"}
    assert row["abuse"]["batch of 10 000 413"] > 0
    assert row["abuse"]["parameter of 40 KB 422"] > 0
    assert row["abuse"]["half-open connections"] >= 300
    assert {name for name in row["abuse"] if name.startswith("head of 200 KB")} <= {
        "head of 200 KB 400",
        "head of 200 KB broken off",
    }
    assert len(said) == 1
