"""The reader of requests: the encoder of agreements as it is, and two linear layers on it.

    p(saying | clause)   = sigmoid(W v + w)      v: the clause's vector; a saying is a wish, or that it is idle
    p(meaning | target)  = softmax(M u + m)      u: the vectors of the target in its clause, in what stands right
                                                 beside it, and of the latter without a mark, in a row

Meanings that a target's type cannot have are left out of the softmax. Everything is float64.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.model.layers import Layer
from oracle.plans.reader import MarkedEncoder
from oracle.routing.reading.meanings import (
    MARK,
    MEANINGS,
    SAYINGS,
    Found,
    Target,
    clause_text,
    marked,
    marked_texts,
    overlapping,
    possible,
    sayings_of,
)

Floats = NDArray[np.float64]
FEATURES = 3  # vectors of a target


@dataclass(frozen=True)
class Meaning:
    """What a target means, by chance."""

    target: Target
    chances: dict[str, float]  # of MEANINGS that its type can have


@dataclass(frozen=True)
class Wishes:
    """What a clause wishes, by chance."""

    clause: str
    has_targets: bool  # whether it names a chain, a bridge, an amount or a time
    chances: dict[str, float]  # of SAYINGS


@dataclass(frozen=True)
class Read:
    """A text with what the reader makes of it."""

    found: Found
    meanings: tuple[Meaning, ...]
    wishes: tuple[Wishes, ...]


@dataclass(frozen=True)
class TransferReader:
    """Reads texts in which targets have been found."""

    encoder: MarkedEncoder
    wishes: Layer
    meanings: Layer

    def read(self, founds: Sequence[Found]) -> list[Read]:
        """What each text says."""
        clauses = [(at, each) for at, found in enumerate(founds) for each in sayings_of(found)]
        texts = [clause_text(found, each) for found in founds for each in sayings_of(found)]
        targets = marked(founds)
        wishes: list[list[Wishes]] = [[] for _ in founds]
        if clauses:
            chances = 1 / (1 + np.exp(-self.wishes.scores(self.encoder.encode_all(texts))))
            for (at, clause), row in zip(clauses, chances, strict=True):
                found = founds[at]
                has_targets = overlapping(clause, [(each.start, each.end) for each in found.targets])
                words = found.text[slice(*clause)].strip()
                wishes[at].append(Wishes(words, has_targets, dict(zip(SAYINGS, map(float, row), strict=True))))
        meanings: list[list[Meaning]] = [[] for _ in founds]
        if targets:
            scores = self.meanings.scores(
                target_vectors(self.encoder, [marked_texts(founds[at], target) for at, target in targets])
            )
            for (at, target), row in zip(targets, scores, strict=True):
                meanings[at].append(Meaning(target, _chances(row, possible(target))))
        return [Read(found, tuple(meanings[at]), tuple(wishes[at])) for at, found in enumerate(founds)]


def target_vectors(encoder: MarkedEncoder, texts: Sequence[tuple[str, str]]) -> Floats:
    """Vectors of targets, [targets, FEATURES · hidden]."""
    inside = encoder.encode_marked([clause for clause, _ in texts], MARK)
    near = encoder.encode_marked([near for _, near in texts], MARK)
    plain = encoder.encode_all([near.replace(f"{MARK} ", "").replace(f" {MARK}", "") for _, near in texts])
    return np.hstack([inside, near, plain])


def _chances(scores: Floats, can: NDArray[np.bool_]) -> dict[str, float]:
    kept = np.where(can, scores, -np.inf)
    shares = np.exp(kept - kept.max())
    shares /= shares.sum()
    return {meaning: float(share) for meaning, share, may in zip(MEANINGS, shares, can, strict=True) if may}
