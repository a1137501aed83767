"""A request read: an objective where nothing is in doubt, or the questions that it leaves, or why it is not read."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from oracle.errors import InputError
from oracle.plans.reading.evidence import Question
from oracle.plans.text.screen import unfit
from oracle.routing.graph import Graph
from oracle.routing.objective import Objective
from oracle.routing.reading.meanings import IDLE, MEANINGS, NONE, WISHES, Target, found_in
from oracle.routing.reading.reader import Read, TransferReader
from oracle.routing.reading.weights import weights_of
from oracle.routing.text.amounts import AmountFound
from oracle.routing.text.times import TimeFound

MOST_CHARACTERS = 2_000  # of a request
_ASKED = {
    "amount": "How much of which asset is moved?",
    "source": "From which chain does it go?",
    "target": "To which chain does it go?",
    "deadline": "By when must it arrive?",
    "avoid": "What must not be used?",
    "prefer": "What is preferred?",
    "split": "May the amount be split?",
    "wishes": "What matters most: cost, time or risk?",
    "words": "What do these words mean for the transfer?",
    "names": "What does this name mean for the transfer?",
}


@dataclass(frozen=True)
class Thresholds:
    """How sure the reader must be; tuned on wordings that neither train nor measure it."""

    sure: float = 0.9  # a name, an amount or a time surely means what it means from this chance on
    wish: float = 0.9  # a clause surely wishes from this chance on
    doubt: float = 0.3  # from this chance on, and not sure, a wish is asked about
    idle: float = 0.9  # a clause without names, amounts and times may be passed over from this chance on


@dataclass(frozen=True)
class Reading:
    """What a request says."""

    objective: Objective | None = None  # only where nothing is in doubt
    questions: tuple[Question, ...] = ()
    refusals: tuple[str, ...] = ()  # why it is not read
    fields: dict[str, Any] = field(default_factory=dict)  # what was settled
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)  # words by field


def read_objective(text: str, reader: TransferReader, thresholds: Thresholds, graph: Graph, now: datetime) -> Reading:
    """Read a request.

    Args:
        text: In English.
        reader: The trained reader.
        thresholds: How sure it must be.
        graph: Whose chains, bridges and assets the request may name.
        now: When it is read, with the time zone in which hours without one are meant.

    Raises:
        InputError: `now` has no time zone.
    """
    if now.tzinfo is None:
        raise InputError("the present time has no zone, so hours in a request cannot be read; give it one")
    refusals = unfit(text)
    if len(text) > MOST_CHARACTERS:
        refusals = [f"The request has {len(text)} characters, and at most {MOST_CHARACTERS} are read: say it shorter."]
    if refusals:
        return Reading(refusals=tuple(refusals))
    (read,) = reader.read([found_in(text, graph, now)])
    return settled(read, thresholds)


def settled(read: Read, thresholds: Thresholds) -> Reading:
    """The objective of a text that has been read, or the questions that it leaves."""
    evidence = _Evidence(read, thresholds)
    evidence.ask_about_names()
    amount = evidence.one("amount")
    source, target = evidence.one("source"), evidence.one("target")
    deadline = evidence.one("deadline", needed=False)
    avoid, prefer = evidence.several("avoid"), evidence.several("prefer")
    wishes = evidence.wishes()
    asset = evidence.asset()
    for name in sorted(avoid & prefer):
        evidence.ask("avoid", f"{name} is to be avoided and preferred: which?")
    for name in sorted(avoid & {source, target} - {None}):
        evidence.ask("avoid", f"{name} is to be avoided, and is an end of the transfer: which?")
    if source is not None and source == target:
        evidence.ask("target", f"{source} is said to be both ends of the transfer: where does it go?")
    fields = {
        "amount_minor": amount,
        "asset": asset,
        "source": source,
        "target": target,
        "deadline_seconds": deadline,
        "avoid": sorted(avoid),
        "prefer": sorted(prefer),
        "wishes": sorted(wishes),
    }
    found = Reading(None, tuple(evidence.questions), (), fields, evidence.sources)
    if evidence.questions or asset is None:  # which is asked about where none is said
        return found
    cost, time, risk = weights_of(wishes)
    try:
        objective = Objective(
            amount_minor=amount,
            asset=asset,
            source=source,
            target=target,
            deadline_seconds=deadline,
            weight_cost=cost,
            weight_time=time,
            weight_risk=risk,
            avoid=frozenset(avoid),
            prefer=frozenset(prefer),
            split="split" in wishes,
        )
    except InputError as error:
        return replace(found, questions=(Question("objective", f"What is wanted? As it is said, {error}."),))
    return replace(found, objective=objective)


class _Evidence:
    """What a text says of each field, and what must be asked."""

    def __init__(self, read: Read, thresholds: Thresholds) -> None:
        self._read, self._thresholds = read, thresholds
        self.questions: list[Question] = []
        self.sources: dict[str, tuple[str, ...]] = {}
        self._doubtful = {
            meaning: [each for each in read.meanings if self._is_doubtful(each.chances, meaning)]
            for meaning in MEANINGS
        }

    def ask(self, term: str, words: str, said: Sequence[str] = ()) -> None:
        """Add a question; one for each term."""
        if all(question.term != term for question in self.questions):
            self.questions.append(Question(term, words, tuple(dict.fromkeys(said))))

    def ask_about_names(self) -> None:
        """Of what looks like a name, and is none that is known."""
        if self._read.found.unknown:
            words = ", ".join(self._read.found.unknown)
            self.ask("names", f"{_ASKED['names']} No chain or bridge is known as {words}.", self._read.found.unknown)

    def one(self, meaning: str, *, needed: bool = True) -> Any:
        """The one value that means this; None where it is asked about, or where nothing is said."""
        doubtful = [each.target for each in self._doubtful[meaning]]
        sure = self._sure(meaning)
        if doubtful:
            words = " or ".join(f'"{_text(self._read, each)}"' for each in (*sure, *doubtful))
            self.ask(meaning, f"{_ASKED[meaning]} The text may mean {words}.", self._said([*sure, *doubtful]))
            return None
        unclear = [why for each in sure if (why := getattr(each, "why", ""))]
        if unclear:
            self.ask(meaning, f"{_ASKED[meaning]} In the text, {unclear[0]}.", self._said(sure))
            return None
        values = list(dict.fromkeys(_value(each) for each in sure))
        if len(values) > 1:
            both = " and ".join(dict.fromkeys(self._said(sure)))
            self.ask(meaning, f"{_ASKED[meaning]} The text says {both}.", self._said(sure))
            return None
        if not values:
            if needed:
                self.ask(meaning, f"{_ASKED[meaning]} The text does not say.")
            return None
        self.sources[meaning] = self._said(sure)
        return values[0][0]

    def several(self, meaning: str) -> set[str]:
        """All names that surely mean this."""
        doubtful = [each.target for each in self._doubtful[meaning]]
        sure = self._sure(meaning)
        if doubtful:
            said = self._said(doubtful)
            self.ask(meaning, f"{_ASKED[meaning]} The text may mean {' or '.join(said)}.", said)
        if sure:
            self.sources[meaning] = self._said(sure)
        return {each.name for each in sure if not isinstance(each, AmountFound | TimeFound)}

    def wishes(self) -> set[str]:
        """What the text surely wishes."""
        found: set[str] = set()
        for wish in WISHES:
            chances = [(each.chances[wish], each.clause) for each in self._read.wishes]
            sure = [clause for chance, clause in chances if chance >= self._thresholds.wish]
            perhaps = [clause for chance, clause in chances if self._thresholds.doubt <= chance]
            term = "split" if wish in {"split", "whole"} else "wishes"
            if len(perhaps) > len(sure):
                self.ask(term, f"{_ASKED[term]} The text is not clear.", perhaps)
            elif sure:
                found.add(wish)
                self.sources[wish] = tuple(sure)
        self._ask_about_words()
        if {"split", "whole"} <= found:
            self.ask(
                "split", f"{_ASKED['split']} The text says both.", [*self.sources["split"], *self.sources["whole"]]
            )
        return found

    def _ask_about_words(self) -> None:
        """Of clauses that name nothing, and neither surely wish something nor surely are idle."""
        limits = self._thresholds
        strange = [
            each.clause
            for each in self._read.wishes
            if not each.has_targets
            and each.chances[IDLE] < limits.idle
            and max(each.chances[wish] for wish in WISHES) < limits.wish
        ]
        if strange:
            self.ask("words", f"{_ASKED['words']} {' / '.join(strange)}", strange)

    def asset(self) -> str | None:
        """Of the amount."""
        sure = [each for each in self._sure("amount") if isinstance(each, AmountFound)]
        return sure[0].asset if sure else None

    def _sure(self, meaning: str) -> list[Target]:
        sure = self._thresholds.sure
        return [each.target for each in self._read.meanings if each.chances.get(meaning, 0.0) >= sure]

    def _is_doubtful(self, chances: dict[str, float], meaning: str) -> bool:
        """Whether a target may have a meaning, and neither surely has it nor surely has another."""
        best, chance = max(chances.items(), key=lambda each: each[1])
        if chance >= self._thresholds.sure:
            return False
        likely = sorted(chances, key=lambda each: -chances[each])[:2]
        return meaning != NONE and (best == meaning or (meaning in likely and best == NONE))

    def _said(self, targets: Sequence[Target]) -> tuple[str, ...]:
        return tuple(_text(self._read, each) for each in targets)


def _text(read: Read, target: Target) -> str:
    return read.found.text[target.start : target.end]


def _value(target: Target) -> tuple[Any, str]:
    if isinstance(target, AmountFound):
        return target.minor, target.asset
    if isinstance(target, TimeFound):
        return target.seconds, ""
    return target.name, ""
