"""From a reading that leaves nothing open to the plan, and to what its parties knowingly agree to."""

from dataclasses import replace

from oracle.errors import InputError
from oracle.plans.plan import Plan
from oracle.plans.reading.read import Reading
from oracle.plans.reading.terms_of import terms_of
from oracle.plans.templates.charity import CharityTerms, charity_plan
from oracle.plans.templates.logistics import LogisticsTerms, logistics_plan
from oracle.plans.templates.medical import MedicalTerms, medical_plan
from oracle.plans.templates.report import ReportTerms, report_plan
from oracle.plans.terms import Setting

# Which terms each step of a kind of agreement comes from.
_STEP_TERMS = {
    "logistics": (
        ("delivery_seconds", "delivery_date", "late", "carrier"),
        ("inspection_seconds", "on_silence", "on_refusal", "arbiter_seconds", "buyer"),
        ("price_minor", "carrier_fee_minor", "fee_borne_by", "seller"),
    ),
    "medical": (("fields", "purpose", "grantee"), ("until_seconds", "until_date")),
    "report": (("figures", "first_block", "last_block", "due_seconds", "due_date", "office"),),
}


def sources_of(reading: Reading) -> dict[str, list[str]]:
    """Sentences of the text by the number of the step that comes from them, counted from 1."""
    if reading.template == "charity":
        told = reading.sources.get("milestones", ())
        alone = len(told) == len(reading.terms["milestones"])  # else several share a sentence
        return {str(number): [sentence] for number, sentence in enumerate(told, 1)} if alone else {}
    found = {}
    for number, terms in enumerate(_STEP_TERMS.get(reading.template or "", ()), 1):
        sentences = tuple(sentence for term in terms for sentence in reading.sources.get(term, ()))
        if sentences:
            found[str(number)] = list(dict.fromkeys(sentences))
    return found


def plan_of_reading(reading: Reading, setting: Setting) -> tuple[Plan, tuple[str, ...], frozenset[str]]:
    """The plan, the names of its parties in their order, and the codes of findings that the text itself settles.

    Raises:
        InputError: something is open, or the agreement is settled by another contract.
    """
    if not reading.is_offered:
        asked = ", ".join(question.term for question in reading.questions) or "; ".join(reading.refusals)
        raise InputError(f"the reading leaves open: {asked}; answer by `catalyst plan answer`")
    terms = terms_of(reading)
    join_seconds = reading.terms.get("join_seconds")
    if join_seconds:
        setting = replace(setting, join_seconds=join_seconds)
    if isinstance(terms, LogisticsTerms):
        made = logistics_plan(terms, setting)
    elif isinstance(terms, CharityTerms):
        made = charity_plan(terms, setting)
    elif isinstance(terms, MedicalTerms):
        made = medical_plan(terms, setting)
    elif isinstance(terms, ReportTerms):
        made = report_plan(terms, setting)
    else:
        raise InputError("a clearing is settled by a round, not by a plan: see `catalyst plan demo clearing`")
    names = {account.lower(): name for name, account in setting.accounts.items()}
    accepted = {
        code
        for code, said in (
            ("refusal-takes", reading.terms.get("on_refusal") == "refund"),
            ("silence-takes", reading.terms.get("on_silence") == "refund"),
        )
        if said
    }
    return made, tuple(names[account.lower()] for account in made.parties), frozenset(accepted)
