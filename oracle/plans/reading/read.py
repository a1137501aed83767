"""A text read: the terms that it settles, the questions that it leaves, or why it is not read at all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oracle.plans.meanings import TEMPLATE_MEANINGS, found_in
from oracle.plans.reader import Read, SentenceReader, within
from oracle.plans.reading.charity import read_charity
from oracle.plans.reading.clearing import read_clearing
from oracle.plans.reading.evidence import Evidence, Question, Thresholds, seconds
from oracle.plans.reading.logistics import read_logistics
from oracle.plans.reading.medical import read_medical
from oracle.plans.reading.parties import votes_of
from oracle.plans.reading.report import read_report
from oracle.plans.templates import TEMPLATES
from oracle.plans.text.names import defined_roles, names_in
from oracle.plans.text.screen import unfit
from oracle.plans.text.sentences import sentences_of

_LIKELY = 0.5
_LEAST_WEIGHT = 1.5  # of the kinds of a template, below which a text is none of its kind


@dataclass(frozen=True)
class Reading:
    """What a text says."""

    template: str | None
    parties: Any = None  # by role; of a clearing, a list
    terms: dict[str, Any] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    refusals: tuple[str, ...] = ()  # why it is not read
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)  # sentences by term
    reads: tuple[Read, ...] = ()

    @property
    def is_offered(self) -> bool:
        """Whether nothing is in doubt."""
        return self.template is not None and not self.questions and not self.refusals


def read_agreement(
    text: str,
    reader: SentenceReader,
    thresholds: Thresholds,
    *,
    template: str | None = None,
    parties: Mapping[str, str] | None = None,
    names: Sequence[str] = (),
) -> Reading:
    """Read a text.

    Args:
        text: Of the agreement.
        reader: The trained reader.
        thresholds: How sure it must be.
        template: One of TEMPLATES where it is known.
        parties: Name by role where they are known.
        names: Further names of parties.
    """
    given = dict(parties or {})
    refusals = unfit(text)
    if refusals:
        return Reading(template, refusals=tuple(refusals))
    sentences = sentences_of(text)
    known = list(dict.fromkeys([*given.values(), *names, *names_in(sentences)]))
    reads = reader.read([found_in(sentence, known) for sentence in sentences])
    return settled(reads, defined_roles(sentences), thresholds, template=template, parties=given)


def settled(
    reads: list[Read],
    defined: Mapping[str, str],
    thresholds: Thresholds,
    *,
    template: str | None = None,
    parties: Mapping[str, str] | None = None,
) -> Reading:
    """The terms and questions of sentences that have been read.

    Args:
        reads: What the reader makes of each sentence.
        defined: Role by name, where the text itself says so.
        thresholds: How sure the reader must be.
        template: One of TEMPLATES where it is known.
        parties: Name by role where they are known.
    """
    given = dict(parties or {})
    evidence = Evidence(reads, thresholds)
    chosen = template or _template(evidence)
    if chosen is None:
        return Reading(None, questions=tuple(evidence.questions), reads=tuple(reads))
    evidence.reads = [within(read, chosen) for read in reads]
    _overrides(evidence)
    who = _terms(evidence, chosen, defined, given)
    return Reading(chosen, who, evidence.terms, tuple(evidence.questions), (), evidence.sources, tuple(evidence.reads))


def _terms(evidence: Evidence, template: str, defined: Mapping[str, str], given: Mapping[str, str]) -> Any:
    """Settle the terms of one kind of agreement; its parties."""
    votes = votes_of(evidence.reads, defined)
    if template == "clearing":
        return read_clearing(evidence)
    if template == "charity":
        return read_charity(evidence, votes, given)
    if template == "medical":
        return read_medical(evidence, votes, given)
    if template == "report":
        return read_report(evidence, votes, given)
    who = read_logistics(evidence, votes, given)
    evidence.value("join_seconds", "join_time", "By when must all have signed?", seconds, needed=False)
    evidence.terms.setdefault("join_seconds", None)
    return who


def _template(evidence: Evidence) -> str | None:
    """The template that most sentences speak of; asks where there are two, or none."""
    weights: dict[str, float] = defaultdict(float)
    for read in evidence.reads:
        for kind, chance in read.kinds.items():
            template = kind.partition("/")[0]
            if template in TEMPLATES and chance >= _LIKELY:
                weights[template] += chance
        for each in read.meanings:
            meaning, chance = each.best
            owners = [template for template, meanings in TEMPLATE_MEANINGS.items() if meaning in meanings]
            if owners and chance >= _LIKELY:
                weights[owners[0]] += chance / 2  # a value or a name tells less than a sentence
    ranked = sorted(weights.items(), key=lambda each: -each[1])
    if not ranked or ranked[0][1] < _LEAST_WEIGHT:
        evidence.ask("template", "What kind of agreement is this? None of the known kinds is recognised.")
        return None
    if len(ranked) > 1 and ranked[1][1] >= max(_LEAST_WEIGHT, evidence.thresholds.template * ranked[0][1]):
        evidence.ask(
            "template",
            f"The text speaks of {ranked[0][0]} and of {ranked[1][0]}: which agreement is to be carried out?",
        )
    return ranked[0][0]


def _overrides(evidence: Evidence) -> None:
    """Sentences that change what others say are asked about, one by one."""
    for read in evidence.reads:
        if read.kinds["common/override"] >= evidence.thresholds.override:
            evidence.ask("override", "What does this sentence change?", [read.sentence])
