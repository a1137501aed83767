"""Controllers on the plant, at equal mean theta: `catalyst bench control`.

Parameters are tuned on other seeds than those measured. Only the level (`oracle.plant.tune`) is set on the measured
traces themselves, so that all offer the same capacity. The policy is that of a bundle, as it is; what it reads is
worded in phrase families that training never saw.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from oracle.bench.policy_rows import ABLATIONS, POLICY, PolicyBench
from oracle.bench.rows import ControlRow, figures_row, level_row, tuned_row
from oracle.model.bundle import load_bundle
from oracle.plant.controllers import Constant
from oracle.plant.definition import EPOCH_10, EPOCH_20, Definition
from oracle.plant.families import CLAIRVOYANT, CLASSICAL, READER, RETARGETS
from oracle.plant.measure import measure
from oracle.plant.plant import run
from oracle.plant.traces import draw_traces

SEEDS = range(10_000, 10_020)
TUNING_SEEDS = range(20_000, 20_020)
CLAIRVOYANT_TUNING_SEEDS = 3  # it takes most of the time

SCENARIOS: dict[str, Definition] = {
    f"epoch {base.epoch_blocks}, lag {base.lag_blocks}, τ {tau}": replace(base, tau=tau)
    for base in (EPOCH_10, EPOCH_20)
    for tau in (0.02, 0.1)
}


def measure_control(
    say: Callable[[str], None], bundle_directory: Path, scenarios: Sequence[str] = tuple(SCENARIOS)
) -> dict[str, Any]:
    """All controllers in all scenarios, and how far the policy goes from classical feedback to those who know more.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    bundle = load_bundle(bundle_directory)
    policy = PolicyBench(bundle)
    rows, gaps = [], {}
    for name in scenarios:
        here = measure_scenario(name, SCENARIOS[name], policy, say)
        rows += here
        gaps[name] = _gaps(here)
    return {
        "model_hash": "0x" + bundle.model_hash.hex(),
        "seeds": [SEEDS.start, SEEDS.stop],
        "tuning_seeds": [TUNING_SEEDS.start, TUNING_SEEDS.stop],
        "rows": [asdict(row) for row in rows],
        "scenarios": gaps,
    }


def measure_scenario(
    name: str, definition: Definition, policy: PolicyBench, say: Callable[[str], None]
) -> list[ControlRow]:
    """All controllers in one scenario."""
    tuning, traces = draw_traces(definition, TUNING_SEEDS), draw_traces(definition, SEEDS)
    few = draw_traces(definition, TUNING_SEEDS[:CLAIRVOYANT_TUNING_SEEDS])
    rows: list[ControlRow] = []

    def add(row: ControlRow) -> None:
        say(
            f"{name}  {row.controller}: mean {row.mean:.2f}, p95 {row.p95:.2f} ± {row.ci95:.2f}, p99 {row.p99:.1f} T "
            f"at mean θ {row.mean_theta:.3f}"
        )
        rows.append(row)

    add(figures_row(name, "φ = 0", measure(run(definition, traces, Constant(0.0)))))
    for retarget, windows in RETARGETS.items():
        tried = [replace(definition, retarget=retarget, retarget_parameter=window) for window in windows]
        best = min(tried, key=lambda d: float(measure(run(d, tuning, Constant(0.0))).latency_p95.mean()))
        figures = measure(run(best, traces, Constant(0.0)))
        add(figures_row(name, f"φ = 0, {retarget}", figures, (best.retarget_parameter,), tuning_runs=len(windows)))
    for family in (*CLASSICAL, READER):
        add(tuned_row(name, family, definition, tuning, traces))
    add(level_row(name, policy.family(POLICY, traces), definition, traces))
    for ablation in ABLATIONS:
        add(level_row(name, policy.family(ablation, traces), definition, traces, front=False))
    add(tuned_row(name, CLAIRVOYANT, definition, few, traces, front=False))
    return rows


def _gaps(rows: Sequence[ControlRow]) -> dict[str, Any]:
    """The part of the p95 between best classical controller and those who know more that the policy closes."""
    p95 = {row.controller: row.p95 for row in rows}
    classical = min((family.name for family in CLASSICAL), key=p95.__getitem__)
    gained = p95[classical] - p95[POLICY]
    return {
        "best_classical": classical,
        "gap_closed_reader": gained / (p95[classical] - p95[READER.name]),
        "gap_closed_clairvoyant": gained / (p95[classical] - p95[CLAIRVOYANT.name]),
        "gap_closed_reader_by_ablation": {
            ablation: (p95[classical] - p95[ablation]) / (p95[classical] - p95[READER.name]) for ablation in ABLATIONS
        },
    }
