"""What a text surely says, and what is asked about: repetition asks nothing, contradiction and denial do."""

import pytest

from oracle.plans.meanings import KINDS, allowed, found_in
from oracle.plans.meanings import MEANINGS as ALL
from oracle.plans.reader import Meaning, Read
from oracle.plans.reading.evidence import Evidence, Thresholds, minor
from oracle.plans.reading.medical import listed

LIMITS = Thresholds(sure=0.9, doubt=0.2)
CHOICE = {"medical/deidentified": True, "medical/identified": False}
FIELDS = {"imaging": "scans", "allergies": "allergies"}


def _read(sentence: str, kinds: dict[str, float] | None = None, **meant: float) -> Read:
    """A sentence whose values have the given chances, and mean nothing else."""
    _, values, _ = found_in(sentence, [])
    meanings = tuple(
        Meaning(
            each, {meaning: meant.get(meaning, 0.0) for meaning, can in zip(ALL, allowed(each), strict=True) if can}
        )
        for each in values
    )
    return Read(sentence, dict.fromkeys(KINDS, 0.0) | (kinds or {}), meanings)


def test_a_value_that_is_perhaps_said_again_is_not_asked_about() -> None:
    sure, again, other = (
        _read("The price is EUR 50.", price=0.95),
        _read("EUR 50 it is.", price=0.5),
        _read("EUR 60 was named too.", price=0.5),
    )
    evidence = Evidence([sure, again], LIMITS)
    assert evidence.value("price_minor", "price", "What is the price?", minor) == 5_000
    assert evidence.questions == []
    evidence = Evidence([sure, other], LIMITS)
    assert evidence.value("price_minor", "price", "What is the price?", minor) is None
    assert [each.term for each in evidence.questions] == ["price_minor"]


@pytest.mark.parametrize(
    ("reads", "settled"),
    [
        ([("No name is given.", {"medical/deidentified": 0.98})], True),
        ([("No name is given.", {"medical/deidentified": 0.92})], None),
        ([("A page that fails to show the name gets it.", {"medical/deidentified": 0.92})], None),
        ([("Nobody treats the nameless.", {"medical/deidentified": 0.92})], None),
        ([("A pseudonym is given.", {"medical/deidentified": 0.92})], True),
        (
            [
                ("A pseudonym is given.", {"medical/deidentified": 0.92}),
                ("The data are coded.", {"medical/deidentified": 0.5}),
            ],
            True,
        ),
        (
            [
                ("A pseudonym is given.", {"medical/deidentified": 0.92}),
                ("The name is shown.", {"medical/identified": 0.5}),
            ],
            None,
        ),
    ],
)
def test_a_choice_is_settled_unless_the_other_side_may_be_said(
    reads: list[tuple[str, dict[str, float]]], settled: bool | None
) -> None:
    evidence = Evidence([_read(*each) for each in reads], LIMITS)
    assert evidence.choice("deidentified", CHOICE, "With the name?") is settled
    assert len(evidence.questions) == (settled is None)


@pytest.mark.parametrize(
    ("sentence", "fields"),
    [
        ("I have no objection to scans being read.", ["imaging"]),
        ("Scans may be read, but not allergies.", None),
        ("All scans except those of last year.", None),
    ],
)
def test_exceptions_are_asked_about_and_polite_denials_are_none(sentence: str, fields: list[str] | None) -> None:
    evidence = Evidence([_read(sentence, {"medical/grant": 0.95})], LIMITS)
    assert listed(evidence, "fields", "medical/grant", FIELDS, "Which?") == fields
    assert len(evidence.questions) == (fields is None)


@pytest.mark.parametrize(
    "word",
    [
        *(
            "not",
            "no",
            "never",
            "nor",
            "neither",
            "none",
            "without",
            "instead",
            "rather",
            "nobody",
            "nothing",
            "nowhere",
        ),
        *("unless", "except", "hardly", "cannot", "fails", "failing", "lacks", "lacking", "nameless", "isn't", "won’t"),
    ],
)
def test_a_sentence_with_any_word_that_denies_must_be_surer(word: str) -> None:
    for chance, settled in ((0.92, None), (0.98, True)):
        evidence = Evidence([_read(f"Here {word} stands.", {"medical/deidentified": chance})], LIMITS)
        assert evidence.choice("deidentified", CHOICE, "With the name?") is settled
