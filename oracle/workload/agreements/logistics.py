"""Sales with transport."""

from fractions import Fraction
from typing import Any

from oracle.workload.agreements import filling
from oracle.workload.agreements.drafting import DAY, Draft, Drafted, introduce, joining, money, people, say_time
from oracle.workload.agreements.wordings import listed


def logistics(draft: Draft, faulty: bool) -> Drafted:
    """A sale: parties, terms, and what is unsettled."""
    chance = draft.chance
    fault = chance.choice(["price", "delivery", "inspection", "silence", "refusal", "fee", "twice"]) if faulty else ""
    arbitrated = chance.random() < 0.5
    names = people(draft, 4, ("common", "firms"), ("common", "persons"))
    roles = dict(zip(("buyer", "seller", "carrier", "arbiter"), names, strict=True))
    if not arbitrated:
        del roles["arbiter"]
    introduce(draft, dict(chance.sample(list(roles.items()), k=len(roles))))
    currency = chance.choice(["EUR", "USD", "GBP", "CHF", "USDC"])
    price, fee = chance.randint(5, 900) * 10_000, chance.randint(2, 90) * 500
    terms: dict[str, Any] = {"currency": currency}
    unsettled: set[str] = set()
    _price(draft, terms, unsettled, price, fault)
    if fault == "fee":
        unsettled |= {"carrier_fee_minor", "fee_borne_by"}
    else:
        terms["fee_borne_by"] = chance.choice(["buyer", "seller"])
        terms["carrier_fee_minor"] = fee
        draft.say("logistics", f"carriage_{terms['fee_borne_by']}", {"fee": money(draft, fee, currency, "fee")})
    say_time(draft, "logistics", "delivery", "delivery", "delivery", terms, unsettled, fault=fault == "delivery")
    _acceptance(draft, terms, unsettled, fault)
    _refusal(draft, terms, unsettled, fault, arbitrated=arbitrated)
    _late(draft, terms, price)
    if chance.random() < 0.5:
        draft.say("logistics", "undelivered")
    joining(draft, terms)
    return roles | {"arbiter": roles.get("arbiter")}, terms, unsettled


def _price(draft: Draft, terms: dict[str, Any], unsettled: set[str], price: int, fault: str) -> None:
    """One price, none, or two."""
    goods = draft.chance.choice(listed("logistics", "goods"))
    prices = {"price": [], "twice": [price, price + 10_000]}.get(fault, [price])
    for minor in prices:
        written = money(draft, minor, terms["currency"], "price")
        draft.say("logistics", "sale", {"price": written, "goods": (goods, "")})
    if len(prices) == 1:
        terms["price_minor"] = price
    else:
        unsettled.add("price_minor")


def _acceptance(draft: Draft, terms: dict[str, Any], unsettled: set[str], fault: str) -> None:
    """How long the buyer inspects, and what its silence means."""
    chance = draft.chance
    inspection = chance.randint(1, 14) * DAY
    written = filling.unclear_span(chance) if fault == "inspection" else filling.span(chance, inspection)
    draft.say("logistics", "inspection", {"span": (written, "inspection")})
    if fault == "inspection":
        unsettled.add("inspection_seconds")
    else:
        terms["inspection_seconds"] = inspection
    if fault == "silence":
        unsettled.add("on_silence")
    else:
        terms["on_silence"] = chance.choice(["accept", "refund"])
        draft.say("logistics", "silence_accepts" if terms["on_silence"] == "accept" else "silence_refunds")


def _refusal(draft: Draft, terms: dict[str, Any], unsettled: set[str], fault: str, *, arbitrated: bool) -> None:
    """Where a refusal leads."""
    terms["arbiter_seconds"] = None
    if fault == "refusal":
        unsettled.add("on_refusal")
    elif arbitrated:
        terms["on_refusal"], terms["arbiter_seconds"] = "arbiter", draft.chance.randint(3, 30) * DAY
        written = filling.span(draft.chance, terms["arbiter_seconds"])
        draft.say("logistics", "refusal_arbiter", {"span": (written, "arbiter_time")})
    else:
        terms["on_refusal"] = "refund"
        draft.say("logistics", "refusal_refund")


def _late(draft: Draft, terms: dict[str, Any], price: int) -> None:
    """What late days cost, in half of all sales."""
    chance = draft.chance
    terms["late"] = None
    if chance.random() >= 0.5:
        return
    days = chance.randint(3, 15)
    late_days = (filling.span(chance, days * DAY) if chance.random() < 0.5 else f"{days} days", "late_days")
    if chance.random() < 0.5:
        penalty = max(100, price // chance.choice([100, 200, 50]) // 100 * 100)
        written_penalty = money(draft, penalty, terms["currency"], "late_amount")
        draft.say("logistics", "late_money", {"penalty": written_penalty, "late_days": late_days})
        terms["late"] = {"per_day_minor": penalty, "days": days}
    else:
        bps = chance.choice([50, 100, 150, 200, 300])
        part = (filling.share(chance, Fraction(bps, 10_000)), "late_share")
        draft.say("logistics", "late_share", {"share": part, "late_days": late_days})
        terms["late"] = {"per_day_bps": bps, "days": days}
