"""Controllers on the plant, at equal mean theta: `catalyst bench control`.

Parameters are tuned on other seeds than those measured. Only the level (`oracle.plant.tune`) is set on the measured
traces themselves, so that all offer the same capacity. The policy is that of a bundle, as it is; what it reads is
worded in phrase families that training never saw.
"""

import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import torch

from oracle.lab.bench.policy_rows import ABLATIONS, FROZEN_ENCODER, OWN_ENGINE, POLICY, PolicyBench
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
    by_node_name,
    per_node,
)
from oracle.plant.measure import measure
from oracle.plant.plant import run
from oracle.plant.rounds import Work
from oracle.plant.traces import draw_traces

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

    seeds: range = range(10_000, 10_020)
    tuning_seeds: range = range(20_000, 20_020)
    clairvoyant_tuning_seeds: int = 3  # it takes most of the time
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
) -> dict[str, Any]:
    """All controllers in all scenarios, and how far the policy goes from classical feedback to those who know more.

    Scenarios are measured side by side, one on each core.

    Args:
        say: Gets each row as a line.
        bundle_directory: Of the policy.
        scenarios: By name.
        plan: Seeds, and how much is measured.
        beside: Bundle of a policy for a row of its own: under proof of work, trained as the other but for its encoder,
            which nobody tuned; under other engines, trained on their plants.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    plan = plan or ControlPlan()
    bundle = load_bundle(bundle_directory)
    rows, gaps = [], {}
    workers = min(len(scenarios), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as processes, _ended_with_us(processes):
        running = {
            name: processes.submit(measure_scenario, name, definition, bundle_directory, plan, beside)
            for name, definition in scenarios.items()
        }
        mined = all(isinstance(definition.engine, Work) for definition in scenarios.values())
        anchors = processes.submit(measure_anchors, plan) if mined else None
        for name, scenario in running.items():
            here = scenario.result()
            for row in here:
                say(
                    f"{name}  {row.controller}: mean {row.mean:.2f}, p95 {row.p95:.2f} ± {row.ci95:.2f}, "
                    f"p99 {row.p99:.1f} T at mean θ {row.mean_theta:.3f}"
                )
            rows += here
            gaps[name] = _gaps(here)
        anchor_rows = anchors.result() if anchors else []
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


@contextmanager
def _ended_with_us(processes: ProcessPoolExecutor) -> Iterator[None]:
    """Whoever stops us stops the measuring: else it would go on for as long as it takes."""
    try:
        yield
    except BaseException:
        processes.shutdown(wait=False, cancel_futures=True)
        for child in active_children():
            child.terminate()
        raise


@lru_cache(maxsize=1)
def _policy_benches(bundle_directory: Path, beside: Path | None) -> tuple[PolicyBench, PolicyBench | None]:
    """Once in each process: they keep what they have read."""
    torch.set_num_threads(1)
    policy = PolicyBench(load_bundle(bundle_directory))
    return policy, PolicyBench(load_bundle(beside), policy) if beside else None


def measure_scenario(
    name: str, definition: Definition, bundle_directory: Path, plan: ControlPlan, beside: Path | None = None
) -> list[ControlRow]:
    """All controllers in one scenario."""
    policy, other = _policy_benches(bundle_directory, beside)
    tuning, traces = draw_traces(definition, plan.tuning_seeds), draw_traces(definition, plan.seeds)
    few = draw_traces(definition, plan.tuning_seeds[: plan.clairvoyant_tuning_seeds])
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
    for family in (*CLASSICAL, READER):
        row = tuned_row(name, family, definition, tuning, traces, front=plan.front)
        add(row)
        if unequal:
            by_node = tuned_row(name, per_node(family, row.parameters), definition, tuning, traces, front=plan.front)
            own_gain = by_node.parameters
            add(by_node)
    add(level_row(name, policy.family(POLICY, traces), definition, traces, front=plan.front))
    # By node, the policy has the gain that suits the perfect reader.
    if unequal:
        family = per_node(policy.family(POLICY, traces), ())
        add(level_row(name, family, definition, traces, own_gain, front=plan.front))
    for what in ABLATIONS:
        family = policy.family(what, traces)
        add(level_row(name, per_node(family, ()) if unequal else family, definition, traces, own_gain))
    if other is not None:
        name_beside = FROZEN_ENCODER if isinstance(definition.engine, Work) else OWN_ENGINE
        family = replace(other.family(POLICY, traces), name=name_beside)
        add(level_row(name, per_node(family, ()) if unequal else family, definition, traces, own_gain))
    row = tuned_row(name, CLAIRVOYANT, definition, few, traces)
    add(row)
    if unequal:
        add(tuned_row(name, per_node(CLAIRVOYANT, row.parameters), definition, few, traces))
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


def _gaps(rows: Sequence[ControlRow]) -> dict[str, Any]:
    """The part of the p95 between best classical controller and those who know more that the policy closes.

    Where there are controllers by node, theirs; and the part of p95 that they gain over one phi for all.
    """
    p95 = {row.controller: row.p95 for row in rows}
    best_classical = min((name for family in CLASSICAL for name in _forms(family.name, p95)), key=p95.__getitem__)
    classical = p95[best_classical]
    reader, clairvoyant, policy = (p95[_forms(name, p95)[-1]] for name in (READER.name, CLAIRVOYANT.name, POLICY))
    return {
        "best_classical": best_classical,
        "gap_closed_reader": (classical - policy) / (classical - reader),
        "gap_closed_clairvoyant": (classical - policy) / (classical - clairvoyant),
        "gap_closed_clairvoyant_by_reader": (classical - reader) / (classical - clairvoyant),
        "p95_lowered": 1 - policy / classical,
        "gap_closed_reader_by_ablation": {
            name: (classical - p95[_forms(name, p95)[-1]]) / (classical - reader)
            for name in (*ABLATIONS, FROZEN_ENCODER, OWN_ENGINE)
            if _forms(name, p95)
        },
        "gained_by_node": {name: 1 - p95[by_node_name(name)] / p95[name] for name in p95 if by_node_name(name) in p95},
    }


def _forms(name: str, measured: Collection[str]) -> list[str]:
    """A controller as measured: with one phi for all, and by node."""
    return [form for form in (name, by_node_name(name)) if form in measured]
