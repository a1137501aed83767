"""`catalyst bench control` in small: every row, comparable, as data and in words."""

import json
from dataclasses import replace

import pytest

from oracle.bench import control
from oracle.bench.control import SCENARIOS, measure_control


def test_the_rows_are_whole_and_offer_the_same_capacity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "SEEDS", range(10_000, 10_003))
    monkeypatch.setattr(control, "TUNING_SEEDS", range(20_000, 20_002))
    monkeypatch.setattr(control, "CLAIRVOYANT_TUNING_SEEDS", 1)
    monkeypatch.setattr(control, "FRONT", (0.05, 0.1))
    name = next(iter(SCENARIOS))
    monkeypatch.setitem(SCENARIOS, name, replace(SCENARIOS[name], blocks=800))
    said: list[str] = []
    measured = json.loads(json.dumps(measure_control(said.append, [name])))
    rows = {row["controller"]: row for row in measured["rows"]}
    assert len(said) == len(rows) == 10
    for row in rows.values():
        assert row["scenario"] == name
        assert 0 < row["mean"] <= row["p95"] <= row["p99"]
        assert row["ci95"] >= 0
        if row["level"] is None:
            assert row["mean_theta"] == 0.5
        else:
            assert row["mean_theta"] == pytest.approx(0.59, abs=0.03)
    gap = measured["p95_gaps"][name]
    assert gap["clairvoyant"] == pytest.approx(rows[gap["best_classical"]]["p95"] - rows["clairvoyant"]["p95"])
