"""Does the policy in the loop drift, swing or recover late? `catalyst bench stability`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.feedback import FEEDBACK_CONSTANT, FEEDBACK_GAIN
from oracle.lab.bench.policy_rows import POLICY, PolicyBench
from oracle.model.bundle import load_bundle
from oracle.plant.controllers import Constant, Proportional
from oracle.plant.definition import EPOCH_10, EPOCH_20, Definition
from oracle.plant.kernel import BACKLOG, PHI, TIME
from oracle.plant.plant import PlantController, run
from oracle.plant.traces import BINS_PER_T, Traces, draw_traces

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StabilityPlan:
    """How much is run."""

    blocks: int = 100_000
    seeds: int = 3
    calm_blocks: int = 20_000  # of constant load and hash rate, in search of a limit cycle
    recovery_seeds: int = 20
    recovery_plays: int = 15  # of each seed, with other luck: spans of one play are far too uneven to tell
    recovery_blocks: int = 3_600


DEFINITIONS = {"epoch 10, lag 3": EPOCH_10, "epoch 20, lag 5": EPOCH_20}
_FIRST_SEED = 40_000
_CHANGES = (0.5, 1.5)  # of the hash rate
_NEVER = 1e12  # T
_SPAN_T, _SPANS = 48, 5
_WATCHED_T = 960  # after a jump, for the backlog
_RECOVERED = 0.1  # mean block interval within this part of what it was


def measure_stability(
    say: Callable[[str], None], bundle_directory: Path, plan: StabilityPlan | None = None
) -> dict[str, Any]:
    """Drift of issuance over long runs, the spectrum of phi in calm, and recovery from jumps of the hash rate.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    plan = plan or StabilityPlan()
    bundle = load_bundle(bundle_directory)
    bench = PolicyBench(bundle)
    feedback = Proportional(FEEDBACK_GAIN, FEEDBACK_CONSTANT)
    rows = []
    for name, definition in DEFINITIONS.items():
        for make in (_long, _calm, _recovery):
            for controller, of in (("policy", bench), ("feedback", feedback), ("φ = 0", Constant(0.0))):
                row = {"definition": name, "controller": controller, **make(definition, of, plan)}
                say(
                    ", ".join(
                        f"{key} {value:.3g}" if isinstance(value, float) else f"{value}" for key, value in row.items()
                    )
                )
                rows.append(row)
    return {"model_hash": "0x" + bundle.model_hash.hex(), "blocks": plan.blocks, "rows": rows}


def _controller(of: PolicyBench | PlantController, definition: Definition, traces: Traces) -> PlantController:
    if isinstance(of, PolicyBench):
        return of.family(POLICY, definition, traces).make(definition, traces, of.config.margin, ())
    return of


def _long(definition: Definition, of: PolicyBench | PlantController, plan: StabilityPlan) -> dict[str, Any]:
    """Blocks off schedule: the most at any time, and the slope over the run in blocks in a thousand T."""
    here = replace(definition, blocks=plan.blocks)
    traces = draw_traces(here, range(_FIRST_SEED, _FIRST_SEED + plan.seeds))
    log = run(here, traces, _controller(of, here, traces)).log
    ahead = np.arange(1, plan.blocks + 1) - log[:, :, TIME]
    slopes = [np.polyfit(times, each, 1)[0] for times, each in zip(log[:, :, TIME], ahead, strict=True)]
    return {
        "what": "long run",
        "off_schedule_most": float(np.abs(ahead).max()),
        "off_schedule_slope_per_1000_T": 1_000 * float(np.mean(slopes)),
        "mean_theta": here.theta0 + float(log[:, :, PHI].mean()),
    }


