"""`catalyst train plans`: train the reader of agreements, tune how sure it must be, measure it, write its bundle."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from oracle.plans.bundle import load_reader
from oracle.plans.reading.evidence import Thresholds
from oracle.training.agreements.export import export_reader
from oracle.training.agreements.figures import clause_accuracy
from oracle.training.agreements.lesson import Lesson
from oracle.training.agreements.measured import (
    figures_of,
    read_once,
    some_lessons,
    tuned,
)
from oracle.training.agreements.train import DESCENTS, TrainableReader, train_reader
from oracle.training.descent import Descent
from oracle.workload.agreements.wordings import HELD_OUT, TRAINING, TUNING, wordings

MEASURED = 200  # agreements of each set
_THRESHOLD_SEEDS = range(3_600_000, 3_600_600)  # agreements that thresholds are tuned on; none of them is measured
FIRST_SEEDS = {TRAINING: 2_000_000, TUNING: 3_000_000, HELD_OUT: 4_000_000}
LESSON_AGREEMENTS, LESSONS = 200, 600  # that accuracies are measured on, with all values and names in them


def train_plans(
    directory: Path,
    out: Path,
    encoder_source: str,
    *,
    seed: int,
    say: Callable[[str], None],
    descents: Sequence[Descent] = DESCENTS,
    begin: Path | None = None,
) -> bytes:
    """Train in a run directory, from a bundle on if one is given, and write the bundle; returns its modelHash."""
    reader, trained = train_reader(directory, encoder_source, seed=seed, descents=descents, begin=begin)
    say(f"trained in {trained.steps} steps to {trained.mistakes:.3f} mistakes on wordings that were kept back")
    return measure_and_export(
        reader, out, encoder_source, {"seed": seed, "steps": trained.steps, "mistakes": round(trained.mistakes, 4)}, say
    )


def measure_and_export(
    reader: TrainableReader,
    out: Path,
    encoder_source: str,
    training: dict[str, Any],
    say: Callable[[str], None],
) -> bytes:
    """Tune thresholds on one set of wordings, measure on all three, and write the bundle."""
    with tempfile.TemporaryDirectory() as folder:
        export_reader(reader, Path(folder), thresholds=Thresholds(), encoder_source=encoder_source, training=training)
        loaded = load_reader(Path(folder)).reader
    thresholds = tuned(read_once(loaded, _THRESHOLD_SEEDS, wordings(TUNING)))
    say(f"sure from {thresholds.sure}, in doubt from {thresholds.doubt}, by {len(_THRESHOLD_SEEDS)} agreements")
    figures = {}
    for part in (TUNING, TRAINING, HELD_OUT):
        read = read_once(loaded, measured_seeds(part, MEASURED), wordings(part))
        figures[part] = figures_of(read, thresholds, clause_accuracy(loaded, _lessons(part)))
        say(f"{part}: {figures[part]}")
    return export_reader(
        reader,
        out,
        thresholds=thresholds,
        encoder_source=encoder_source,
        training=training | {"figures": {part: asdict(each) for part, each in figures.items()}},
    )


def _lessons(part: str) -> list[Lesson]:
    first = FIRST_SEEDS[part]
    return some_lessons(range(first, first + LESSON_AGREEMENTS), wordings(part), LESSONS)


def measured_seeds(part: str, agreements: int) -> range:
    """Of the agreements of a set that readers are measured on."""
    first = FIRST_SEEDS[part] + 500_000
    return range(first, first + agreements)
