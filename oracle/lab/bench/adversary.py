"""What a sender who makes a tenth of the transactions and writes what it likes can do: `catalyst bench adversary`.

It pays what others pay, so a tenth of every block's weight is its. Texts are searched among all that the workload says,
and from the best of these word by word. It knows when crowds come. Beside the search, the residual
is held at what no text can exceed (`oracle.model.policy.Policy.at_worst`), in three ways.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from oracle.lab.bench.hostile_texts import find_texts
from oracle.lab.bench.policy_rows import PolicyBench
from oracle.lab.bench.rows import MEAN_PHI
from oracle.model.bundle import load_bundle
from oracle.plant.definition import EPOCH_10, EPOCH_20
from oracle.plant.measure import measure
from oracle.plant.plant import PlantController, run
from oracle.plant.traces import Traces, draw_traces
from oracle.plant.tune import with_mean_theta
from oracle.training.policy_on_plant import PolicyOnPlant, fixed_texts
from oracle.training.pooling import HOSTILE_SHARE, Texts, as_texts, block_texts

Floats = NDArray[np.float64]
ANY = "any text at all, by the policy's bound"


@dataclass(frozen=True)
class Effort:
    """How hard is searched, and on how much it is measured."""

    seeds: int = 10
    blocks: int = 6_000
    windows: int = 64  # that a text is judged by
    candidates: int = 2_000
    starts: int = 3  # texts that are changed word by word
    changes: int = 300  # tried of each


DEFINITIONS = {"epoch 10, lag 3": EPOCH_10, "epoch 20, lag 5": EPOCH_20}
_FIRST_SEED = 10_000


@dataclass(frozen=True)
class Attack:
    """One attack's outcome; what is compared with is the policy left alone, at the same level."""

    definition: str
    text: str
    when: str
    p95: float
    p95_loss: float  # of the p95 without attack
    theta_shift: float  # of mean theta


def measure_adversary(
    say: Callable[[str], None], bundle_directory: Path, effort: Effort | None = None
) -> dict[str, Any]:
    """The worst that was found, for each definition.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    effort = effort or Effort()
    bundle = load_bundle(bundle_directory)
    bench = PolicyBench(bundle)
    rows = []
    for name, base in DEFINITIONS.items():
        definition = replace(base, blocks=effort.blocks)
        traces = draw_traces(definition, range(_FIRST_SEED, _FIRST_SEED + effort.seeds))
        read = as_texts(bench.readings(traces))
        texts = block_texts(bundle.policy, read, bench.texts.tensor())
        family = fixed_texts("policy", bundle.policy, texts)
        level, plain = with_mean_theta(family, definition, traces, definition.theta0 + MEAN_PHI, ())
        honest = PolicyOnPlant(bundle.policy, texts, level)
        log = run(definition, traces, honest).log
        up, down = find_texts(
            bundle,
            bench.texts,
            read,
            definition,
            log,
            windows=effort.windows,
            candidates=effort.candidates,
            starts=effort.starts,
            changes=effort.changes,
        )

        def saying(*said: tuple[str, NDArray[np.bool_]], read: Texts = read, level: float = level) -> PlantController:
            rows = sum(bench.texts.index(text) * torch.from_numpy(where).long() for text, where in said)
            hostile = read.with_hostile(torch.as_tensor(rows))
            return PolicyOnPlant(bundle.policy, block_texts(bundle.policy, hostile, bench.texts.tensor()), level)

        for text, when, controller in _attacks(honest, saying, up, down, traces):
            figures = measure(run(definition, traces, controller))
            row = Attack(
                definition=name,
                text=text,
                when=when,
                p95=float(figures.latency_p95.mean()),
                p95_loss=float(figures.latency_p95.mean() / plain.latency_p95.mean() - 1),
                theta_shift=float(figures.mean_theta.mean() - plain.mean_theta.mean()),
            )
            say(
                f"{row.definition}  {row.text}, {row.when}: p95 {row.p95:.2f} T ({100 * row.p95_loss:+.1f} %), "
                f"mean θ {row.theta_shift:+.4f}"
            )
            rows.append(row)
    found, bound = ([row for row in rows if (row.text == ANY) == is_bound] for is_bound in (False, True))
    return {
        "model_hash": "0x" + bundle.model_hash.hex(),
        "share": HOSTILE_SHARE,
        "effort": asdict(effort),
        "rows": [asdict(row) for row in rows],
        "worst_p95_loss": max(row.p95_loss for row in found),
        "worst_theta_shift": max((row.theta_shift for row in found), key=abs),
        "bound_p95_loss": max(row.p95_loss for row in bound),
        "bound_theta_shift": max((row.theta_shift for row in bound), key=abs),
    }


def _attacks(
    honest: PolicyOnPlant, saying: Callable[..., PlantController], up: str, down: str, traces: Traces
) -> Sequence[tuple[str, str, PlantController]]:
    """Text, when, and the controller that results."""
    busy = _busy(traces)
    always = np.ones_like(busy)

    def at_bound(lowered: NDArray[np.bool_]) -> PlantController:
        policy, where = honest.policy, torch.from_numpy(lowered).unsqueeze(-1)
        low, high = (
            [policy.at_worst(said, HOSTILE_SHARE, lowest=lowest) for said in honest.texts] for lowest in (True, False)
        )
        return replace(honest, texts=tuple(torch.where(where, *pair) for pair in zip(low, high, strict=True)))

    return [
        (ANY, "raised at all times", at_bound(~always)),
        (ANY, "lowered at all times", at_bound(always)),
        (ANY, "lowered in and before crowds, raised outside", at_bound(busy)),
        (up, "at all times", saying((up, always))),
        (down, "at all times", saying((down, always))),
        (down, "in and before crowds", saying((down, busy))),
        (f"{down} | {up}", "the first in and before crowds, the second outside", saying((down, busy), (up, ~busy))),
    ]


def _busy(traces: Traces) -> NDArray[np.bool_]:
    """[seeds, T]: a crowd is there, or comes within 40 T."""
    busy = np.zeros(traces.hash_rates.shape, dtype=bool)
    for row, schedule in zip(busy, traces.schedules, strict=True):
        for crowd in schedule.crowds:
            if not crowd.called_off:
                row[max(0, crowd.start_block - 40) : crowd.start_block + crowd.length_blocks] = True
    return busy
