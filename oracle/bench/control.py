"""Controllers on the plant, at equal mean theta: `catalyst bench control`.

Parameters are tuned on other seeds than those measured. Only the level (`oracle.plant.tune`) is set on the measured
traces themselves, so that all offer the same capacity.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from oracle.plant.controllers import Constant
from oracle.plant.definition import EPOCH_10, EPOCH_20, Definition
from oracle.plant.families import CLAIRVOYANT, CLASSICAL, READER, RETARGETS
from oracle.plant.measure import Figures, measure
from oracle.plant.plant import run
from oracle.plant.traces import Traces, draw_traces
from oracle.plant.tune import Family, tune, with_mean_theta

SEEDS = range(10_000, 10_020)
TUNING_SEEDS = range(20_000, 20_020)
CLAIRVOYANT_TUNING_SEEDS = 3  # it takes most of the time
MEAN_PHI = 0.09  # at which controllers are compared
FRONT = (0.0, 0.03, 0.06, 0.09, 0.12, 0.15)  # mean phi of the Pareto fronts

SCENARIOS: dict[str, Definition] = {
    f"epoch {base.epoch_blocks}, lag {base.lag_blocks}, τ {tau}": replace(base, tau=tau)
    for base in (EPOCH_10, EPOCH_20)
    for tau in (0.02, 0.1)
}


@dataclass(frozen=True)
class ControlRow:
    """A controller's figures in a scenario; means over the seeds, latencies in T."""

    scenario: str
    controller: str
    parameters: tuple[float, ...]
    level: float | None  # None where there is nothing to set
    mean: float
    p95: float
    p99: float
    ci95: float  # of p95: half the width of the 95 % interval
    high_value_mean: float
    high_value_p95: float
    high_value_p99: float
    mean_theta: float
    stale: float
    interval_deviation: float
    issuance: float  # blocks off schedule, at most
    tuning_runs: int
    front: tuple[tuple[float, float], ...] = ()  # mean theta and p95, at other levels


def measure_control(say: Callable[[str], None], scenarios: Sequence[str] = tuple(SCENARIOS)) -> dict[str, Any]:
    """All controllers in all scenarios, and how far apart classical feedback, reader and clairvoyant are."""
    rows, gaps = [], {}
    for name in scenarios:
        here = measure_scenario(name, SCENARIOS[name], say)
        rows += here
        by_name = {row.controller: row.p95 for row in here}
        classical = min((family.name for family in CLASSICAL), key=by_name.__getitem__)
        gaps[name] = {
            "best_classical": classical,
            "reader": by_name[classical] - by_name[READER.name],
            "clairvoyant": by_name[classical] - by_name[CLAIRVOYANT.name],
        }
    return {
        "seeds": [SEEDS.start, SEEDS.stop],
        "tuning_seeds": [TUNING_SEEDS.start, TUNING_SEEDS.stop],
        "rows": [asdict(row) for row in rows],
        "p95_gaps": gaps,
    }


def measure_scenario(name: str, definition: Definition, say: Callable[[str], None]) -> list[ControlRow]:
    """All controllers in one scenario."""
    tuning, traces = draw_traces(definition, TUNING_SEEDS), draw_traces(definition, SEEDS)
    few = draw_traces(definition, TUNING_SEEDS[:CLAIRVOYANT_TUNING_SEEDS])
    rows = []

    def add(row: ControlRow) -> None:
        say(
            f"{name}  {row.controller}: mean {row.mean:.2f}, p95 {row.p95:.2f} ± {row.ci95:.2f}, p99 {row.p99:.1f} T "
            f"at mean θ {row.mean_theta:.3f}"
        )
        rows.append(row)

    add(_row(name, "φ = 0", measure(run(definition, traces, Constant(0.0)))))
    for retarget, windows in RETARGETS.items():
        tried = [replace(definition, retarget=retarget, retarget_parameter=window) for window in windows]
        best = min(tried, key=lambda d: float(measure(run(d, tuning, Constant(0.0))).latency_p95.mean()))
        figures = measure(run(best, traces, Constant(0.0)))
        add(_row(name, f"φ = 0, {retarget}", figures, (best.retarget_parameter,), tuning_runs=len(windows)))
    for family in (*CLASSICAL, READER, CLAIRVOYANT):
        add(_tuned_row(name, family, definition, few if family is CLAIRVOYANT else tuning, traces))
    return rows


def _tuned_row(name: str, family: Family, definition: Definition, tuning: Traces, traces: Traces) -> ControlRow:
    theta = definition.theta0 + MEAN_PHI
    tuned = tune(family, definition, tuning, theta)
    level, figures = with_mean_theta(family, definition, traces, theta, tuned.parameters)
    front = []
    if family is not CLAIRVOYANT:
        for phi in FRONT:
            _, there = with_mean_theta(family, definition, traces, definition.theta0 + phi, tuned.parameters)
            front.append((float(there.mean_theta.mean()), float(there.latency_p95.mean())))
    return _row(name, family.name, figures, tuned.parameters, level, tuned.runs, tuple(front))


def _row(
    scenario: str,
    controller: str,
    figures: Figures,
    parameters: tuple[float, ...] = (),
    level: float | None = None,
    tuning_runs: int = 0,
    front: tuple[tuple[float, float], ...] = (),
) -> ControlRow:
    p95 = figures.latency_p95
    return ControlRow(
        scenario=scenario,
        controller=controller,
        parameters=parameters,
        level=level,
        mean=float(figures.latency_mean.mean()),
        p95=float(p95.mean()),
        p99=float(figures.latency_p99.mean()),
        ci95=float(1.96 * p95.std(ddof=1) / math.sqrt(len(p95))),
        high_value_mean=float(figures.high_value_mean.mean()),
        high_value_p95=float(figures.high_value_p95.mean()),
        high_value_p99=float(figures.high_value_p99.mean()),
        mean_theta=float(figures.mean_theta.mean()),
        stale=float(figures.stale_rate.mean()),
        interval_deviation=float(figures.interval_deviation.mean()),
        issuance=float(figures.issuance_ahead.max()),
        tuning_runs=tuning_runs,
        front=front,
    )
