"""From a reading to a plan: what is open is refused, what the text settles is accepted, steps show their sentences."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from oracle.errors import InputError
from oracle.plans.paths import check_paths
from oracle.plans.reading.evidence import Question
from oracle.plans.reading.planned import plan_of_reading, sources_of
from oracle.plans.reading.read import Reading
from oracle.plans.reading.record import Record, answered, record_of, text_hash
from oracle.plans.terms import Setting
from tests.conftest import Refusal
from tests.contracts.plan_stage import MONEY, START_SECONDS
from tests.trust.signing import address

DAY = 86_400
SALE = Reading(
    template="logistics",
    parties={"buyer": "Ann", "seller": "Bob", "carrier": "Cy", "arbiter": None},
    terms={
        "currency": "EUR",
        "price_minor": 120_000,
        "carrier_fee_minor": 8_000,
        "fee_borne_by": "buyer",
        "delivery_seconds": 5 * DAY,
        "inspection_seconds": 3 * DAY,
        "on_silence": "accept",
        "on_refusal": "refund",
        "arbiter_seconds": None,
        "late": None,
        "join_seconds": 2 * DAY,
    },
    sources={"delivery_seconds": ("Deliver within five days.",), "price_minor": ("Ann pays EUR 1,200.",)},
)
SETTING = Setting(
    accounts={"Ann": address(1), "Bob": address(2), "Cy": address(3)},
    token=MONEY,
    now_seconds=START_SECONDS,
    terms_hash=text_hash("text"),
)


def test_a_reading_becomes_a_plan_without_fault() -> None:
    plan, names, accepted = plan_of_reading(SALE, SETTING)
    assert names == ("Ann", "Bob", "Cy")
    assert plan.deposits == (128_000, 0, 0)
    assert plan.join_by_seconds == START_SECONDS + 2 * DAY
    assert accepted == {"refusal-takes"}
    assert check_paths(plan, names, START_SECONDS, accepted=accepted).faults == ()
    assert sources_of(SALE) == {"1": ["Deliver within five days."], "3": ["Ann pays EUR 1,200."]}


def test_amounts_are_in_units_of_the_token() -> None:
    """A token of six decimals has 10 000 units in a hundredth of a currency."""
    late = {"per_day_bps": 100, "days": 3}
    reading = replace(SALE, terms=SALE.terms | {"late": late})
    plan, _, _ = plan_of_reading(reading, replace(SETTING, units_per_hundredth=10_000))
    assert plan.deposits == (1_280_000_000, 0, 0)
    assert plan.steps[0].late.penalty_per_day == 12_000_000
    assert plan.steps[2].payments[0].amount == 80_000_000


def test_a_token_is_given_with_its_decimals(tmp_path: Path, refusal: Refusal) -> None:
    (tmp_path / "sale.json").write_text(json.dumps(Record(SALE, bytes(32), bytes(32)).as_json()))
    line = ("plan", "make", "sale.json", "--account", f"Ann={address(1)}", "--out", "plan.json")
    assert "--token and --decimals go together" in refusal(*line, "--token", MONEY)


def test_what_is_open_becomes_no_plan_until_it_is_answered() -> None:
    terms = {name: value for name, value in SALE.terms.items() if name != "delivery_seconds"}
    reading = replace(SALE, terms=terms, questions=(Question("delivery", "By when?", ("Deliver soon.",)),))
    with pytest.raises(InputError, match="leaves open: delivery; answer by"):
        plan_of_reading(reading, SETTING)
    record = Record(reading, text_hash("text"), bytes(32))
    with pytest.raises(InputError, match="nothing is asked about price_minor; the questions are about delivery"):
        answered(record, {"price_minor": 5})
    given = answered(record, {"delivery_seconds": 5 * DAY}).reading
    assert plan_of_reading(given, SETTING) == plan_of_reading(SALE, SETTING)


def test_a_party_is_answered_by_its_name() -> None:
    parties = {role: name for role, name in SALE.parties.items() if role != "carrier"}
    reading = replace(SALE, parties=parties, questions=(Question("carrier", "Who is the carrier?"),))
    given = answered(Record(reading, bytes(32), bytes(32)), {"carrier": "Cy"}).reading
    assert given.parties == SALE.parties
    assert given.is_offered


def test_a_record_is_the_same_after_its_file() -> None:
    record = Record(SALE, text_hash("text"), b"\x07" * 32)
    assert record_of(record.as_json(), "x") == record
    with pytest.raises(InputError, match="x is no reading"):
        record_of({"format": 9}, "x")


def test_a_clearing_is_no_plan() -> None:
    debts = [{"debtor": "Ann", "creditor": "Bob", "minor": 5}]
    reading = Reading("clearing", ["Ann", "Bob"], {"currency": "EUR", "obligations": debts, "settle_seconds": DAY})
    with pytest.raises(InputError, match="settled by a round"):
        plan_of_reading(reading, SETTING)
