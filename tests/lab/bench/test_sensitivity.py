"""`catalyst bench sensitivity` in small: one change at a time, and a page of it."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from oracle.lab.bench.sensitivity import Variation, measure_sensitivity, variations
from oracle.lab.bench.sensitivity_page import page
from oracle.plant.definition import EPOCH_10, EPOCH_20
from oracle.plant.traces import draw_traces
from oracle.workers.choice import workers


@pytest.mark.parametrize("base", [EPOCH_10, EPOCH_20])
def test_each_variation_changes_one_thing(base: object) -> None:
    assert base in (EPOCH_10, EPOCH_20)
    usual = Variation("", "", base)
    for each in variations(base):
        changed = [f.name for f in fields(each)[2:] if getattr(each, f.name) != getattr(usual, f.name)]
        assert len(changed) <= 1, each
        assert each.definition.epoch_blocks == base.epoch_blocks


def test_the_share_of_crowds_that_are_announced_is_what_it_says() -> None:
    def crowds(share: float) -> tuple[int, int]:
        traces = draw_traces(EPOCH_10, range(6), announced_share=share)
        come = [crowd for schedule in traces.schedules for crowd in schedule.crowds if not crowd.called_off]
        return sum(crowd.announced_ahead_blocks > 0 for crowd in come), len(come)

    assert crowds(0.0)[0] == 0
    announced, come = crowds(0.5)
    assert 0.3 < announced / come < 0.7
    announced, come = crowds(1.0)
    assert announced == come


@pytest.mark.long
def test_rows_and_page(small_bundle: Path) -> None:
    said: list[str] = []
    with workers("1") as asked:
        found = measure_sensitivity(said.append, small_bundle, range(10_000, 10_002), 240, workers=asked)
    measured = json.loads(json.dumps(found))
    rows = measured["rows"]
    assert len(rows) == len(said) == 2 * len(list(variations(EPOCH_10)))
    silent = [row for row in rows if row["value"] == "0%"]
    assert all(row["announced_weight"] == 0 and row["perfect_reader"] == row["without_text"] for row in silent)
    assert page(measured).count("\n| epoch ") == len(rows)
