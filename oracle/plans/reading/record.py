"""A reading as a JSON file, and the answers that parties give to its questions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from eth_hash.auto import keccak

from oracle.errors import InputError
from oracle.plans.reading.evidence import Question
from oracle.plans.reading.read import Reading
from oracle.plans.templates import TEMPLATES

FORMAT = 1
_PARTIES = ("buyer", "seller", "carrier", "arbiter", "charity", "donors", "reviewers", "patient", "grantee", "office")


@dataclass(frozen=True)
class Record:
    """A reading with the hashes of what was read, and by what."""

    reading: Reading
    terms_hash: bytes
    model_hash: bytes

    def as_json(self) -> dict[str, Any]:
        """As the file has it."""
        reading = self.reading
        return {
            "format": FORMAT,
            "template": reading.template,
            "offered": reading.is_offered,
            "parties": reading.parties,
            "terms": reading.terms,
            "questions": [
                {"term": each.term, "question": each.words, "sentences": list(each.sentences)}
                for each in reading.questions
            ],
            "refusals": list(reading.refusals),
            "sources": {term: list(sentences) for term, sentences in reading.sources.items()},
            "terms_hash": "0x" + self.terms_hash.hex(),
            "model_hash": "0x" + self.model_hash.hex(),
        }


def text_hash(text: str) -> bytes:
    """keccak256 of a text in UTF-8, which a plan carries as termsHash."""
    return bytes(keccak(text.encode()))


def record_of(raw: Any, name: str) -> Record:
    """The record that a JSON file holds.

    Raises:
        InputError: it is none; `name` says which file.
    """
    try:
        if raw["format"] != FORMAT or raw["template"] not in (None, *TEMPLATES):
            raise ValueError("another format or template")
        reading = Reading(
            template=raw["template"],
            parties=raw["parties"],
            terms=dict(raw["terms"]),
            questions=tuple(
                Question(each["term"], each["question"], tuple(each["sentences"])) for each in raw["questions"]
            ),
            refusals=tuple(raw["refusals"]),
            sources={term: tuple(sentences) for term, sentences in raw["sources"].items()},
        )
        return Record(reading, bytes.fromhex(raw["terms_hash"][2:]), bytes.fromhex(raw["model_hash"][2:]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{name} is no reading that `catalyst plan read` wrote: {error}") from error


def answered(record: Record, answers: Mapping[str, Any]) -> Record:
    """The reading with what parties answered; each answer takes the place of its question.

    Args:
        record: The reading.
        answers: Value by term, or name by role; a `delivery` of seconds is answered as `delivery_seconds`.

    Raises:
        InputError: nothing was asked about a term.
    """
    reading = record.reading
    asked = {question.term for question in reading.questions}
    terms, parties = dict(reading.terms), reading.parties
    settled = set()
    for term, value in answers.items():
        base = next(
            (each for each in (term, term.removesuffix("_seconds").removesuffix("_date")) if each in asked), None
        )
        if base is None:
            raise InputError(
                f"nothing is asked about {term}; the questions are about {', '.join(sorted(asked)) or 'nothing'}"
            )
        settled.add(base)
        if base in {"override", "template"} and value in {"nothing", reading.template}:
            continue
        if term == "obligations" and isinstance(value, list):
            parties = list(dict.fromkeys(debt[side] for debt in value for side in ("debtor", "creditor")))
        if term in _PARTIES and isinstance(parties, dict):
            parties = parties | {term: value}
        else:
            terms[term] = value
    left = tuple(question for question in reading.questions if question.term not in settled)
    return replace(record, reading=replace(reading, terms=terms, parties=parties, questions=left))
