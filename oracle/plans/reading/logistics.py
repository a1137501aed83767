"""The terms of a sale with transport."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from oracle.plans.reading.evidence import Evidence, minor, part, seconds, when
from oracle.plans.reading.parties import assign
from oracle.plans.text.values import Money


def read_logistics(
    evidence: Evidence, votes: Mapping[str, Mapping[str, float]], given: Mapping[str, str]
) -> dict[str, Any]:
    """Settle the terms or ask; the parties by role."""
    price = evidence.value("price_minor", "price", "What is the price?", minor)
    fee = evidence.value("carrier_fee_minor", "fee", "What is the carrier's fee?", minor)
    evidence.choice(
        "fee_borne_by",
        {"logistics/carriage_buyer": "buyer", "logistics/carriage_seller": "seller"},
        "Who bears the carrier's fee: the buyer, on top of the price, or the seller, out of it?",
    )
    time_term(evidence, "delivery", "delivery", "By when must the goods be delivered?")
    evidence.value("inspection_seconds", "inspection", "How long may the buyer inspect the goods?", seconds)
    evidence.choice(
        "on_silence",
        {"logistics/silence_accepts": "accept", "logistics/silence_refunds": "refund"},
        "What if the buyer says nothing in that time: are the goods accepted, or does the money go back?",
    )
    refusal = evidence.choice(
        "on_refusal",
        {"logistics/refusal_refund": "refund", "logistics/refusal_arbiter": "arbiter"},
        "What if the buyer refuses the goods: does the money go back, or does an arbiter decide?",
    )
    _late(evidence)
    roles = ["buyer", "seller", "carrier"]
    if refusal == "arbiter":
        roles.append("arbiter")
        evidence.value("arbiter_seconds", "arbiter_time", "How long does the arbiter have to decide?", seconds)
    elif refusal == "refund":
        evidence.terms["arbiter_seconds"] = None
    if price is not None and fee is not None:
        one_currency(evidence, ("price", "fee", "late_amount"))
    nobody: dict[str, Any] = {"arbiter": None} if refusal == "refund" else {}
    return nobody | assign(evidence, votes, roles, given)


def time_term(evidence: Evidence, term: str, meaning: str, asked: str) -> None:
    """Settle a time as `<term>_seconds` or `<term>_date`, or ask about `<term>`."""
    found = evidence.value(term, meaning, asked, when)
    if found is None:
        return
    sources = evidence.sources.pop(term)
    del evidence.terms[term]
    if isinstance(found, date):
        evidence.settle(f"{term}_date", found.isoformat(), sources)
    else:
        evidence.settle(f"{term}_seconds", found, sources)


def one_currency(evidence: Evidence, meanings: tuple[str, ...]) -> None:
    """Settle the currency of all amounts that mean something, or ask."""
    found = [
        (value.value.currency, read)
        for each in meanings
        for value, read in evidence.meant(each)
        if isinstance(value.value, Money)
    ]
    currencies = list(dict.fromkeys(currency for currency, _ in found))
    if len(currencies) == 1:
        evidence.settle("currency", currencies[0], [read.sentence for _, read in found])
    elif currencies:
        said = " and ".join(currencies)
        evidence.ask(
            "currency", f"In which currency is the deal? The text says {said}.", [r.sentence for _, r in found]
        )


def _late(evidence: Evidence) -> None:
    """A penalty for late days; none where the text says nothing of lateness."""
    asked = "What does each late day cost, and for how many days at most?"
    kinds = ("logistics/late_money", "logistics/late_share")
    meanings = ("late_amount", "late_share", "late_days")
    said = [read.sentence for kind in kinds for read in evidence.says(kind)]
    perhaps = [read.sentence for kind in kinds for read in evidence.may_say(kind)]
    sure = {each: evidence.meant(each) for each in meanings}
    unsure = [read.sentence for each in meanings for _, read in evidence.may_mean(each)]
    if not said and not any(sure.values()) and not perhaps and not unsure:
        evidence.terms["late"] = None
        return
    if (
        unsure
        or (perhaps and not said)
        or not sure["late_days"]
        or bool(sure["late_amount"]) == bool(sure["late_share"])
    ):
        evidence.ask("late", asked, [*said, *perhaps, *unsure])
        return
    days = evidence.value("late", "late_days", asked, seconds)
    if days is None:
        return
    if days % 86_400:
        evidence.ask("late", asked, said)
        return
    late: dict[str, Any] = {"days": days // 86_400}
    if sure["late_amount"]:
        amount = evidence.value("late", "late_amount", asked, minor)
        if amount is None:
            return
        late["per_day_minor"] = amount
    else:
        share = evidence.value("late", "late_share", asked, part)
        if share is None or share.rest or (share.part * 10_000).denominator != 1:
            evidence.ask("late", asked, said)
            return
        late["per_day_bps"] = int(share.part * 10_000)
    evidence.settle("late", late, said)
