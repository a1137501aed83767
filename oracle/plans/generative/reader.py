"""A reader that asks about sentences, behind the same interface as the shipped one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from oracle.plans.generative.question import Answer, Question, question_of, read_of, unread
from oracle.plans.reader import Read
from oracle.plans.text.names import Mention
from oracle.plans.text.values import Found


class Answers(Protocol):
    """Whatever answers questions about sentences."""

    def answer(self, question: Question) -> Answer | None:
        """Chances of what the sentence says; None where no valid answer came."""


@dataclass(frozen=True)
class AskingReader:
    """Asks about one sentence at a time, so that a sentence can spoil no reading but its own."""

    answers: Answers

    def read(self, sentences: Sequence[tuple[str, list[Found], list[Mention]]]) -> list[Read]:
        """What each sentence says; one that is too long to be asked, or not answered, is told to be in doubt."""
        return [self._read(*each) for each in sentences]

    def _read(self, sentence: str, values: list[Found], names: list[Mention]) -> Read:
        question, seen = question_of(sentence, values, names)
        answer = self.answers.answer(question) if question.is_askable else None
        if answer is None:
            return unread(sentence, values, names)
        return read_of(sentence, values, names, seen, answer)
