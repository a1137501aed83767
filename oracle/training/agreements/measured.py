"""Agreements read once, and settled at any thresholds: what thresholds are tuned by, and what is reported."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from oracle.plans.meanings import found_in
from oracle.plans.reader import Read, SentenceReader
from oracle.plans.reading.evidence import Thresholds
from oracle.plans.reading.read import Reading, settled
from oracle.plans.text.names import defined_roles, names_in
from oracle.plans.text.sentences import sentences_of
from oracle.training.agreements.figures import Judged, judge
from oracle.training.agreements.lesson import Lesson, lessons_of
from oracle.workload.agreements.compose import Agreement, compose
from oracle.workload.agreements.wordings import Wordings

_SURE = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_DOUBT = (0.1, 0.15, 0.2, 0.3, 0.4)


@dataclass(frozen=True)
class ReadOnce:
    """An agreement with what the reader makes of its sentences."""

    agreement: Agreement
    reads: list[Read]
    defined: dict[str, str]

    def at(self, thresholds: Thresholds) -> tuple[Reading, Judged]:
        """Its reading at some thresholds, beside the right one."""
        reading = settled(self.reads, self.defined, thresholds)
        one = self.agreement
        return reading, judge(reading, one.template, one.parties, one.terms, one.open)


@dataclass(frozen=True)
class Figures:
    """What a reader comes to on some agreements."""

    agreements: int
    kinds_right: float  # part of the sentences whose kinds are all told rightly
    meanings_right: float  # part of the values and names whose meaning is
    fields_right: float  # part of the fields that the texts settle
    exact: float  # part of the agreements that are read whole, without a question
    offered: float
    wrong_offers: int
    questions: float  # an agreement


def read_once(reader: SentenceReader, seeds: Sequence[int], speech: Wordings) -> list[ReadOnce]:
    """The agreements of some seeds."""
    found = []
    for seed in seeds:
        agreement = compose(seed, speech)
        sentences = sentences_of(agreement.text)
        names = names_in(sentences)
        found.append(
            ReadOnce(
                agreement, reader.read([found_in(sentence, names) for sentence in sentences]), defined_roles(sentences)
            )
        )
    return found


def tuned(read: Sequence[ReadOnce]) -> Thresholds:
    """The thresholds with the fewest wrong offers, and of those the one with the fewest questions."""

    def cost(thresholds: Thresholds) -> tuple[int, float]:
        judged = [each.at(thresholds)[1] for each in read]
        return sum(each.wrong_offer for each in judged), sum(each.questions for each in judged) / len(judged)

    return min((Thresholds(sure=sure, doubt=doubt) for sure in _SURE for doubt in _DOUBT if doubt < sure), key=cost)


def figures_of(read: Sequence[ReadOnce], thresholds: Thresholds, accuracies: tuple[float, float]) -> Figures:
    """The figures of agreements at some thresholds; accuracies of kinds and meanings are measured apart."""
    judged = [each.at(thresholds)[1] for each in read]
    count = len(judged)
    return Figures(
        agreements=count,
        kinds_right=round(accuracies[0], 4),
        meanings_right=round(accuracies[1], 4),
        fields_right=round(sum(each.right for each in judged) / max(1, sum(each.fields for each in judged)), 4),
        exact=round(sum(each.exact for each in judged) / count, 4),
        offered=round(sum(each.offered for each in judged) / count, 4),
        wrong_offers=sum(each.wrong_offer for each in judged),
        questions=round(sum(each.questions for each in judged) / count, 3),
    )


def some_lessons(seeds: Sequence[int], speech: Wordings, count: int) -> list[Lesson]:
    """At most `count` lessons of the agreements of some seeds."""
    lessons = [each for each in lessons_of(seeds, speech) if each.pieces]
    return random.Random(0).sample(lessons, min(count, len(lessons)))  # noqa: S311 - a sample