def _calm(definition: Definition, of: PolicyBench | PlantController, plan: StabilityPlan) -> dict[str, Any]:
    """Phi under constant load: its standard deviation, and the share of its variance in its strongest line."""
    here = replace(definition, blocks=plan.calm_blocks)
    traces = draw_traces(here, range(_FIRST_SEED, _FIRST_SEED + plan.seeds), crowd_every=_NEVER)
    random = np.random.default_rng(_FIRST_SEED)
    mean = here.load * here.theta0 * here.capacity / BINS_PER_T
    total = random.poisson(mean, traces.mean_arrivals.shape)
    high = random.binomial(total, here.high_value_share)
    traces = replace(
        traces,
        arrivals=np.stack([high, total - high], axis=1).astype(np.float64),
        hash_rates=np.ones_like(traces.hash_rates),
    )
    decided = run(here, traces, _controller(of, here, traces)).decided
    decided = decided[:, decided.shape[1] // 10 :]
    power = (np.abs(np.fft.rfft(decided - decided.mean(axis=1, keepdims=True), axis=1)) ** 2).mean(axis=0)[1:]
    strongest = int(power.argmax())
    total_power = float(power.sum())
    return {
        "what": "calm",
        "phi_deviation": float(decided.std()),
        "strongest_line_share": float(power[strongest]) / total_power if total_power > 0 else 0.0,
        "strongest_line_period_epochs": decided.shape[1] / (strongest + 1),
    }


def _recovery(definition: Definition, of: PolicyBench | PlantController, plan: StabilityPlan) -> dict[str, Any]:
    """T until the mean block interval is, and stays, near what it was before the hash rate jumped; no crowd comes."""
    here = replace(definition, blocks=plan.recovery_blocks)
    seeds = range(_FIRST_SEED, _FIRST_SEED + plan.recovery_seeds)
    drawn = draw_traces(here, seeds, crowd_every=_NEVER)
    controller = _controller(of, here, drawn)
    jump = plan.recovery_blocks // 2
    found: dict[str, Any] = {"what": "recovery"}
    for change in _CHANGES:
        rates = np.ones_like(drawn.hash_rates)
        rates[:, jump:] = change
        random = np.random.default_rng(_FIRST_SEED)  # the same luck for every controller
        plays = [
            replace(
                drawn,
                hash_rates=rates,
                work=random.exponential(size=drawn.work.shape),
                luck=random.random(drawn.luck.shape),
            )
            for _ in range(plan.recovery_plays)
        ]
        logs = np.concatenate([run(here, traces, controller).log for traces in plays])
        backlogs = _by_span(logs[:, :, TIME], logs[:, :, BACKLOG] / here.capacity, jump)
        found |= {
            f"recovery_T_at_{change:g}": _recovered(logs[:, :, TIME], jump),
            f"backlog_most_at_{change:g}": float(backlogs[: _WATCHED_T // _SPAN_T].max()),
        }
    return found


def _recovered(times: Floats, jump: int) -> float:
    """From the blocks found in spans of _SPAN_T over all runs, as a running mean of _SPANS of them."""
    end = int(times[:, -1].min()) // _SPAN_T * _SPAN_T
    edges = np.arange(jump % _SPAN_T, end, _SPAN_T)
    found = np.mean([np.histogram(each, edges)[0] for each in times], axis=0) / _SPAN_T
    before = found[(edges[1:] <= jump) & (edges[:-1] > 3 * jump / 4)].mean()
    smooth = np.convolve(found, np.ones(_SPANS) / _SPANS, mode="same")[: -(_SPANS // 2)]
    late = np.flatnonzero(np.abs(smooth[edges[: len(smooth)] >= jump] / before - 1) > _RECOVERED)
    return float(_SPAN_T * (late[-1] + 1 if len(late) else 0))


def _by_span(times: Floats, values: Floats, jump: int) -> Floats:
    """Mean of what blocks left, over all runs, in each span from the jump on."""
    span = np.floor((times - jump) / _SPAN_T).astype(int)
    counted = span >= 0
    total = np.bincount(span[counted], weights=values[counted])
    return np.asarray(total / np.maximum(1, np.bincount(span[counted])))
