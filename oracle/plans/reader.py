"""The reader of agreements: an encoder with an adapter of its own, and two linear layers on it.

    p(kind | sentence)   = sigmoid(K v + k)      v: mean of the sentence's tokens
    p(meaning | target)  = softmax(M u + m)      u: mean of the target's tokens, in its sentence

A target is a value or a name; meanings that its type cannot have are left out of the softmax. Both layers see vectors
of length √hidden. Each sentence is encoded once, whatever stands in it, and equal ones once together. Everything is
float64 and the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from oracle.model.layers import Floats, Layer
from oracle.plans.meanings import KINDS, MEANINGS, NONE, TEMPLATE_MEANINGS, allowed, around, placed
from oracle.plans.text.names import Mention
from oracle.plans.text.values import Found


class MarkedEncoder(Protocol):
    """What the readers of agreements and of transfers need of an encoder."""

    @property
    def hidden_size(self) -> int:
        """Length of a vector."""

    def encode_all(self, texts: Sequence[str]) -> Floats:
        """Vectors of texts, [texts, hidden], each of length 1."""

    def encode_marked(self, texts: Sequence[str], mark: str) -> Floats:
        """Vectors of what stands between marks, [texts, hidden], each of length 1."""

    def encode_places(self, texts: Sequence[str], places: Sequence[Sequence[tuple[int, int]]]) -> tuple[Floats, Floats]:
        """Vectors of texts, and of what stands at places in them, not a number where that is not read."""


@dataclass(frozen=True)
class Meaning:
    """What a target means, by chance."""

    target: Found | Mention
    chances: dict[str, float]  # of MEANINGS that its type can have

    @property
    def best(self) -> tuple[str, float]:
        """The likeliest meaning."""
        return max(self.chances.items(), key=lambda each: each[1])


@dataclass(frozen=True)
class Read:
    """A sentence with what the reader makes of it."""

    sentence: str
    kinds: dict[str, float]  # chance of each of KINDS
    meanings: tuple[Meaning, ...]  # of its values and names, in their order


class SentenceReader(Protocol):
    """Whatever reads sentences whose values and names have been found."""

    def read(self, sentences: Sequence[tuple[str, list[Found], list[Mention]]]) -> list[Read]:
        """What each sentence says."""


def within(read: Read, template: str) -> Read:
    """The same sentence, known to be of an agreement of this kind: other kinds' meanings are left out."""
    possible = {NONE, "unknown", *TEMPLATE_MEANINGS[template]}
    meanings = []
    for each in read.meanings:
        kept = {meaning: chance for meaning, chance in each.chances.items() if meaning in possible}
        total = sum(kept.values())
        even = 1 / len(kept)  # where a reader is sure of what cannot be
        shares = {meaning: chance / total if total else even for meaning, chance in kept.items()}
        meanings.append(Meaning(each.target, shares))
    return replace(read, meanings=tuple(meanings))


@dataclass(frozen=True)
class AgreementReader:
    """Reads sentences whose values and names have been found."""

    encoder: MarkedEncoder
    kinds: Layer
    meanings: Layer

    def read(self, sentences: Sequence[tuple[str, list[Found], list[Mention]]]) -> list[Read]:
        """What each sentence says."""
        if not sentences:
            return []
        found = [placed(*each) for each in sentences]
        seen = [[(place.target, around(text, place.start, place.end)) for place in places] for text, places in found]
        # Each text once, with all places that are read in it.
        texts: dict[str, dict[tuple[int, int], None]] = {text: {} for text, _ in found}
        for text, start, end in (each for targets in seen for _, each in targets):
            texts.setdefault(text, {})[start, end] = None
        vectors, marked = self.encoder.encode_places(list(texts), [list(places) for places in texts.values()])
        rows = {text: row for row, text in enumerate(texts)}
        kinds = 1 / (1 + np.exp(-self.kinds.scores(vectors[[rows[text] for text, _ in found]])))
        scores = dict(
            zip(
                ((text, *place) for text, places in texts.items() for place in places),
                self.meanings.scores(marked),
                strict=True,
            )
        )
        meanings = [
            [Meaning(target, _chances(scores[place], allowed(target))) for target, place in targets] for targets in seen
        ]
        for (_, values, names), told in zip(sentences, meanings, strict=True):
            have_places = [id(each.target) for each in told]
            targets: list[Found | Mention] = [*values, *names]
            told += [Meaning(each, _even(each)) for each in targets if id(each) not in have_places]
        return [
            Read(
                sentence,
                {kind: float(chance) for kind, chance in zip(KINDS, kinds[at], strict=True)},
                tuple(sorted(meanings[at], key=lambda each: each.target.start)),
            )
            for at, (sentence, _, _) in enumerate(sentences)
        ]


def _even(target: Found | Mention) -> dict[str, float]:
    """Of a target that has no place of its own."""
    return _chances(np.full(len(MEANINGS), np.nan), allowed(target))


def _chances(scores: Floats, possible: NDArray[np.bool_]) -> dict[str, float]:
    """Of what is possible; even where nothing was read."""
    kept = np.where(possible, np.nan_to_num(scores, nan=0.0), -np.inf)
    shares = np.exp(kept - kept.max())
    shares /= shares.sum()
    return {meaning: float(share) for meaning, share, can in zip(MEANINGS, shares, possible, strict=True) if can}
