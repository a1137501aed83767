"""Controllers on the plant, at equal mean theta: `catalyst bench control`.

Parameters are tuned on other seeds than those measured. Only the level (`oracle.plant.tune`) is set on the measured
traces themselves, so that all offer the same capacity. The policy is that of a bundle, as it is; what it reads is
worded in phrase families that training never saw.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from oracle.lab.bench.gaps import gaps_of
from oracle.lab.bench.policy_rows import ABLATIONS, FROZEN_ENCODER, NO_TEXT, PERFECT, POLICY, TOLD_MORE, PolicyBench
from oracle.lab.bench.rows import FRONT, ControlRow, figures_row, level_row, tuned_row
from oracle.model.bundle import load_bundle
from oracle.plant.controllers import Constant
from oracle.plant.definition import ALIKE, EPOCH_10, EPOCH_20, UNEQUAL, Definition
from oracle.plant.engines import ENGINES
from oracle.plant.families import (
    CLAIRVOYANT,
    CLASSICAL,
    FEEDBACK,
    PROPORTIONAL,
    READER,
    RETARGETS,
    per_node,
)
from oracle.plant.measure import measure
from oracle.plant.plant import run
from oracle.plant.rounds import Work
from oracle.plant.traces import draw_traces
from oracle.plant.tune import MEAN_PHI, tune
from oracle.workers.pool import Workers

PHI_ZERO = "φ = 0"
# Mean, p95 and p99 of an independent prototype of this plant, over 40 seeds.
ANCHORS: dict[str, dict[str, tuple[float, float, float]]] = {
    "epoch 10, lag 3, τ 0.02": {
        PHI_ZERO: (17.0, 79.8, 102.8),
        PROPORTIONAL.name: (2.4, 8.4, 17.3),
        READER.name: (1.9, 6.3, 12.4),
    },
    "epoch 20, lag 5, τ 0.02": {
        PHI_ZERO: (17.0, 79.8, 102.8),
        PROPORTIONAL.name: (3.0, 12.4, 25.0),
        READER.name: (2.2, 7.7, 15.9),
    },
}


@dataclass(frozen=True)
class ControlPlan:
    """What is measured on, and what is tuned on."""

    seeds: range = range(50_000, 50_040)
    tuning_seeds: range = range(20_000, 20_020)
    front: tuple[float, ...] = FRONT
    anchor_blocks: int = 6_000


SCENARIOS: dict[str, Definition] = {
    f"{name}epoch {base.epoch_blocks}, lag {base.lag_blocks}, τ {tau}": replace(base, tau=tau, pools=pools)
    for name, pools in (("", ALIKE), ("unequal pools, ", UNEQUAL))
    for base in (EPOCH_10, EPOCH_20)
    for tau in ((0.02, 0.1) if pools is ALIKE else (0.02,))
}


def scenarios_of(engine: str) -> dict[str, Definition]:
    """The scenarios of an engine: SCENARIOS under proof of work, and two epochs under the others.

    Without proof of work, tau has no effect, and nobody tells which node has traffic of its own.
    """
    if engine == "pow":
        return SCENARIOS
    return {
        f"{engine}, epoch {base.epoch_blocks}, lag {base.lag_blocks}": replace(base, engine=ENGINES[engine])
        for base in (EPOCH_10, EPOCH_20)
    }


def measure_control(
    say: Callable[[str], None],
    bundle_directory: Path,
    scenarios: Mapping[str, Definition] = SCENARIOS,
    plan: ControlPlan | None = None,
    beside: Path | None = None,
    *,
    workers: Workers,
) -> dict[str, Any]:
    """All controllers in all scenarios, and how far the policy goes from classical feedback to those who know more.

    Scenarios are measured side by side, one by each worker.

    Args:
        say: Gets each row as a line.
        bundle_directory: Of the policy.
        scenarios: By name.
        plan: Seeds, and how much is measured.
        beside: Bundle of a policy for a row of its own, trained as the other but for its encoder, which nobody tuned.
        workers: Who measures.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    plan = plan or ControlPlan()
    bundle = load_bundle(bundle_directory)
    rows, gaps = [], {}
    jobs: list[Callable[[], list[ControlRow]]] = [
        partial(measure_scenario, name, definition, bundle_directory, plan, beside)
        for name, definition in scenarios.items()
    ]
    if all(isinstance(definition.engine, Work) for definition in scenarios.values()):
        jobs.append(partial(measure_anchors, plan))
    measured = workers.run(jobs)
    for name, here in zip(scenarios, measured, strict=False):
        for row in here:
            say(
                f"{name}  {row.controller}: mean {row.mean:.2f}, p95 {row.p95:.2f} ± {row.ci95:.2f}, "
                f"p99 {row.p99:.1f} T at mean θ {row.mean_theta:.3f}"
            )
        rows += here
        gaps[name] = gaps_of(here)
    anchor_rows = next(measured, [])
    return {
        "model_hash": "0x" + bundle.model_hash.hex(),
        "encoder_tuning": _tuning(bundle_directory),
        "beside_model_hash": "0x" + load_bundle(beside).model_hash.hex() if beside else None,
        "seeds": [plan.seeds.start, plan.seeds.stop],
        "tuning_seeds": [plan.tuning_seeds.start, plan.tuning_seeds.stop],
        "rows": [asdict(row) for row in rows],
        "scenarios": gaps,
        "anchors": [asdict(row) for row in anchor_rows],
        "plant_blocks_per_second": measure_speed(plan),
    }


