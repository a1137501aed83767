"""`catalyst train routes`: train the reader of requests on the encoder of agreements, measure it, write its bundle."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from oracle.plans import bundle as plans
from oracle.routing.reading.bundle import write_reader
from oracle.routing.reading.reader import TransferReader
from oracle.training.transfers.descent import meaning_layer, wish_layer
from oracle.training.transfers.figures import accuracies, figures_of, losses, read_once, tuned
from oracle.training.transfers.lesson import lessons_of
from oracle.training.transfers.remembering import RememberingEncoder
from oracle.workload.transfers.wordings import HELD_OUT, PARTS, TRAINING, TUNING

REQUESTS = 1_600  # that lessons are drawn from
MEASURED = 300  # requests of each set
_LESSONS = 100  # requests whose clauses and targets are measured one by one
_DECAYS = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3)
_FIRST_SEEDS = {TRAINING: 2_000_000, TUNING: 3_000_000, HELD_OUT: 4_000_000}


def train_routes(
    out: Path,
    encoder: Path,
    *,
    seed: int,
    say: Callable[[str], None],
    requests: int = REQUESTS,
    measured: int = MEASURED,
) -> bytes:
    """Train, tune thresholds on one set of wordings, measure on all three, and write the bundle; its modelHash."""
    below = plans.load_reader(encoder)
    eyes = RememberingEncoder(below.reader.encoder)
    lessons = lessons_of(eyes, range(seed * requests, (seed + 1) * requests), TRAINING)
    say(f"{len(lessons.clauses)} clauses and {len(lessons.targets)} names, amounts and times are encoded")
    apart = {
        part: lessons_of(eyes, range(first, first + min(_LESSONS, measured)), part)
        for part, first in _FIRST_SEEDS.items()
    }
    made = [TransferReader(eyes, wish_layer(lessons, each), meaning_layer(lessons, each)) for each in _DECAYS]
    # Wishes and meanings are tuned apart, on wordings that they have not learnt.
    scored = [losses(reader, apart[TUNING]) for reader in made]
    best_wishes = min(range(len(made)), key=lambda at: scored[at][0])
    best_meanings = min(range(len(made)), key=lambda at: scored[at][1])
    reader = TransferReader(eyes, made[best_wishes].wishes, made[best_meanings].meanings)
    read = {
        part: read_once(reader, range(first + 500_000, first + 500_000 + measured), part)
        for part, first in _FIRST_SEEDS.items()
    }
    thresholds = tuned(read[TUNING])
    say(f"{thresholds}")
    figures = {}
    for part in PARTS:
        wishes, meanings = accuracies(reader, apart[part])
        told = {"wishes_right": round(wishes, 4), "meanings_right": round(meanings, 4)}
        figures[part] = told | asdict(figures_of(read[part], thresholds))
        say(f"{part}: {figures[part]}")
    training = {
        "seed": seed,
        "requests": requests,
        "decay": {"wishes": _DECAYS[best_wishes], "meanings": _DECAYS[best_meanings]},
        "figures": figures,
    }
    return write_reader(
        out,
        wishes=reader.wishes,
        meanings=reader.meanings,
        thresholds=thresholds,
        encoder_hash=below.model_hash,
        training=training,
    )
