"""What the reader learns from: clauses and targets of invented requests, as the rules find them, and their vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.plans.reader import MarkedEncoder
from oracle.routing.reading.meanings import (
    IDLE,
    MEANINGS,
    NONE,
    SAYINGS,
    WISHES,
    Found,
    Target,
    clause_text,
    found_in,
    marked_texts,
    overlapping,
    possible,
    sayings_of,
)
from oracle.routing.reading.reader import target_vectors
from oracle.workload.transfers.compose import NOW, Request, compose, graph_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lessons:
    """Vectors with what they mean."""

    clauses: Floats  # [clauses, hidden]
    wishes: Floats  # [clauses, SAYINGS], 0 or 1
    targets: Floats  # [targets, FEATURES · hidden]
    meanings: NDArray[np.int64]  # [targets], of MEANINGS
    possible: NDArray[np.bool_]  # [targets, MEANINGS]


def lessons_of(encoder: MarkedEncoder, seeds: Sequence[int], part: str) -> Lessons:
    """The lessons of the requests of some seeds; equal ones are kept once."""
    clauses: dict[str, tuple[float, ...]] = {}
    targets: dict[tuple[str, str], tuple[int, NDArray[np.bool_]]] = {}
    for seed in seeds:
        request = compose(seed, part)
        found = found_in(request.text, graph_of(seed), NOW)
        for clause in sayings_of(found):
            said = {each.meaning for each in request.labels if overlapping(clause, [(each.start, each.end)])}
            names_something = overlapping(clause, [(each.start, each.end) for each in found.targets])
            if not names_something and not said & set(WISHES):
                said.add(IDLE)  # such as what follows the time in "by 18:00 at the latest"
            clauses.setdefault(clause_text(found, clause), tuple(float(saying in said) for saying in SAYINGS))
        for target in found.targets:
            meaning, can = meaning_of(request, target), possible(target)
            if can[MEANINGS.index(meaning)]:
                targets.setdefault(marked_texts(found, target), (MEANINGS.index(meaning), can))
    return Lessons(
        clauses=encoder.encode_all(list(clauses)),
        wishes=np.array(list(clauses.values())),
        targets=target_vectors(encoder, list(targets)),
        meanings=np.array([meaning for meaning, _ in targets.values()]),
        possible=np.array([can for _, can in targets.values()]),
    )


def meaning_of(request: Request, target: Target) -> str:
    """What a target means by the request's labels."""
    for label in request.labels:
        if label.meaning in MEANINGS and label.start < target.end and target.start < label.end:
            return label.meaning
    return NONE


def found_of(seed: int, part: str) -> tuple[Request, Found]:
    """A request and what rules find in it."""
    request = compose(seed, part)
    return request, found_in(request.text, graph_of(seed), NOW)
