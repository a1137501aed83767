"""Donations with milestones."""

from fractions import Fraction
from typing import Any

from oracle.workload.agreements import filling
from oracle.workload.agreements.drafting import Draft, Drafted, Label, Sentence, money, people, say_time
from oracle.workload.agreements.wordings import listed


def charity(draft: Draft, faulty: bool) -> Drafted:
    """A donation: parties, terms, and what is unsettled."""
    chance = draft.chance
    fault = chance.choice(["milestone", "quorum", "shares"]) if faulty else ""
    donors = people(draft, chance.randint(1, 3), ("common", "firms"), ("common", "persons"))
    charity = chance.choice(listed("charity", "charities"))
    others = [name for name in listed("common", "persons") if name not in donors]
    reviewers = chance.sample(others, k=chance.randint(2, 4))
    draft.named["charity"] = [charity]
    currency = chance.choice(["EUR", "USD", "GBP", "CHF", "USDC"])
    given = {donor: chance.randint(1, 400) * 5_000 for donor in donors}
    cause = chance.choice(listed("charity", "causes"))
    for donor, amount in given.items():
        meanings = {"amount": money(draft, amount, currency, "donation"), "cause": (cause, "")}
        draft.say("charity", "donation", meanings, donor=donor)
    draft.named["donor"] = [donors[0]] if len(donors) == 1 else ["the donors"]
    terms: dict[str, Any] = {"currency": currency}
    unsettled: set[str] = set()
    shares = chance.choice([(50, 50), (30, 45, 25), (100,), (40, 30, 20), (60, 40), (25, 25, 50)])
    if fault == "shares":
        shares = (60, 50, 20)
    milestones = []
    for at, percent in enumerate(shares):
        milestone: dict[str, Any] = {"share_bps": percent * 100}
        event = chance.choice(listed("charity", "events"))
        say_time(
            draft,
            "charity",
            "milestone",
            "milestone_due",
            "due",
            milestone,
            unsettled,
            fault=fault == "milestone" and at == 0,
            days=(10, 300),
            share=filling.share(chance, Fraction(percent, 100)),
            event=event,
        )
        milestones.append(milestone | {"event": event})
    terms["milestones"] = milestones
    if fault in {"milestone", "shares"}:
        del terms["milestones"]
        unsettled = {"milestones"}
    quorum = chance.randint(1, len(reviewers))
    if fault == "quorum":
        unsettled.add("quorum")
        unsettled.add("reviewers")
        reviewers = []
    else:
        terms["quorum"] = quorum
        _reviewers(draft, reviewers, quorum)
    if chance.random() < 0.6:
        draft.say("charity", "leftover")
    return {"donors": given, "charity": charity, "reviewers": reviewers}, terms, unsettled


def _reviewers(draft: Draft, reviewers: list[str], quorum: int) -> None:
    """The clause that names them, with a label on each name."""
    names = filling.listed(draft.chance, reviewers)
    meanings = {"k": (filling.count(draft.chance, quorum), "quorum"), "reviewers": (names, "")}
    draft.say("charity", "reviewers", meanings)
    sentence = draft.sentences[-1]
    found = [Label(at, at + len(name), "reviewer") for name in reviewers if (at := sentence.text.find(name)) >= 0]
    labels = tuple(sorted([*sentence.labels, *found], key=lambda each: each.start))
    draft.sentences[-1] = Sentence(sentence.text, labels, sentence.kinds)
