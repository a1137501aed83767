"""What a text says of one term: settled by one value, or a question that says what is in doubt."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from oracle.plans.reader import Meaning, Read
from oracle.plans.text.names import Mention
from oracle.plans.text.values import Count, Day, Found, Money, Share, Span, Unclear

_DENIES = re.compile(
    r"\b(?:not|no|never|nor|neither|none|without|instead|rather|nobody|nothing|nowhere|unless|except|hardly|cannot"
    r"|fail\w*|lack\w*|\w{3,}less)\b|n['’]t\b",
    re.IGNORECASE,
)
_DENIED = 0.25  # of the doubt that is allowed elsewhere


@dataclass(frozen=True)
class Thresholds:
    """How sure the reader must be; tuned on wordings that neither train nor measure it."""

    sure: float = 0.9  # a kind or meaning from this chance on is what the text says
    doubt: float = 0.15  # from this chance on, and not sure, it is asked about
    override: float = 0.3  # a sentence that may change others is asked about from this chance on
    template: float = 0.35  # of the first template's weight, from which a second one is asked about


@dataclass(frozen=True)
class Question:
    """What the parties must say, since their text does not settle it."""

    term: str
    words: str
    sentences: tuple[str, ...] = ()  # of the text, that it is about


@dataclass
class Evidence:
    """The sentences of a text with what the reader makes of them, and what was found so far."""

    reads: list[Read]
    thresholds: Thresholds
    terms: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    def ask(self, term: str, words: str, sentences: Iterable[str] = ()) -> None:
        """Add a question; one for each term."""
        if all(question.term != term for question in self.questions):
            self.questions.append(Question(term, words, tuple(dict.fromkeys(sentences))))

    def settle(self, term: str, value: Any, sentences: Iterable[str]) -> None:
        """A term has its value."""
        self.terms[term] = value
        self.sources[term] = tuple(dict.fromkeys(sentences))

    def says(self, kind: str) -> list[Read]:
        """The sentences that surely say this."""
        return [read for read in self.reads if read.kinds[kind] >= self.thresholds.sure]

    def may_say(self, kind: str) -> list[Read]:
        """The sentences that perhaps say this."""
        return [read for read in self.reads if self.thresholds.doubt <= read.kinds[kind] < self.thresholds.sure]

    def meant(self, meaning: str) -> list[tuple[Found, Read]]:
        """Values that surely mean this."""
        return [
            (each.target, read)
            for read, each in self._values()
            if isinstance(each.target, Found) and each.chances.get(meaning, 0) >= self.thresholds.sure
        ]

    def may_mean(self, meaning: str) -> list[tuple[Found, Read]]:
        """Values that perhaps mean this."""
        return [
            (each.target, read)
            for read, each in self._values()
            if isinstance(each.target, Found)
            and self.thresholds.doubt <= each.chances.get(meaning, 0) < self.thresholds.sure
        ]

    def value(self, term: str, meaning: str, asked: str, read: Callable[[Any], Any], *, needed: bool = True) -> Any:
        """Settle a term by the one value that means it, or ask; None where it is not settled.

        Args:
            term: What is settled.
            meaning: That values must have.
            asked: The question in words, if nothing is said of it.
            read: Makes the term's value of what was found.
            needed: Whether a text must say it.
        """
        sure, unsure = self.meant(meaning), self.may_mean(meaning)
        surely = [found.value for found, _ in sure]
        unsure = [(found, at) for found, at in unsure if found.value not in surely]  # what only repeats changes nothing
        if unsure:
            said = [f'"{found.text}"' for found, _ in [*sure, *unsure]]
            self.ask(term, f"{asked} The text may mean {' or '.join(dict.fromkeys(said))}.", _texts(sure, unsure))
            return None
        if not sure:
            if needed:
                self.ask(term, f"{asked} The text does not say.")
            return None
        unclear = [found.value for found, _ in sure if isinstance(found.value, Unclear)]
        if unclear:
            self.ask(term, f"{asked} In the text, {unclear[0].why}.", _texts(sure))
            return None
        values = list(dict.fromkeys(read(found.value) for found, _ in sure))
        if len(values) > 1:
            both = " and ".join(dict.fromkeys(f'"{found.text}"' for found, _ in sure))
            self.ask(term, f"{asked} The text says {both}.", _texts(sure))
            return None
        self.settle(term, values[0], _texts(sure))
        return values[0]

    def choice(self, term: str, kinds: dict[str, Any], asked: str) -> Any:
        """Settle a term by which of some kinds of sentence there is, or ask; None where it is not settled."""
        said = {kind: [read for read in self.says(kind) if self._surely(read, kind)] for kind in kinds}
        found = [kind for kind, reads in said.items() if reads]
        # What perhaps says once more what is surely said changes nothing.
        perhaps = [
            read
            for kind in kinds
            if [kind] != found
            for read in self.reads
            if read.kinds[kind] >= self.thresholds.doubt and read not in said[kind]
        ]
        sentences = [read.sentence for reads in said.values() for read in reads]
        if len(found) == 1 and not perhaps:
            self.settle(term, kinds[found[0]], sentences)
            return kinds[found[0]]
        if len(found) > 1:
            self.ask(term, f"{asked} The text says both.", sentences)
        elif perhaps or found:
            self.ask(term, f"{asked} The text is not clear.", [*sentences, *(read.sentence for read in perhaps)])
        else:
            self.ask(term, f"{asked} The text does not say.")
        return None

    def _surely(self, read: Read, kind: str) -> bool:
        """Whether a sentence is surely one side of a choice: where it denies something, that may be the other side."""
        least = 1 - (1 - self.thresholds.sure) * (_DENIED if _DENIES.search(read.sentence) else 1)
        return read.kinds[kind] >= least

    def _values(self) -> Iterable[tuple[Read, Meaning]]:
        return ((read, each) for read in self.reads for each in read.meanings)


def mentioned(read: Read, meaning: str, sure: float) -> list[Mention]:
    """Names of a sentence that surely mean this."""
    return [
        each.target
        for each in read.meanings
        if isinstance(each.target, Mention) and each.chances.get(meaning, 0) >= sure
    ]


def doubtful_names(read: Read, meaning: str, thresholds: Thresholds) -> list[Mention]:
    """Names of a sentence that perhaps mean this."""
    return [
        each.target
        for each in read.meanings
        if isinstance(each.target, Mention) and thresholds.doubt <= each.chances.get(meaning, 0) < thresholds.sure
    ]


def minor(value: Money) -> int:
    """Hundredths."""
    return value.minor


def seconds(value: Span) -> int:
    """Seconds."""
    return value.seconds


def when(value: Span | Day) -> int | date:
    """Seconds of a span, or the day."""
    return value.seconds if isinstance(value, Span) else value.day


def number(value: Count) -> int:
    """The count."""
    return value.count


def part(value: Share) -> Share:
    """The share itself."""
    return value


def _texts(*groups: list[tuple[Found, Read]]) -> list[str]:
    return [read.sentence for group in groups for _, read in group]
