"""`catalyst bench control` in small: every row, comparable, as data, in words and as a page."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from oracle.errors import SettingsError
from oracle.lab.bench.benchmark_page import write_page
from oracle.lab.bench.control import scenarios_of
from oracle.lab.bench.engine_page import write_engine_page
from oracle.lab.bench.gaps import with_interval
from oracle.lab.bench.policy_rows import (
    ABLATIONS,
    FROZEN_ENCODER,
    NO_TEXT,
    PERFECT,
    POLICY,
    TOLD_MORE,
    PolicyBench,
)
from oracle.model.bundle import Bundle, load_bundle, model_hash, read_manifest
from oracle.plant.engines import ENGINES
from oracle.plant.families import CLAIRVOYANT, CLASSICAL, CONSTANT, FEEDBACK, by_node_name
from tests.lab.bench.conftest import Measured

pytestmark = pytest.mark.long


def test_the_rows_are_whole_and_offer_the_same_capacity(control_measured: Measured) -> None:
    measured, said = control_measured
    alike, unequal = measured["scenarios"]
    rows = {
        scenario: {r["controller"]: r for r in measured["rows"] if r["scenario"] == scenario}
        for scenario in (alike, unequal)
    }
    assert len(said) == len(measured["rows"])
    told = {POLICY, *ABLATIONS, *TOLD_MORE}
    assert {each.name for each in CLASSICAL} | told < set(rows[alike])
    assert {by_node_name(name) for name in (*told, FROZEN_ENCODER, CLAIRVOYANT.name)} < set(rows[unequal])
    assert {by_node_name(each.name) for each in CLASSICAL} < set(rows[unequal])
    for row in measured["rows"]:
        assert 0 < row["mean"] <= row["p95"] + 0.5
        assert row["ci95"] >= 0
        assert len(row["p95_by_seed"]) == 2
        assert row["p95"] == pytest.approx(sum(row["p95_by_seed"]) / 2)
        if row["level"] is None:
            assert row["mean_theta"] == 0.5


def test_the_row_of_the_frozen_encoder_is_of_the_other_bundle(control_measured: Measured, other_bundle: Path) -> None:
    measured, _ = control_measured
    assert measured["beside_model_hash"] == "0x" + model_hash(read_manifest(other_bundle)).hex()
    p95 = {row["controller"]: row["p95"] for row in measured["rows"] if not row["controller"].endswith("by node")}
    assert p95[FROZEN_ENCODER] != p95[POLICY]


def test_gaps_are_the_parts_that_the_policy_closes(control_measured: Measured) -> None:
    measured, _ = control_measured
    forms: tuple[Callable[[str], str], ...] = (str, by_node_name)
    for (scenario, gaps), form in zip(measured["scenarios"].items(), forms, strict=True):
        p95 = {row["controller"]: row["p95"] for row in measured["rows"] if row["scenario"] == scenario}
        classical, policy = p95[gaps["best_classical"]], p95[form(POLICY)]
        assert classical <= min(p95["proportional"], p95["proportional-integral"])
        for knowing, key in ((form(PERFECT), "gap_closed_perfect"), (form(CLAIRVOYANT.name), "gap_closed_clairvoyant")):
            middle, low, high = gaps[key]
            assert middle == pytest.approx((classical - policy) / (classical - p95[knowing]))
            assert low <= high
        assert gaps["p95_lowered"][0] == pytest.approx((classical - policy) / classical)
        assert gaps["p95_over_policy"][NO_TEXT][0] == pytest.approx(p95[form(NO_TEXT)] / policy - 1)
    assert gaps["gained_by_node"]["proportional"] == pytest.approx(
        1 - p95[by_node_name("proportional")] / p95["proportional"]
    )


def test_differences_are_taken_seed_by_seed() -> None:
    """Seeds that differ by far more than controllers do leave the interval of the difference narrow."""
    random = np.random.default_rng(0)
    seeds = random.uniform(5, 50, 40)
    middle, low, high = with_interval(lambda p95: 1 - p95[0] / p95[1], 0.9 * seeds, seeds)
    assert middle == pytest.approx(0.1)
    assert high - low < 1e-9
    unpaired = 1 - 0.9 * random.permutation(seeds) / seeds
    assert unpaired.std() > 0.5


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
    fronts = [row["front"] for row in control["rows"] if row["front"]]
    assert fronts and all(f"{p95:.2f} at {theta:.3f}" in page for front in fronts for theta, p95 in front)
    assert all(f"| {row['controller']}" in page for row in control["rows"] + stability["rows"])
    assert page.count("| perfect reader, proportional |") >= len(control["anchors"]) / 3 == 2
    assert all(f"| {row['when']} |" in page for row in adversary["rows"])
    assert (tmp_path / "benchmark-1.png").stat().st_size > 10_000
    with pytest.raises(SettingsError, match="different bundles"):
        write_page(control, stability | {"model_hash": "0x00"}, adversary, tmp_path)


def test_an_engine_has_a_page_of_its_own(control_measured: Measured, tmp_path: Path) -> None:
    control, _ = control_measured
    for engine in (name for name in ENGINES if name != "pow"):
        assert [each.engine for each in scenarios_of(engine).values()] == [ENGINES[engine]] * 2
        write_engine_page(engine, control, tmp_path)
        page = (tmp_path / f"benchmark-{engine}.md").read_text()
        for scenario in control["scenarios"]:
            p95 = {row["controller"]: row["p95"] for row in control["rows"] if row["scenario"] == scenario}
            cells = [f"{p95[name]:.2f}" for name in (CONSTANT.name, FEEDBACK.name)]
            assert (
                f"| {scenario} | {' | '.join(cells)} | {1 - p95[FEEDBACK.name] / p95[CONSTANT.name]:.0%}"
                in page.replace(" %", "%")
            )
        assert (tmp_path / f"benchmark-{engine}-1.png").stat().st_size > 10_000


def test_policies_beside_each_other_read_windows_of_one_length(small_bundle: Path, bundle: Bundle) -> None:
    policy = PolicyBench(load_bundle(small_bundle))
    with pytest.raises(ValueError, match="windows of one length"):
        PolicyBench(replace(bundle, config=replace(bundle.config, window_blocks=16)), policy)


def test_who_stops_the_benchmark_stops_all_of_it(small_bundle: Path) -> None:
    command = [sys.executable, "-m", "oracle", "bench", "control", "--bundle", str(small_bundle)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        try:
            deadline = time.monotonic() + 120
            while len(_of_session(process.pid)) < 3:  # itself, and at least two that were started
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            assert process.returncode == 143
            # What multiprocessing keeps beside them ends a moment after us, once its pipe is closed.
            while _of_session(process.pid):
                assert time.monotonic() < deadline + 60
                time.sleep(0.2)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _of_session(leader: int) -> list[int]:
    """Processes of a session that live."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = entry.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it has ended meanwhile
        if int(session) == leader and state != "Z":
            found.append(int(entry.parent.name))
    return found