@lru_cache(maxsize=1)
def _policy_benches(bundle_directory: Path, beside: Path | None) -> tuple[PolicyBench, PolicyBench | None]:
    """Once in each process: they keep what they have read."""
    policy = PolicyBench(load_bundle(bundle_directory))
    return policy, PolicyBench(load_bundle(beside), policy) if beside else None


def measure_scenario(
    name: str, definition: Definition, bundle_directory: Path, plan: ControlPlan, beside: Path | None = None
) -> list[ControlRow]:
    """All controllers in one scenario."""
    policy, other = _policy_benches(bundle_directory, beside)
    tuning, traces = draw_traces(definition, plan.tuning_seeds), draw_traces(definition, plan.seeds)
    rows: list[ControlRow] = []
    add = rows.append

    add(figures_row(name, PHI_ZERO, measure(run(definition, traces, Constant(0.0)))))
    for retarget, windows in RETARGETS.items():
        tried = [replace(definition, retarget=retarget, retarget_parameter=window) for window in windows]
        best = min(tried, key=lambda d: float(measure(run(d, tuning, Constant(0.0))).latency_p95.mean()))
        figures = measure(run(best, traces, Constant(0.0)))
        add(figures_row(name, f"{PHI_ZERO}, {retarget}", figures, (best.retarget_parameter,), tuning_runs=len(windows)))
    unequal = definition.pools != ALIKE
    own_gain: tuple[float, ...] = ()
    add(level_row(name, FEEDBACK, definition, traces, front=plan.front))
    for family in CLASSICAL:
        row = tuned_row(name, family, definition, tuning, traces, front=plan.front)
        add(row)
        if unequal:
            add(tuned_row(name, per_node(family, row.parameters), definition, tuning, traces, front=plan.front))
    add(level_row(name, policy.family(POLICY, definition, traces), definition, traces, front=plan.front))
    # By node, the policy has the gain that suits it without text.
    if unequal:
        without_text = per_node(policy.family(NO_TEXT, definition, tuning), ())
        own_gain = tune(without_text, definition, tuning, definition.theta0 + MEAN_PHI).parameters
        family = per_node(policy.family(POLICY, definition, traces), ())
        add(level_row(name, family, definition, traces, own_gain, front=plan.front))
    for what in (*ABLATIONS, *(TOLD_MORE if isinstance(definition.engine, Work) else (PERFECT,))):
        family = policy.family(what, definition, traces)
        add(level_row(name, per_node(family, ()) if unequal else family, definition, traces, own_gain))
    if other is not None:
        family = replace(other.family(POLICY, definition, traces), name=FROZEN_ENCODER)
        add(level_row(name, per_node(family, ()) if unequal else family, definition, traces, own_gain))
    add(level_row(name, CLAIRVOYANT, definition, traces))
    if unequal:
        add(level_row(name, per_node(CLAIRVOYANT, ()), definition, traces, own_gain))
    return rows


def _tuning(bundle_directory: Path) -> str | None:
    """How the encoder of a bundle was tuned, as it says itself."""
    training: dict[str, str] = json.loads((bundle_directory / "training.json").read_text())
    return training.get("encoder_tuning")


def measure_anchors(plan: ControlPlan) -> list[ControlRow]:
    """What an independent prototype measured too: first-in first-out, without classes, on twice as many seeds."""
    rows = []
    seeds = range(plan.seeds.start, plan.seeds.start + 2 * len(plan.seeds))
    for name in ANCHORS:
        definition = replace(SCENARIOS[name], high_value_share=0.0, blocks=plan.anchor_blocks)
        tuning, traces = draw_traces(definition, plan.tuning_seeds), draw_traces(definition, seeds)
        rows.append(figures_row(name, PHI_ZERO, measure(run(definition, traces, Constant(0.0)))))
        rows += [tuned_row(name, family, definition, tuning, traces) for family in (PROPORTIONAL, READER)]
    return rows


def measure_speed(plan: ControlPlan) -> float:
    """Blocks that the plant plays in a second of one core, without a controller's own time."""
    definition = next(iter(SCENARIOS.values()))
    traces = draw_traces(definition, plan.seeds)
    run(definition, traces, Constant(0.0))  # compiles it
    started = time.process_time()
    run(definition, traces, Constant(0.0))
    return len(plan.seeds) * definition.blocks / (time.process_time() - started)
