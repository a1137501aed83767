"""How well a reader reads: agreements of one set of wordings, field by field, and the one figure that matters most.

A wrong offer is an agreement that is offered without a question although some field differs from the right reading.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from oracle.plans.reader import AgreementReader
from oracle.plans.reading.read import Reading
from oracle.training.agreements.lesson import Lesson


@dataclass(frozen=True)
class Judged:
    """One agreement: what was read of it."""

    fields: int  # that the right reading settles
    settled: int  # of them, that were read
    right: int  # of them, that were read rightly
    questions: int
    offered: bool
    wrong: tuple[str, ...]  # fields that were settled, and are not as in the right reading

    @property
    def wrong_offer(self) -> bool:
        """Whether it was offered although a field is wrong."""
        return self.offered and bool(self.wrong)

    @property
    def exact(self) -> bool:
        """Whether everything was read rightly, and nothing asked."""
        return self.offered and not self.wrong


def judge(reading: Reading, template: str, parties: Any, terms: Mapping[str, Any], unsettled: Iterable[str]) -> Judged:
    """Set a reading beside the right one."""
    wanted = _flat(parties, terms)
    found = _flat(reading.parties, reading.terms) if reading.template == template else {}
    asked = {question.term for question in reading.questions}
    settled = {name for name in wanted if name in found and not _asked(name, asked)}
    right = {name for name in settled if found[name] == wanted[name]}
    wrong = settled - right
    if reading.is_offered:
        wrong |= (set(wanted) - set(found)) | (set(found) - set(wanted)) | set(unsettled)
        if reading.template != template:
            wrong |= {"template"}
    return Judged(
        len(wanted), len(settled), len(right), len(reading.questions), reading.is_offered, tuple(sorted(wrong))
    )


def clause_accuracy(reader: AgreementReader, lessons: Sequence[Lesson]) -> tuple[float, float]:
    """Part of the lessons whose kinds are all told rightly at 1/2; part of the targets whose meaning is."""
    pieces = [piece for lesson in lessons for piece in lesson.pieces]
    places = [[(each.start, each.end) for each in piece.told] for piece in pieces]
    vectors, marked = reader.encoder.encode_places([piece.text for piece in pieces], places)
    said = iter(reader.kinds.scores(vectors) > 0)
    kinds = sum(
        bool((np.any([next(said) for _ in lesson.pieces], axis=0) == (np.array(lesson.kinds) > 0)).all())
        for lesson in lessons
    )
    told = [each for piece in pieces for each in piece.told]
    scores = np.where([each.possible for each in told], reader.meanings.scores(marked), -np.inf)
    meanings = int((scores.argmax(axis=1) == [each.meaning for each in told]).sum())
    return kinds / len(lessons), meanings / len(told)


def _asked(name: str, asked: set[str]) -> bool:
    base = name.removesuffix("_seconds").removesuffix("_date")
    return bool({name, base} & asked)


def _flat(parties: Any, terms: Mapping[str, Any]) -> dict[str, Any]:
    """All fields in comparable form; what is only described in words (a milestone's event) is left out."""
    flat: dict[str, Any] = {}
    if isinstance(parties, Mapping):
        for role, who in parties.items():
            flat[role] = _plain(who)
    elif parties is not None:
        flat["parties"] = tuple(sorted(_name(each) for each in parties))
    for name, value in terms.items():
        if name == "milestones":
            # Their order is not said: sentences come in any.
            flat[name] = tuple(
                sorted(
                    tuple(sorted((key, str(part)) for key, part in each.items() if key != "event")) for each in value
                )
            )
        elif name == "obligations":
            flat[name] = tuple(
                sorted((_name(each["debtor"]), _name(each["creditor"]), each["minor"]) for each in value)
            )
        else:
            flat[name] = _plain(value)
    return flat


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((_name(key), part) for key, part in value.items()))
    if isinstance(value, list | tuple):
        return tuple(sorted(_name(each) for each in value))
    return _name(value) if isinstance(value, str) else value


def _name(text: str) -> str:
    return text.strip(" .").removeprefix("the ").removeprefix("The ")
