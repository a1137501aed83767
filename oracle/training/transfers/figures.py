"""How well requests are read: field by field, and the one figure that matters most.

A wrong offer is an objective that is offered without a question although it differs from the right reading, or although
the request contradicts itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oracle.routing.reading.read import Reading, Thresholds, settled
from oracle.routing.reading.reader import Read, TransferReader
from oracle.training.transfers.lesson import Lessons, found_of
from oracle.workload.transfers.compose import Request

# None is low: a few wordings tune them, and a wrong offer is worse than many questions.
_SURE = (0.95, 0.98, 0.99)
_WISH = (0.8, 0.9, 0.95)
_DOUBT = (0.2, 0.4, 0.6)
_IDLE = (0.8, 0.9, 0.95)


@dataclass(frozen=True)
class ReadOnce:
    """A request with what the reader makes of it."""

    request: Request
    read: Read


@dataclass(frozen=True)
class Figures:
    """What a reader comes to on some requests."""

    requests: int
    fields_right: float  # part of the fields of sound requests
    exact: float  # part of the sound requests that are read whole, without a question
    offered: float  # part of all
    wrong_offers: int
    questions: float  # a request


def read_once(reader: TransferReader, seeds: Sequence[int], part: str) -> list[ReadOnce]:
    """The requests of some seeds."""
    requests = [found_of(seed, part) for seed in seeds]
    reads = reader.read([found for _, found in requests])
    return [ReadOnce(request, read) for (request, _), read in zip(requests, reads, strict=True)]


def is_wrong(reading: Reading, request: Request) -> bool:
    """Whether an objective is offered that is not the right one."""
    return reading.objective is not None and (request.faulty or reading.fields != request.fields)


def right_fields(reading: Reading, request: Request) -> int:
    """How many fields are settled as they should be."""
    asked = {question.term for question in reading.questions}
    return sum(
        reading.fields.get(name) == value
        for name, value in request.fields.items()
        if name.removesuffix("_minor").removesuffix("_seconds") not in asked
    )


def figures_of(read: Sequence[ReadOnce], thresholds: Thresholds) -> Figures:
    """The figures of requests at some thresholds."""
    readings = [(settled(each.read, thresholds), each.request) for each in read]
    sound = [(reading, request) for reading, request in readings if not request.faulty]
    fields = sum(len(request.fields) for _, request in sound)
    exact = sum(reading.objective is not None and not is_wrong(reading, request) for reading, request in sound)
    return Figures(
        requests=len(readings),
        fields_right=round(sum(right_fields(*each) for each in sound) / max(1, fields), 4),
        exact=round(exact / max(1, len(sound)), 4),
        offered=round(sum(reading.objective is not None for reading, _ in readings) / len(readings), 4),
        wrong_offers=sum(is_wrong(*each) for each in readings),
        questions=round(sum(len(reading.questions) for reading, _ in readings) / len(readings), 3),
    )


def tuned(read: Sequence[ReadOnce]) -> Thresholds:
    """The thresholds with the fewest wrong offers, and of those the one that reads most requests whole."""

    def cost(thresholds: Thresholds) -> tuple[int, float, float]:
        figures = figures_of(read, thresholds)
        return figures.wrong_offers, -figures.exact, figures.questions

    return min(
        (
            Thresholds(sure, wish, doubt, idle)
            for sure in _SURE
            for wish in _WISH
            for doubt in _DOUBT
            for idle in _IDLE
            if doubt <= wish
        ),
        key=cost,
    )


def accuracies(reader: TransferReader, lessons: Lessons) -> tuple[float, float]:
    """Part of the clauses whose wishes are all told rightly at 1/2; part of the targets whose meaning is."""
    told = reader.wishes.scores(lessons.clauses) > 0
    wishes = float((told == (lessons.wishes > 0)).all(axis=1).mean())
    scores = reader.meanings.scores(lessons.targets)
    scores[~lessons.possible] = float("-inf")
    return wishes, float((scores.argmax(axis=1) == lessons.meanings).mean())


def losses(reader: TransferReader, lessons: Lessons) -> tuple[float, float]:
    """Mean negative log-likelihood of what clauses say, and of what targets mean: also how well chances are known."""
    scores = reader.wishes.scores(lessons.clauses)
    said = np.where(lessons.wishes > 0, scores, -scores)
    meant = np.where(lessons.possible, reader.meanings.scores(lessons.targets), -np.inf)
    meant = meant - meant.max(axis=1, keepdims=True)
    right = meant[np.arange(len(meant)), lessons.meanings] - np.log(np.exp(meant).sum(axis=1))
    return float(np.logaddexp(0, -said).mean()), float(-right.mean())
