"""Comparisons: one schedule for all, figures that the rows give, and a directory that says all of it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from oracle.control.feedback import FeedbackController
from oracle.engines.registry import ENGINES
from oracle.errors import SettingsError
from oracle.lab.network.compare import FIGURES, compare, verdicts
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.play import Played
from oracle.lab.network.plots import phi_plot
from oracle.lab.network.run_directory import make_directory
from oracle.lab.network.seeds import page
from oracle.lab.network.view import RunView

PLAN = NetworkPlan(
    seed=6, intervals=60, controller=None, nodes=6, accounts=8, capacity_transactions=20, crowd_every=40.0, tau=0.1
)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Played], Path, str]:
    directory = tmp_path_factory.mktemp("compare")
    console = Console(record=True, width=100, force_terminal=False)
    controllers = {"off": None, "feedback": FeedbackController(gain=0.3, constant=0.05)}
    runs = compare(PLAN, controllers, directory, lambda name, plan: RunView(name, plan, console))
    return runs, directory, console.export_text()


def test_all_runs_see_the_same_traffic_and_hash_rates(compared: tuple[dict[str, Played], Path, str]) -> None:
    off, fed = compared[0].values()
    end = min(run.rounds[-1].time_seconds for run in (off, fed))
    sent = [[row.sent_seconds for row in run.transactions if row.sent_seconds < end] for run in (off, fed)]
    assert sent[0] == sent[1]
    assert off.summary.mean_theta == pytest.approx(0.5)
    assert fed.summary.mean_theta > 0.5
    assert (off.summary.reports, fed.summary.reports > 0) == (0, True)


def test_figures_follow_from_the_rows(compared: tuple[dict[str, Played], Path, str]) -> None:
    for run in compared[0].values():
        summary, end = run.summary, run.rounds[-1].time_seconds
        waited = [(row.confirmed_seconds or end) - row.sent_seconds for row in run.transactions]
        assert summary.latency_p95 == pytest.approx(np.percentile(waited, 95) / PLAN.interval_seconds)
        assert summary.latency_mean == pytest.approx(sum(waited) / len(waited) / PLAN.interval_seconds)
        assert summary.sent == summary.confirmed + summary.pending == len(run.transactions)
        assert summary.rounds == run.audit.rounds == sum(row.round is not None for row in run.rounds)
        assert summary.confirmed == len(run.audit.confirmed)
        assert summary.stale_rate == pytest.approx(run.audit.competing / (run.audit.competing + run.audit.rounds))


def test_a_run_is_written_whole(compared: tuple[dict[str, Played], Path, str]) -> None:
    runs, directory, _ = compared
    for name, run in runs.items():
        rounds = pq.read_table(directory / name / "rounds.parquet").to_pylist()
        assert [row["chain_block"] for row in rounds] == [row.chain_block for row in run.rounds]
        assert len(pq.read_table(directory / name / "transactions.parquet")) == len(run.transactions)
        settings = json.loads((directory / name / "settings.json").read_text())
        assert (settings["seed"], settings["phi"]) == (PLAN.seed, name)
        assert json.loads((directory / name / "summary.json").read_text())["sent"] == run.summary.sent
        for picture in ("latency", "backlog", "phi"):
            assert (directory / name / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    document = json.loads((directory / "comparison.json").read_text())
    assert {name: entry["summary"]["latency_p95"] for name, entry in document.items()} == {
        name: run.summary.latency_p95 for name, run in runs.items()
    }


def test_the_page_says_every_figure_and_loads_nothing(compared: tuple[dict[str, Played], Path, str]) -> None:
    runs, directory, _ = compared
    page = (directory / "report.html").read_text()
    for _, words, _ in FIGURES:
        assert words in page
    for run in runs.values():
        assert f"{run.summary.latency_p95:.4g}" in page
    assert page.count("data:image/png;base64,") == 3
    assert "http" not in re.sub(r"base64,[\w+/=]+", "", page)  # where the letters come by chance
    (line,) = verdicts(runs)
    assert line.startswith("feedback against off, at +")


@pytest.mark.long
@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "pow"])
def test_a_comparison_under_another_consensus_has_its_words(engine: str, tmp_path: Path) -> None:
    consensus, p_counts, *_ = ENGINES[engine].words
    plan = replace(PLAN, intervals=30, terms=ENGINES[engine].of_run(PLAN.interval_seconds))
    console = Console(record=True, width=100, force_terminal=False)
    controllers = {"off": None, "feedback": FeedbackController(gain=0.3, constant=0.05)}
    runs = compare(plan, controllers, tmp_path, lambda name, plan: RunView(name, plan, console))
    off, fed = runs.values()
    assert fed.summary.mean_theta > off.summary.mean_theta == pytest.approx(0.5)
    for run in runs.values():
        assert run.audit.max_relative_error < 1e-12
        assert run.summary.sent == run.summary.confirmed + run.summary.pending
    page = (tmp_path / "report.html").read_text()
    assert f"Under {consensus}, where p counts {p_counts}" in page
    assert "hash" not in page.partition("data:image")[0].lower()
    named = {name: (run.rounds, run.transactions) for name, run in runs.items()}
    assert (
        phi_plot(named, plan.interval_seconds, ENGINES[engine].words.p_counts).axes[1].get_ylabel() == f"p ({p_counts})"
    )
    settings = json.loads((tmp_path / "feedback" / "settings.json").read_text())
    assert settings["engine"] == engine


def test_the_view_shows_where_a_run_is(compared: tuple[dict[str, Played], Path, str]) -> None:
    said = compared[2]
    for word in ("height", "backlog", "p95 latency", "mean φ", "epoch", "stale"):
        assert word in said


def test_a_directory_with_content_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    with pytest.raises(SettingsError, match="is not empty"):
        make_directory(tmp_path)
    with pytest.raises(SettingsError, match="cannot be used"):
        make_directory(tmp_path / "something")


def test_a_page_of_seeds_has_a_row_for_each_and_their_means() -> None:
    def comparison(seed: int, *p95s: float) -> dict[str, Any]:
        settings = {"seed": seed, "intervals": 60, "nodes": 6, "capacity_transactions": 20, "model_hash": "0x12"}
        names, thetas = ("off", "feedback", "oracle"), (0.5, 0.6, 0.55)
        return {
            name: {"settings": settings, "summary": {"latency_p95": p95, "mean_theta": theta}}
            for name, p95, theta in zip(names, p95s, thetas, strict=True)
        }

    lines = page([comparison(1, 10.0, 5.0, 4.0), comparison(2, 90.0, 15.0, 12.0)]).splitlines()
    assert "60 intervals, 6 nodes, 20 transactions" in " ".join(lines)
    assert "the bundle of modelHash `0x12`" in " ".join(lines)
    assert "| 1 | 10.0 | 5.0 | 4.0 | 0.50 | +0.100 | +0.050 |" in lines
    assert "| 2 | 90.0 | 15.0 | 12.0 | 0.17 | +0.100 | +0.050 |" in lines
    assert lines[-1] == "| mean | 50.0 | 10.0 | 8.0 | 0.20 | +0.100 | +0.050 |"
