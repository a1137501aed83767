"""`catalyst compare`: the same traffic and hash rates under phi off, classical feedback, and the policy."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from importlib import resources
from pathlib import Path

import jinja2

from oracle.control.choice import decider
from oracle.control.controller import Controller
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.play import Played, play
from oracle.lab.network.plots import plots
from oracle.lab.network.run_directory import settings_of, write_run
from oracle.lab.network.view import RunView

# Figure of Summary, what to call it, and whether less of it is better; None where neither is.
FIGURES: tuple[tuple[str, str, bool | None], ...] = (
    ("latency_mean", "mean latency (T)", True),
    ("latency_p95", "p95 latency (T)", True),
    ("latency_p99", "p99 latency (T)", True),
    ("throughput", "throughput (transactions a T)", False),
    ("pending", "pending at the end", True),
    ("interval_mean", "mean block interval (T)", None),
    ("interval_deviation", "standard deviation of block intervals (T)", True),
    ("stale_rate", "stale rate", True),
    ("issuance_ahead", "blocks ahead of schedule", None),
    ("mean_theta", "mean offered capacity (θ)", None),
    ("reports", "reports", None),
)
# Differences below this part of the greater value are called none.
_NOTABLE = 0.05


def compare(
    plan: NetworkPlan,
    controllers: Mapping[str, Controller | None],
    directory: Path,
    view: Callable[[str, NetworkPlan], RunView],
) -> dict[str, Played]:
    """Play `plan` under each controller, and write a directory for each, `comparison.json` and `report.html`.

    The first controller is what the others are compared with.
    """
    runs: dict[str, Played] = {}
    for name, controller in controllers.items():
        with view(name, plan) as seen:
            played = play(replace(plan, controller=controller), seen.take)
        runs[name] = played
        own = directory / name
        own.mkdir()
        write_run(
            own,
            name=name,
            plan=played.plan,
            rounds=played.rounds,
            transactions=played.transactions,
            blocks=played.blocks,
            summary=played.summary,
        )
    document = {
        name: {"settings": settings_of(name, played.plan), "summary": asdict(played.summary)}
        for name, played in runs.items()
    }
    (directory / "comparison.json").write_text(json.dumps(document, indent=1) + "\n")
    (directory / "report.html").write_text(report_page(runs))
    return runs


def verdicts(runs: dict[str, Played]) -> list[str]:
    """In words, what each run has better and worse than the first."""
    (first, base), *others = runs.items()
    lines = []
    for name, played in others:
        better: list[str] = []
        worse: list[str] = []
        for key, words, less_is_better in FIGURES:
            before, after = getattr(base.summary, key), getattr(played.summary, key)
            if less_is_better is None or abs(after - before) <= _NOTABLE * max(abs(before), abs(after)):
                continue
            (better if (after < before) == less_is_better else worse).append(f"{words} {before:.3g} → {after:.3g}")
        capacity = played.summary.mean_theta - base.summary.mean_theta
        lines.append(
            f"{decider(name)} against {decider(first)}, at {capacity:+.3f} mean offered capacity: "
            f"better: {'; '.join(better) or 'nothing'}. Worse: {'; '.join(worse) or 'nothing'}."
        )
    return lines


def report_page(runs: dict[str, Played]) -> str:
    """One page with figures, verdicts and plots; it loads nothing from elsewhere."""
    plan = next(iter(runs.values())).plan
    pictures = plots({name: (run.rounds, run.transactions) for name, run in runs.items()}, plan)
    template = resources.files("oracle.lab.network").joinpath("report.html.jinja").read_text()
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(template).render(
        plan=plan,
        words=plan.terms.words,
        names=[decider(phi) for phi in runs],
        rows=[(words, [f"{getattr(run.summary, key):.4g}" for run in runs.values()]) for key, words, _ in FIGURES],
        verdicts=verdicts(runs),
        errors=[f"{run.audit.max_relative_error:.1e}" for run in runs.values()],
        pictures={name: base64.b64encode(png).decode() for name, png in pictures.items()},
    )
