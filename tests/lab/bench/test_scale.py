"""`catalyst bench workers` in small, and the page on more than one machine."""

import json

import pytest

from oracle.errors import SettingsError
from oracle.lab.bench.encode import NEW, STEADY
from oracle.lab.bench.scale_page import page
from oracle.lab.bench.workers import measure_workers
from oracle.model.bundle import DEFAULT_BUNDLE
from tests.conftest import ROOT

GAS = (ROOT / "docs" / "gas.md").read_text()
ENCODE = {
    "rows": [
        {"source": "workload", "transactions": 10_000, "path": path, "ms_p50": ms}
        for path, ms in ((NEW, 1_130.0), (STEADY, 175.0))
    ],
    "decides": [{"nodes": 10_000, "ms_p50": 5.0}, {"nodes": 1_000_000, "ms_p50": 560.0}],
}


@pytest.mark.long
@pytest.mark.usefixtures("alone_with_ray")
def test_processes_and_ray_read_the_same_and_are_timed() -> None:
    said: list[str] = []
    measured = json.loads(json.dumps(measure_workers(said.append, DEFAULT_BUNDLE, texts=96)))
    assert [(row["workers"], row["count"]) for row in measured["rows"]] == [
        *(("processes", count) for count in (1, 2)),
        *(("Ray", count) for count in (1, 2)),
    ]
    assert all(row["texts_per_s"] > 0 for row in measured["rows"])
    assert measured["rows"][0]["speed_up"] == 1
    assert "| Ray | 2 |" in page(measured, ENCODE, GAS)


def test_the_plan_is_reckoned_from_what_was_measured() -> None:
    written = " ".join(page({"rows": [], "texts": 1, "cores": 2}, ENCODE, GAS).split())
    assert "takes 1130 ms: 113% of a core" in written
    assert "needs 2 cores" in written
    assert "559 million gas, 19 whole blocks" in written
    assert "{{" not in written
    with pytest.raises(SettingsError, match="make bench-gas"):
        page({"rows": [], "texts": 1, "cores": 2}, ENCODE, "")
