"""What a language model is asked of one sentence, and the answers that it can give.

A sentence stands as the encoder reads it, its values and names numbered in their order; the answer is JSON:

    [name 1] pays [name 2] [money 3] for the press.
    {"kinds":["logistics/sale"],"1":"buyer","2":"seller","3":"price"}

Kinds come in the order of KINDS, so that each set of them is written in one way. An answer is a row of *slots*, each a
choice among strings of which none begins another: a further kind or the end of the list, then a meaning of each target.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from oracle.plans.meanings import KINDS, NAME_MEANINGS, NONE, VALUE_MEANINGS, rendered
from oracle.plans.reader import Meaning, Read
from oracle.plans.text.names import Mention
from oracle.plans.text.values import Count, Day, Found, Money, Share, Span

MOST_KINDS = 4  # in an answer
MOST_TARGETS = 12  # in a question
MOST_CHARACTERS = 700  # in a question
OVERRIDE = "common/override"
IN_DOUBT = 0.5  # of what was not read: below any threshold of what is sure, above any of what is asked about
OPTIONS: dict[str, tuple[str, ...]] = {
    "money": (NONE, *VALUE_MEANINGS[Money]),
    "time": (NONE, *VALUE_MEANINGS[Span]),
    "date": (NONE, *VALUE_MEANINGS[Day]),
    "share": (NONE, *VALUE_MEANINGS[Share]),
    "number": (NONE, *VALUE_MEANINGS[Count]),
    "name": NAME_MEANINGS,
}
_PLACE = re.compile(rf"\[({'|'.join(OPTIONS)})\]")
_NO_BRACKETS = str.maketrans("[]", "()")  # so that a sentence's own brackets number nothing

Target = Found | Mention


@dataclass(frozen=True)
class Question:
    """One sentence, as a model is asked about it."""

    text: str
    options: tuple[tuple[str, ...], ...]  # meanings of each numbered target

    @property
    def is_askable(self) -> bool:
        """Whether it is short enough."""
        return len(self.text) <= MOST_CHARACTERS and len(self.options) <= MOST_TARGETS


@dataclass(frozen=True)
class Answer:
    """Chances of what a model says of a sentence."""

    kinds: dict[str, float]  # of each of KINDS
    meanings: tuple[dict[str, float], ...]  # of each numbered target


def asked_of(text: str) -> Question:
    """The question of a sentence that is rendered already (`oracle.plans.meanings.rendered`)."""
    words: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        words.append(match[1])
        return f"[{match[1]} {len(words)}]"

    return Question(_PLACE.sub(numbered, text), tuple(OPTIONS[word] for word in words))


def question_of(sentence: str, values: list[Found], names: list[Mention]) -> tuple[Question, list[Target]]:
    """The question of a sentence, and the targets that are numbered in it; of two that overlap, the first is."""
    question = asked_of(rendered(sentence.translate(_NO_BRACKETS), values, names))
    seen: list[Target] = []
    at = 0
    targets: list[Target] = [*values, *names]
    for target in sorted(targets, key=lambda each: (each.start, each.end)):
        if target.start >= at:
            seen.append(target)
            at = target.end
    return question, seen


def first_kinds() -> dict[str, str | None]:
    """What an answer can begin with, and the kind that it names."""
    return {f'{{"kinds":["{kind}"': kind for kind in KINDS} | {'{"kinds":[]': None}


def further_kinds(told: Sequence[str]) -> dict[str, str | None]:
    """What can follow kinds, and the kind that it names."""
    later = KINDS[KINDS.index(told[-1]) + 1 :] if len(told) < MOST_KINDS else ()
    return {f',"{kind}"': kind for kind in later} | {"]": None}


def meanings_of(number: int, options: Sequence[str]) -> dict[str, str]:
    """What can be written of a target, and the meaning that it names; targets count from 1."""
    return {f',"{number}":"{meaning}"': meaning for meaning in options}


def slots_of(kinds: Sequence[str], meanings: Sequence[str]) -> list[str]:
    """The strings of a right answer, one for each slot; kinds in the order of KINDS."""
    slots = ['{"kinds":[]'] if not kinds else [f'{{"kinds":["{kinds[0]}"', *(f',"{kind}"' for kind in kinds[1:]), "]"]
    return [*slots, *(f',"{number}":"{meaning}"' for number, meaning in enumerate(meanings, start=1))]


def instructions() -> str:
    """What a model is told that was not trained to answer."""
    return "\n".join(
        (
            "You read one sentence of an agreement. Values and names in it are numbered, in brackets.",
            'Answer in JSON. "kinds" lists what the sentence says, and is empty if it says none of these:',
            ", ".join(KINDS) + ".",
            "For each number, say what it means in the agreement, or none:",
            *(f"{word}: {', '.join(options)}." for word, options in OPTIONS.items()),
            "For example, of: [name 1] sells the press to [name 2] for [money 3].",
            '{"kinds":["logistics/sale"],"1":"seller","2":"buyer","3":"price"}',
            "The sentence:",
        )
    )


def read_of(
    sentence: str, values: Sequence[Found], names: Sequence[Mention], seen: Sequence[Target], answer: Answer
) -> Read:
    """A sentence with what an answer says of it; targets that were not numbered mean anything."""
    told = {(each.start, each.end): meanings for each, meanings in zip(seen, answer.meanings, strict=True)}
    targets: list[Target] = sorted([*values, *names], key=lambda each: each.start)
    return Read(
        sentence,
        answer.kinds,
        tuple(Meaning(each, told.get((each.start, each.end)) or _anything(each)) for each in targets),
    )


def unread(sentence: str, values: Sequence[Found], names: Sequence[Mention]) -> Read:
    """A sentence that was not understood: it may change any other, so the parties will be asked about it."""
    kinds = dict.fromkeys(KINDS, 0.0) | {OVERRIDE: IN_DOUBT}
    return read_of(sentence, values, names, (), Answer(kinds, ()))


def _anything(target: Target) -> dict[str, float]:
    options = NAME_MEANINGS if isinstance(target, Mention) else (NONE, *VALUE_MEANINGS[target.kind])
    return dict.fromkeys(options, 1 / len(options))
