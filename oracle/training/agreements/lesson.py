"""What the reader learns from: sentences of invented agreements, as the rules find values and names in them.

What is composed as one sentence may be read as several ("Haulier: Acme. Its fee: 40 euros."). Then at least one of its
pieces says what the whole says, and nobody knows which; each value and name means in its piece what it means.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.plans.meanings import KINDS, MEANINGS, NONE, allowed, found_in, placed
from oracle.plans.text.lists import ROLE_WORDS, ROLES
from oracle.plans.text.names import Mention, names_in
from oracle.plans.text.sentences import sentences_of
from oracle.plans.text.values import Found
from oracle.workload.agreements.compose import compose
from oracle.workload.agreements.drafting import Sentence
from oracle.workload.agreements.wordings import Wordings


@dataclass(frozen=True)
class Told:
    """A value or a name in a text, and what it means."""

    start: int
    end: int
    meaning: int  # of MEANINGS
    possible: tuple[bool, ...]


@dataclass(frozen=True)
class Piece:
    """A sentence as the encoder reads it."""

    text: str
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Lesson:
    """One or several sentences and what they say together."""

    pieces: tuple[Piece, ...]
    kinds: tuple[float, ...]  # 1 for each of KINDS that they say


def lessons_of(seeds: Sequence[int], speech: Wordings) -> list[Lesson]:
    """The lessons of the agreements of some seeds; equal ones are kept once."""
    found: dict[tuple[str, ...], Lesson] = {}
    for seed in seeds:
        agreement = compose(seed, speech)
        # As a reader of the text would look for them, and those that labels show.
        names = list(dict.fromkeys([*_names(agreement.sentences), *names_in(sentences_of(agreement.text))]))
        for sentence in agreement.sentences:
            pieces = tuple(_pieces(sentence, names))
            said = tuple(float(kind in sentence.kinds) for kind in KINDS)
            found.setdefault(tuple(each.text for each in pieces), Lesson(pieces, said))
    return list(found.values())


def _pieces(sentence: Sentence, names: Sequence[str]) -> list[Piece]:
    """The sentences that a composed one is read as."""
    found, at = [], 0
    for words in sentences_of(sentence.text):
        begin = sentence.text.find(words, at)
        at = max(at, begin + len(words))
        text, places = placed(*found_in(words, names))
        told = []
        for place in places:
            meaning = _meaning(sentence, place.target, begin) if begin >= 0 else NONE
            possible = allowed(place.target)
            if begin >= 0 and possible[MEANINGS.index(meaning)]:
                told.append(
                    Told(place.start, place.end, MEANINGS.index(meaning), tuple(bool(each) for each in possible))
                )
        found.append(Piece(text, tuple(told)))
    return found


def _names(sentences: Sequence[Sentence]) -> list[str]:
    """Names that labels show; what is called by its role ("the Buyer") is no name."""
    found: dict[str, None] = {}
    for sentence in sentences:
        for label in sentence.labels:
            written = sentence.text[label.start : label.end]
            bare = written.lower().removeprefix("the ")
            if label.meaning in {*ROLES, "unknown"} and bare not in ROLE_WORDS and bare != "donors":
                found[written] = None
    return list(found)


def _meaning(sentence: Sentence, target: Found | Mention, begin: int) -> str:
    for label in sentence.labels:
        if label.start < target.end + begin and target.start + begin < label.end and label.meaning in MEANINGS:
            return label.meaning
    return NONE
