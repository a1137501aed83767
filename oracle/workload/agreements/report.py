"""Public reports."""

from collections.abc import Callable
from typing import Any

from oracle.plans.templates.report import FIGURES
from oracle.workload.agreements import filling
from oracle.workload.agreements.drafting import Draft, Drafted, say_time
from oracle.workload.agreements.wordings import listed

_FIGURE_WORDS = {
    "transactions": ("the number of transactions", "transaction counts", "how many transactions were made"),
    "fees": ("the fees paid", "total fees", "what was paid in fees"),
    "blocks": ("the number of blocks", "the interval of blocks", "block times"),
    "difficulty": ("the difficulty", "mining difficulty"),
    "theta": ("mean theta", "theta of the nodes"),
}


def report(draft: Draft, faulty: bool) -> Drafted:
    """A report's duty: parties, terms, and what is unsettled."""
    chance = draft.chance
    office = chance.choice(listed("report", "offices"))
    draft.named["office"] = [office]
    figures = sorted(chance.sample(FIGURES, k=chance.randint(1, 4)), key=FIGURES.index)
    written = filling.listed(chance, [chance.choice(_FIGURE_WORDS[each]) for each in figures])
    draft.say("report", "figures", {"figures": (written, "")}, office=office)
    first = chance.randint(1, 900_000)
    last = first + chance.randint(10, 50_000)
    styles: list[Callable[[int], str]] = [str, lambda n: f"{n:,}", lambda n: f"{n:,}".replace(",", " ")]
    style = chance.choice(styles)
    draft.say("report", "period", {"first": (style(first), "first_block"), "last": (style(last), "last_block")})
    terms: dict[str, Any] = {"figures": figures, "first_block": first, "last_block": last}
    unsettled: set[str] = set()
    say_time(draft, "report", "due", "report_due", "due", terms, unsettled, fault=faulty)
    if chance.random() < 0.7:
        draft.say("report", "attestation")
    return {"office": office}, terms, unsettled
