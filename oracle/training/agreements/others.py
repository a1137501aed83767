"""Readers beside the shipped one, measured as it is: the nearest phrase, and the generative reader.

Run as `python -m oracle.training.agreements.others nearest` (or `smollm2`, or the directory of a trained reader); the
figures are written beside this file, where `page.py` finds them. A row takes minutes: `--agreements` says how many.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from oracle.output import write_whole
from oracle.plans.generative.reader import Answers, AskingReader
from oracle.plans.reading.evidence import Thresholds
from oracle.training.agreements.clauses import Clause, clauses_of
from oracle.training.agreements.lesson import lessons_of
from oracle.training.agreements.measured import figures_of, read_once, some_lessons, tuned
from oracle.training.agreements.nearest import NearestAnswers
from oracle.training.agreements.run import FIRST_SEEDS, LESSON_AGREEMENTS, LESSONS, measured_seeds
from oracle.workload.agreements.wordings import HELD_OUT, TRAINING, TUNING, wordings

FIGURES = Path(__file__).with_name("others.json")
NEAREST = "nearest"
TRAINED = "trained"  # the name of a trained generative reader's row
_SEEN_AGREEMENTS = 3_000  # whose clauses the nearest phrase is looked for in


def nearest_answers(agreements: int = _SEEN_AGREEMENTS) -> NearestAnswers:
    """The baseline, on agreements that training draws from too."""
    return NearestAnswers(clauses_of(lessons_of(range(agreements), wordings(TRAINING))))


def measure(
    answers: Answers, *, agreements: int, clauses: Mapping[str, list[Clause]], say: Callable[[str], None]
) -> tuple[Thresholds, dict[str, Any]]:
    """Tune thresholds on one set of wordings and measure on all three.

    Args:
        answers: Of the reader.
        agreements: Of each set.
        clauses: Of each set, by which single answers are judged (`measured_clauses`).
        say: Is told how far it is.

    Returns:
        The thresholds; and by set the fields of `Figures`, and `clauses`.
    """
    reader = AskingReader(answers)
    read = {}
    for part in (TUNING, TRAINING, HELD_OUT):
        read[part] = read_once(reader, measured_seeds(part, agreements), wordings(part))
        say(f"{agreements} agreements in {part} wordings are read")
    thresholds = tuned(read[TUNING])
    figures = {}
    for part, agreed in read.items():
        accuracies = answer_accuracy(answers, clauses[part])
        figures[part] = asdict(figures_of(agreed, thresholds, accuracies)) | {"clauses": len(clauses[part])}
        say(f"{part}: {figures[part]}")
    return thresholds, figures


def measured_clauses(count: int) -> dict[str, list[Clause]]:
    """Some sentences of each set: of those that the shipped reader is measured on too."""
    found = {}
    for part in (TRAINING, TUNING, HELD_OUT):
        seeds = range(FIRST_SEEDS[part], FIRST_SEEDS[part] + LESSON_AGREEMENTS)
        found[part] = clauses_of(some_lessons(seeds, wordings(part), LESSONS))[:count]
    return found


def answer_accuracy(answers: Answers, clauses: list[Clause]) -> tuple[float, float]:
    """Part of the sentences whose kinds are all told rightly at 1/2; part of the targets whose likeliest meaning is."""
    kinds, meanings = 0, list[bool]()
    for clause in clauses:
        answer = answers.answer(clause.question)
        if answer is None:
            meanings += [False] * len(clause.meanings)
            continue
        kinds += {kind for kind, chance in answer.kinds.items() if chance > 1 / 2} == set(clause.kinds)
        meanings += [
            max(chances, key=lambda option: chances[option]) == meaning
            for chances, meaning in zip(answer.meanings, clause.meanings, strict=True)
        ]
    return kinds / len(clauses), sum(meanings) / len(meanings)


def keep(name: str, row: dict[str, Any], path: Path = FIGURES) -> None:
    """Put a reader's figures beside those of others."""
    rows = json.loads(path.read_text()) if path.exists() else {}
    write_whole(path, json.dumps(dict(sorted((rows | {name: row}).items())), indent=1) + "\n")


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("reader")
    parser.add_argument("--agreements", type=int, default=20)
    parser.add_argument("--clauses", type=int, default=LESSONS)
    given = parser.parse_args()
    name, extra = given.reader, dict[str, Any]()
    if name == NEAREST:
        answers: Answers = nearest_answers()
    else:
        from oracle.plans.generative.bundle import load_generative  # noqa: PLC0415 - takes seconds

        answers = load_generative(name).reader.answers
        if (Path(name) / "training.json").is_file():
            name, extra = TRAINED, json.loads((Path(name) / "training.json").read_text())
    thresholds, figures = measure(
        answers, agreements=given.agreements, clauses=measured_clauses(given.clauses), say=print
    )
    keep(name, extra | {"thresholds": asdict(thresholds), "figures": figures})


if __name__ == "__main__":
    _main()
