"""A reading as the terms that a plan is made of."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from oracle.plans.reading.read import Reading
from oracle.plans.templates.charity import CharityTerms, Milestone
from oracle.plans.templates.clearing import ClearingTerms, Debt
from oracle.plans.templates.logistics import LatePenalty, LogisticsTerms
from oracle.plans.templates.medical import FIELDS, MedicalTerms
from oracle.plans.templates.report import FIGURES, ReportTerms
from oracle.plans.terms import JOIN_SECONDS, TermsMissing, When

T = TypeVar("T")
Terms = LogisticsTerms | CharityTerms | MedicalTerms | ClearingTerms | ReportTerms


def terms_of(reading: Reading) -> Terms:
    """The terms of a reading that settles all of them.

    Raises:
        TermsMissing: it leaves questions, was refused, or lacks a term; says which.
    """
    if reading.template not in _MADE:
        raise TermsMissing(
            f"the text is read as {reading.template or 'no kind of agreement'}, of which no plan is made: name one of "
            f"{', '.join(_MADE)}"
        )
    if not reading.is_offered:
        open_ = [*reading.refusals, *(each.words for each in reading.questions)]
        raise TermsMissing(f"the text does not settle all terms: {' '.join(open_)}")
    try:
        return _MADE[reading.template](reading.parties, reading.terms)
    except KeyError as error:
        raise TermsMissing(
            f"the reading of this {reading.template} has no {error.args[0]}: have the text say it"
        ) from None
    except (AttributeError, TypeError, ValueError) as error:
        raise TermsMissing(f"the reading of this {reading.template} has a term of another form: {error}") from None


def logistics_terms(reading: Reading) -> LogisticsTerms:
    """The terms of a sale.

    Raises:
        TermsMissing: the reading is of another kind, or lacks a term.
    """
    return _only(LogisticsTerms, terms_of(reading))


def charity_terms(reading: Reading) -> CharityTerms:
    """The terms of a donation.

    Raises:
        TermsMissing: the reading is of another kind, or lacks a term.
    """
    return _only(CharityTerms, terms_of(reading))


def medical_terms(reading: Reading) -> MedicalTerms:
    """The terms of a consent.

    Raises:
        TermsMissing: the reading is of another kind, or lacks a term.
    """
    return _only(MedicalTerms, terms_of(reading))


def clearing_terms(reading: Reading) -> ClearingTerms:
    """The terms of a clearing.

    Raises:
        TermsMissing: the reading is of another kind, or lacks a term.
    """
    return _only(ClearingTerms, terms_of(reading))


def report_terms(reading: Reading) -> ReportTerms:
    """The terms of a public report.

    Raises:
        TermsMissing: the reading is of another kind, or lacks a term.
    """
    return _only(ReportTerms, terms_of(reading))


def join_seconds_of(reading: Reading) -> int:
    """Within how many seconds all must have signed: what the text says, or a week."""
    return int(reading.terms.get("join_seconds") or JOIN_SECONDS)


def _only(kind: type[T], terms: object) -> T:
    if not isinstance(terms, kind):
        raise TermsMissing(f"the text settles {type(terms).__name__}, where {kind.__name__} are needed: give another")
    return terms


def _logistics(parties: Any, terms: Mapping[str, Any]) -> LogisticsTerms:
    late = terms["late"]
    return LogisticsTerms(
        buyer=parties["buyer"],
        seller=parties["seller"],
        carrier=parties["carrier"],
        currency=terms["currency"],
        price_minor=terms["price_minor"],
        carrier_fee_minor=terms["carrier_fee_minor"],
        fee_borne_by=terms["fee_borne_by"],
        delivery=_when(terms, "delivery"),
        inspection_seconds=terms["inspection_seconds"],
        on_silence=terms["on_silence"],
        on_refusal=terms["on_refusal"],
        arbiter=parties.get("arbiter"),
        arbiter_seconds=terms.get("arbiter_seconds"),
        late=None if late is None else LatePenalty(**late),
    )


def _charity(parties: Any, terms: Mapping[str, Any]) -> CharityTerms:
    return CharityTerms(
        charity=parties["charity"],
        donors=tuple(parties["donors"].items()),
        reviewers=tuple(parties["reviewers"]),
        quorum=terms["quorum"],
        currency=terms["currency"],
        milestones=tuple(
            Milestone(each["event"], each["share_bps"], _when(each, "due")) for each in terms["milestones"]
        ),
    )


def _medical(parties: Any, terms: Mapping[str, Any]) -> MedicalTerms:
    return MedicalTerms(
        patient=parties["patient"],
        grantee=parties["grantee"],
        fields=_chosen(FIELDS, terms["fields"], "field"),
        purpose=terms["purpose"],
        until=_when(terms, "until"),
        deidentified=terms["deidentified"],
    )


def _clearing(parties: Any, terms: Mapping[str, Any]) -> ClearingTerms:
    return ClearingTerms(
        parties=tuple(parties),
        currency=terms["currency"],
        debts=tuple(Debt(each["debtor"], each["creditor"], each["minor"]) for each in terms["obligations"]),
        settle=_when(terms, "settle"),
    )


def _report(parties: Any, terms: Mapping[str, Any]) -> ReportTerms:
    return ReportTerms(
        office=parties["office"],
        figures=_chosen(FIGURES, terms["figures"], "figure"),
        first_block=terms["first_block"],
        last_block=terms["last_block"],
        due=_when(terms, "due"),
    )


_MADE: dict[str, Callable[[Any, Mapping[str, Any]], Terms]] = {
    "logistics": _logistics,
    "charity": _charity,
    "medical": _medical,
    "clearing": _clearing,
    "report": _report,
}


def _when(terms: Mapping[str, Any], name: str) -> When:
    """A time that is kept as `<name>_seconds` or as `<name>_date`."""
    if terms.get(f"{name}_date") is not None:
        return When(day=date.fromisoformat(terms[f"{name}_date"]))
    if terms.get(f"{name}_seconds") is not None:
        return When(seconds=terms[f"{name}_seconds"])
    raise KeyError(f"{name}_seconds and no {name}_date")


def _chosen(known: tuple[str, ...], named: list[str], what: str) -> tuple[str, ...]:
    """What is named, in the order in which it is known."""
    other = next((each for each in named if each not in known), None)
    if other is not None:
        raise ValueError(f"{other!r} is no {what}; there are {', '.join(known)}")
    return tuple(each for each in known if each in named)
