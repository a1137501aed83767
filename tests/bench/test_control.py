"""`catalyst bench control` in small: every row, comparable, as data, in words and as a page."""

from pathlib import Path

import pytest

from oracle.bench.benchmark_page import write_page
from oracle.bench.policy_rows import ABLATIONS, POLICY
from oracle.errors import SettingsError
from oracle.model.bundle import model_hash, read_manifest
from oracle.plant.families import CLAIRVOYANT, READER
from tests.bench.conftest import Measured


def test_the_rows_are_whole_and_offer_the_same_capacity(control_measured: Measured) -> None:
    measured, said = control_measured
    rows = {row["controller"]: row for row in measured["rows"]}
    assert len(said) == len(rows) == 16
    assert {POLICY, *ABLATIONS} < set(rows)
    for row in rows.values():
        assert row["scenario"] in measured["scenarios"]
        assert 0 < row["mean"] <= row["p95"] <= row["p99"]
        assert row["ci95"] >= 0
        if row["level"] is None:
            assert row["mean_theta"] == 0.5
        else:
            assert row["mean_theta"] == pytest.approx(0.59, abs=0.03)


def test_gaps_are_the_parts_that_the_policy_closes(control_measured: Measured) -> None:
    measured, _ = control_measured
    rows = {row["controller"]: row["p95"] for row in measured["rows"]}
    (gaps,) = measured["scenarios"].values()
    classical, policy = rows[gaps["best_classical"]], rows[POLICY]
    for knowing, key in ((READER.name, "gap_closed_reader"), (CLAIRVOYANT.name, "gap_closed_clairvoyant")):
        assert gaps[key] == pytest.approx((classical - policy) / (classical - rows[knowing]))


def test_the_bundle_evaluated_is_the_one_named(control_measured: Measured, small_bundle: Path) -> None:
    assert control_measured[0]["model_hash"] == "0x" + model_hash(read_manifest(small_bundle)).hex()


def test_the_page_has_every_row_and_a_picture(
    control_measured: Measured, stability_measured: Measured, adversary_measured: Measured, tmp_path: Path
) -> None:
    control, stability, adversary = (
        measured for measured, _ in (control_measured, stability_measured, adversary_measured)
    )
    write_page(control, stability, adversary, tmp_path)
    page = (tmp_path / "benchmark.md").read_text()
    assert all(f"| {row['controller']}" in page for row in control["rows"] + stability["rows"])
    assert all(f"| {row['when']} |" in page for row in adversary["rows"])
    assert (tmp_path / "benchmark-1.png").stat().st_size > 10_000
    with pytest.raises(SettingsError, match="different bundles"):
        write_page(control, stability | {"model_hash": "0x00"}, adversary, tmp_path)
