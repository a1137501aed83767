"""Obligations that are netted."""

from typing import Any

from oracle.workload.agreements.drafting import Draft, Drafted, money, people, say_time
from oracle.workload.agreements.wordings import listed


def clearing(draft: Draft, faulty: bool) -> Drafted:
    """A round of clearing: parties, terms, and what is unsettled."""
    chance = draft.chance
    parties = people(draft, chance.randint(3, 6), ("common", "firms"), ("common", "persons"))
    currency = chance.choice(["EUR", "USD", "GBP", "CHF", "USDC"])
    debts = []
    for _ in range(chance.randint(3, 10)):
        debtor, creditor = chance.sample(parties, k=2)
        minor = chance.randint(1, 900) * 500
        meanings = {
            "amount": money(draft, minor, currency, "debt"),
            "reason": (chance.choice(listed("clearing", "reasons")), ""),
        }
        draft.say("clearing", "obligation", meanings, debtor=debtor, creditor=creditor)
        debts.append({"debtor": debtor, "creditor": creditor, "minor": minor})
    terms: dict[str, Any] = {"currency": currency, "obligations": debts}
    unsettled: set[str] = set()
    draft.say("clearing", "netting")
    say_time(draft, "clearing", "settle", "settle_by", "settle", terms, unsettled, fault=faulty)
    involved = [name for name in parties if any(name in (debt["debtor"], debt["creditor"]) for debt in debts)]
    return involved, terms, unsettled
