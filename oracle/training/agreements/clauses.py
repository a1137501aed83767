"""Lessons sentence by sentence: what a sentence says together with what each value and name in it means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oracle.plans.generative.question import Question, asked_of
from oracle.plans.meanings import KINDS, MEANINGS
from oracle.training.agreements.lesson import Lesson


@dataclass(frozen=True)
class Clause:
    """A sentence as a language model is asked about it, with the right answer."""

    text: str  # as the encoder reads it
    question: Question
    kinds: tuple[str, ...]
    meanings: tuple[str, ...]  # of each numbered target


def clauses_of(lessons: Sequence[Lesson]) -> list[Clause]:
    """The clauses of lessons; what is read as several sentences, or is too long to be asked whole, is left out."""
    return [clause for lesson in lessons for clause in _clause(lesson)]


def _clause(lesson: Lesson) -> Iterator[Clause]:
    if len(lesson.pieces) != 1:
        return
    (piece,) = lesson.pieces
    question = asked_of(piece.text)
    if not question.is_askable or not piece.text.count("[") == len(question.options) == len(piece.told):
        return
    kinds = tuple(kind for kind, said in zip(KINDS, lesson.kinds, strict=True) if said)
    yield Clause(piece.text, question, kinds, tuple(MEANINGS[each.meaning] for each in piece.told))
