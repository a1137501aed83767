"""The terms of a consent."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from oracle.plans.reader import Read
from oracle.plans.reading.evidence import Evidence
from oracle.plans.reading.logistics import time_term
from oracle.plans.reading.parties import assign
from oracle.plans.text.lists import MEDICAL_FIELDS, MEDICAL_PURPOSES
from oracle.plans.text.names import Mention

_HARMLESS = (  # after "no": what is said by way of consent
    r"problems?|objections?|secrets?|reason|hesitation|doubts?|reservations?|obstacles?|difficulty|qualms|later"
    r"|longer than|more than|charge|fee|issues?"
)
_EXCEPTED = re.compile(
    r"\b(?:not|nor|never|except(?:ing|ed)?|excluding|without|other than|save (?:for|that)|neither|bar|barring"
    rf"|but (?:for|not)|only (?:if|when|after|once|where|until)|(?:no|none)(?!\s(?:{_HARMLESS})\b))\b",
    re.IGNORECASE,
)


def read_medical(
    evidence: Evidence, votes: Mapping[str, Mapping[str, float]], given: Mapping[str, str]
) -> dict[str, Any]:
    """Settle the terms or ask; patient and grantee."""
    listed(evidence, "fields", "medical/grant", MEDICAL_FIELDS, "Which fields of the record may be read?")
    purposes = listed(evidence, "purpose", "medical/grant", MEDICAL_PURPOSES, "For which purpose may they be read?")
    if purposes is not None:
        if len(purposes) == 1:
            evidence.terms["purpose"] = purposes[0]
        else:
            del evidence.terms["purpose"]
            said = " and ".join(purposes)
            evidence.ask(
                "purpose", f"For which purpose may they be read? The text says {said}.", evidence.sources["purpose"]
            )
    time_term(evidence, "until", "consent_until", "Until when may they be read?")
    evidence.choice(
        "deidentified",
        {"medical/deidentified": True, "medical/identified": False},
        "Is the record given with the patient's name, or without?",
    )
    return assign(evidence, votes, ["patient", "grantee"], given)


def listed(evidence: Evidence, term: str, kind: str, words: Mapping[str, str], asked: str) -> list[str] | None:
    """Settle a term by the words of a list that sentences of a kind name, or ask."""
    found = {name: _naming(evidence.says(kind), pattern) for name, pattern in words.items()}
    named = [name for name, sentences in found.items() if sentences]
    # What perhaps says it, and names nothing else of the list, changes nothing.
    perhaps = [
        sentence
        for name, pattern in words.items()
        if name not in named
        for sentence in _naming(evidence.may_say(kind), pattern)
    ]
    sentences = [sentence for each in found.values() for sentence in each]
    if perhaps or not named:
        evidence.ask(term, asked if named else f"{asked} The text does not say.", [*sentences, *perhaps])
        return None
    if any(_EXCEPTED.search(sentence) for sentence in sentences):
        evidence.ask(term, f"{asked} The text makes an exception.", sentences)
        return None
    evidence.settle(term, named, sentences)
    return named


def _naming(reads: Sequence[Read], pattern: str) -> list[str]:
    """The sentences with such words."""
    return [read.sentence for read in reads if re.search(rf"\b(?:{pattern})", _nameless(read), re.IGNORECASE)]


def _nameless(read: Read) -> str:
    """A sentence without the names in it: an Institute for Mountain Medicine is no field of a record."""
    text = read.sentence
    for each in read.meanings:
        if isinstance(each.target, Mention):
            text = text[: each.target.start] + " " * (each.target.end - each.target.start) + text[each.target.end :]
    return text
