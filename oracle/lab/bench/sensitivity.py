"""What text is worth where traffic is other than the benchmark's: `catalyst bench sensitivity`.

One thing at a time is changed: how many crowds are announced, by how much of the weight, how late phi acts, and how big
crowds are. The planner is compared with itself without text and with perfect reading, on the same seeds.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle.lab.bench.gaps import with_interval
from oracle.lab.bench.rows import p95_at_theta
from oracle.model.bundle import Bundle, load_bundle
from oracle.plant.definition import EPOCH_10, EPOCH_20, Definition
from oracle.plant.planned import Crowds, Told
from oracle.plant.traces import Traces, draw_traces
from oracle.plant.tune import MEAN_PHI, with_mean_theta
from oracle.training.figures import planned_family
from oracle.training.plant_evidence import evidence_by_t, read_traces
from oracle.training.readings import Library
from oracle.training.text_table import TextTable
from oracle.workers.pool import Workers
from oracle.workload.schedule import ANNOUNCED_SHARE, CROWD_FACTOR
from oracle.workload.wordings import HELD_OUT, wordings
from oracle.workload.words import ANNOUNCING_SHARE

Floats = NDArray[np.float64]
SEEDS = range(50_000, 50_040)
_DEFINITIONS = {"epoch 10, lag 3": EPOCH_10, "epoch 20, lag 5": EPOCH_20}
_ANNOUNCED = (0.8, 0.5, 0.2, 0.0)
_SPEAKING = (0.7, 0.1, 0.03)  # of the transactions with words
_LAGS = (0.1, 0.6, 0.9)  # of an epoch
_FACTORS = ((1.25, 1.75), (1.75, 2.5), (2.5, 4.0))


@dataclass(frozen=True)
class Variation:
    """What is other than in the benchmark."""

    what: str
    value: str
    definition: Definition
    announced_share: float = ANNOUNCED_SHARE
    announcing_share: float = ANNOUNCING_SHARE
    crowd_factor: tuple[float, float] = CROWD_FACTOR


@dataclass(frozen=True)
class SensitivityRow:
    """P95 in T at equal mean theta, mean of the seeds; the change by text with its 95 % interval."""

    base: str
    what: str
    value: str
    announced_weight: float  # of the blocks' weight, while a crowd stands announced
    without_text: float
    policy: float
    perfect_reader: float
    change_by_text: tuple[float, float, float]


def variations(base: Definition) -> Iterator[Variation]:
    """All of a plant, each a change of one thing."""
    for share in _ANNOUNCED:
        yield Variation("announced share of crowds", f"{share:.0%}", base, announced_share=share)
    for share in _SPEAKING:
        yield Variation("part of the worded transactions that announce", f"{share:.0%}", base, announcing_share=share)
    for part in _LAGS:
        lag = round(part * base.epoch_blocks)
        yield Variation("lag", f"{lag} blocks", replace(base, lag_blocks=lag))
    for low, high in _FACTORS:
        yield Variation("load in a crowd", f"{low} to {high} times", base, crowd_factor=(low, high))


def measure_sensitivity(
    say: Callable[[str], None],
    bundle_directory: Path,
    seeds: range = SEEDS,
    blocks: int | None = None,
    *,
    workers: Workers,
) -> dict[str, Any]:
    """Rows of all variations, side by side by workers; `blocks` of a run, where not as many as the benchmark's.

    Raises:
        BundleError: the bundle cannot be loaded.
    """
    jobs = [
        partial(_row, name, variation, bundle_directory, seeds)
        for name, base in _DEFINITIONS.items()
        for variation in variations(base if blocks is None else replace(base, blocks=blocks))
    ]
    rows = []
    for row in workers.run(jobs):
        say(
            f"{row.base}, {row.what} {row.value}: p95 {row.without_text:.2f} without text, {row.policy:.2f} by the "
            f"policy, {row.perfect_reader:.2f} by perfect reading"
        )
        rows.append(row)
    return {
        "model_hash": "0x" + load_bundle(bundle_directory).model_hash.hex(),
        "seeds": [seeds.start, seeds.stop],
        "blocks": blocks or EPOCH_10.blocks,
        "rows": [asdict(row) for row in rows],
    }


@lru_cache(maxsize=1)
def _reading(bundle_directory: Path) -> tuple[Bundle, Library, TextTable]:
    """Once in each process: it keeps what it has read."""
    bundle = load_bundle(bundle_directory)
    table = TextTable(bundle.reader.encoder)
    return bundle, Library(table), table


def _row(base: str, variation: Variation, bundle_directory: Path, seeds: range) -> SensitivityRow:
    bundle, library, table = _reading(bundle_directory)
    definition = variation.definition
    traces = draw_traces(
        definition, seeds, announced_share=variation.announced_share, crowd_factor=variation.crowd_factor
    )
    readings = read_traces(traces, library, wordings(HELD_OUT), variation.announcing_share)
    evidence = evidence_by_t(readings, bundle.reader.head, table.tensor().numpy())

    def p95(told: Told) -> Floats:
        family = planned_family(told, bundle.config)
        wanted = definition.theta0 + MEAN_PHI
        level, _ = with_mean_theta(family, definition, traces, wanted, ())
        return p95_at_theta(family, definition, traces, (), level, wanted)

    without, policy, perfect = p95(Told()), p95(Told(evidence)), p95(Told(crowds=Crowds(traces, definition)))
    return SensitivityRow(
        base=base,
        what=variation.what,
        value=variation.value,
        announced_weight=_announced_weight(traces, evidence.announced),
        without_text=float(without.mean()),
        policy=float(policy.mean()),
        perfect_reader=float(perfect.mean()),
        change_by_text=with_interval(lambda p95: p95[0] / p95[1] - 1, policy, without),
    )


def _announced_weight(traces: Traces, announced: Floats) -> float:
    """Mean weight of what is read as announced, over the T in which a crowd stands announced; 0 where none does."""
    found = [
        announced[row, t].sum()
        for row, schedule in enumerate(traces.schedules)
        for crowd in schedule.crowds
        for t in range(max(0, crowd.start_block - crowd.announced_ahead_blocks), crowd.start_block)
        if t < announced.shape[1] and crowd.said_at(t) == "announced"
    ]
    return float(np.mean(found)) if found else 0.0
