"""`catalyst bench encode` in small: rows that can be compared, and a page of them."""

import json

import pytest

from oracle.lab.bench.encode import NEW, STEADY, measure_encode
from oracle.lab.bench.encode_page import page
from oracle.lab.bench.encode_paths import BATCHED
from oracle.model.bundle import DEFAULT_BUNDLE


@pytest.mark.long
def test_rows_are_of_the_same_texts_and_the_exact_paths_give_the_bundles_vectors() -> None:
    said: list[str] = []
    measured = json.loads(json.dumps(measure_encode(said.append, DEFAULT_BUNDLE, sizes=(50, 200))))
    rows = {(row["transactions"], row["path"]): row for row in measured["rows"]}
    assert len(rows) == 2 * 7
    assert len(said) == len(rows) + len(measured["decides"])
    for size in (50, 200):
        assert rows[size, BATCHED]["ratio_to_pipeline"] == 1
        assert rows[size, NEW]["read"] > rows[size, STEADY]["read"] == 0
        assert rows[size, STEADY]["ms_p50"] < rows[size, NEW]["ms_p50"]
        for path in ("pipeline, one at a time, float32", BATCHED, "sentence-transformers, float32"):
            assert rows[size, path]["cosine"] == pytest.approx(1, abs=1e-9)
            assert rows[size, path]["texts"] >= rows[size, NEW]["read"]
        assert rows[size, "pipeline, batched, int8"]["cosine"] < 0.999
    assert [each["nodes"] for each in measured["decides"]] == [100, 10_000, 1_000_000]
    assert page(measured).count("\n| workload |") == len(rows)


def test_an_aim_that_is_missed_is_said() -> None:
    row = {"source": "workload", "transactions": 200, "texts": 9, "read": 9, "ms_p50": 90.0, "tx_per_s": 1.0}
    row |= {"ratio_to_floor": 2.0, "cosine": None}
    rows = [
        row | {"path": NEW, "ms_p95": 101.0, "ratio_to_pipeline": 0.5},
        row | {"path": STEADY, "ms_p95": 9.0, "ratio_to_pipeline": 30.0},
    ]
    written = page(
        {
            "model_hash": "0x00",
            "float32_multiplications_per_second": 1e9,
            "rows": rows,
            "decides": [{"nodes": 100, "ms_p50": 3.0, "ms_p95": 21.0}],
        }
    )
    flat = " ".join(written.split())
    assert "at most 100 ms with every text new: missed; of at most 10 ms steady: reached" in flat
    assert "deciding for 100 nodes in at most 20 ms: missed" in flat
    assert "batched pipeline with every text new: missed; 5 times steady: reached" in flat
