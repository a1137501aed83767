"""Readings as the terms that plans are made of."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from oracle.plans.plan import DAY_SECONDS
from oracle.plans.reading.evidence import Question
from oracle.plans.reading.read import Reading
from oracle.plans.reading.terms_of import (
    charity_terms,
    clearing_terms,
    join_seconds_of,
    logistics_terms,
    medical_terms,
    report_terms,
    terms_of,
)
from oracle.plans.templates import TEMPLATES
from oracle.plans.templates.charity import Milestone
from oracle.plans.templates.clearing import Debt
from oracle.plans.templates.logistics import LatePenalty
from oracle.plans.terms import JOIN_SECONDS, TermsMissing, When

HUMAN = Path(__file__).parent / "human"
SETTLED = sorted(path.stem for path in HUMAN.glob("*.json") if not json.loads(path.read_text())["open"])


def reading(name: str) -> Reading:
    """What should be read of one of the texts that people wrote."""
    right: Mapping[str, Any] = json.loads((HUMAN / f"{name}.json").read_text())
    return Reading(right["template"], right["parties"], dict(right["terms"]))


def without(read: Reading, *names: str) -> Reading:
    return replace(read, terms={name: value for name, value in read.terms.items() if name not in names})


@pytest.mark.parametrize("name", SETTLED)
def test_what_a_text_settles_becomes_terms(name: str) -> None:
    read = reading(name)
    assert type(terms_of(read)).__name__.lower() == f"{read.template}terms"


def test_there_is_a_settled_text_of_each_kind() -> None:
    assert {reading(name).template for name in SETTLED} == set(TEMPLATES)


def test_a_sale() -> None:
    terms = logistics_terms(reading("logistics_email"))
    assert (terms.buyer, terms.seller, terms.carrier) == ("Jonas Ferrand", "Marta Quispe", "Blauweis Spedition")
    assert (terms.price_minor, terms.carrier_fee_minor, terms.fee_borne_by) == (1_030_000, 78_000, "seller")
    assert terms.delivery == When(day=date(2027, 5, 14))
    assert terms.inspection_seconds == 5 * DAY_SECONDS
    assert (terms.on_silence, terms.on_refusal, terms.arbiter, terms.late) == ("accept", "refund", None, None)


@pytest.mark.parametrize("cost", [{"per_day_minor": 1_200}, {"per_day_bps": 50}])
def test_a_penalty_for_late_days(cost: dict[str, int]) -> None:
    read = reading("logistics_email")
    late = logistics_terms(replace(read, terms={**read.terms, "late": {"days": 10, **cost}})).late
    assert late == LatePenalty(days=10, **cost)


def test_the_time_to_sign() -> None:
    read = reading("logistics_email")
    assert join_seconds_of(read) == 172_800
    for silent in (without(read, "join_seconds"), replace(read, terms={**read.terms, "join_seconds": None})):
        assert join_seconds_of(silent) == JOIN_SECONDS


def test_a_donation() -> None:
    terms = charity_terms(reading("charity_newsletter"))
    assert terms.donors == (("Mrs Dilys Penrose", 60_000), ("The Bell Inn", 145_000), ("Tomasz Wrona", 8_550))
    assert (terms.charity, terms.quorum) == ("St Brannoc's Hall Trust", 2)
    assert terms.milestones[0] == Milestone("the scaffolding is up", 5_000, When(seconds=28 * DAY_SECONDS))


def test_a_consent_has_its_fields_in_the_order_of_the_template() -> None:
    read = reading("medical_study")
    turned = replace(read, terms={**read.terms, "fields": list(reversed(read.terms["fields"]))})
    terms = medical_terms(turned)
    assert terms.fields == ("diagnoses", "laboratory", "imaging")
    assert (terms.purpose, terms.deidentified, terms.until) == ("research", True, When(seconds=62_899_200))


def test_a_clearing() -> None:
    terms = clearing_terms(reading("clearing_memorandum"))
    assert len(terms.parties) == 6
    assert terms.debts[0] == Debt("Brightling Foods", "Alderman Mills", 1_248_000)
    assert terms.settle == When(day=date(2027, 6, 30))


def test_a_report() -> None:
    terms = report_terms(reading("report_memo"))
    assert (terms.first_block, terms.last_block) == (1_204_000, 1_209_999)
    assert terms.figures == ("fees", "blocks", "theta")
    assert terms.due == When(seconds=5 * DAY_SECONDS)


def test_what_is_not_settled_makes_no_terms() -> None:
    read = reading("report_memo")
    asked = replace(read, questions=(Question("due", "By when is the report published?"),))
    with pytest.raises(TermsMissing, match=r"does not settle all terms: By when is the report published\?"):
        terms_of(asked)
    with pytest.raises(TermsMissing, match="The text is empty"):
        terms_of(replace(read, refusals=("The text is empty.",)))
    with pytest.raises(TermsMissing, match="no kind of agreement"):
        terms_of(Reading(None))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(TermsMissing, match="has no currency"):
        terms_of(without(reading("clearing_band"), "currency"))
    with pytest.raises(TermsMissing, match="has no due_seconds and no due_date"):
        terms_of(without(reading("report_memo"), "due_seconds"))
    read = reading("report_memo")
    with pytest.raises(TermsMissing, match="'profit' is no figure"):
        terms_of(replace(read, terms={**read.terms, "figures": ["profit"]}))
    with pytest.raises(TermsMissing, match="has a term of another form"):
        terms_of(replace(read, parties=None))


def test_terms_of_another_kind_are_not_taken() -> None:
    with pytest.raises(TermsMissing, match="settles ReportTerms, where LogisticsTerms are needed"):
        logistics_terms(reading("report_memo"))
