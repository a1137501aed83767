"""The terms of a public report."""

from collections.abc import Mapping
from typing import Any

from oracle.plans.reading.evidence import Evidence, number
from oracle.plans.reading.logistics import time_term
from oracle.plans.reading.medical import listed
from oracle.plans.reading.parties import assign
from oracle.plans.text.lists import REPORT_FIGURES


def read_report(
    evidence: Evidence, votes: Mapping[str, Mapping[str, float]], given: Mapping[str, str]
) -> dict[str, Any]:
    """Settle the terms of a public report or ask; the office."""
    listed(evidence, "figures", "report/figures", REPORT_FIGURES, "Which figures are published?")
    first = evidence.value("first_block", "first_block", "From which block on?", number)
    last = evidence.value("last_block", "last_block", "Up to which block?", number)
    if first is not None and last is not None and first > last:
        evidence.ask("last_block", f"Up to which block? {last} lies before {first}.")
    time_term(evidence, "due", "report_due", "By when is the report published?")
    return assign(evidence, votes, ["office"], given)
