"""A public report: figures drawn from the chain by a declared query, its hash attested on chain."""

from dataclasses import dataclass

from oracle.plans.plan import DONE, Plan, Step, Verb
from oracle.plans.terms import Setting, When

FIGURES = ("transactions", "fees", "blocks", "difficulty", "theta")


@dataclass(frozen=True)
class ReportTerms:
    """What the text of a report's duty settles."""

    office: str
    figures: tuple[str, ...]  # of FIGURES, in their order
    first_block: int
    last_block: int
    due: When  # from the activation


def report_plan(terms: ReportTerms, setting: Setting) -> Plan:
    """One step: the office attests, with the hash of the report as evidence.

    Raises:
        TermsMissing: the address of the office is missing.
    """
    due, due_from = terms.due.due(from_activation=True)
    attest = Step(Verb.ATTEST, 0, due, due_from, needs_evidence=True, on_done=DONE, on_timeout=DONE)
    return setting.plan("report", (terms.office,), (0,), (attest,))
