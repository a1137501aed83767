"""Consent: a patient lets someone read fields of a record for a purpose, until a time, and may take it back."""

from dataclasses import dataclass

from oracle.plans.plan import DAY_SECONDS, DONE, Plan, Step, Verb
from oracle.plans.terms import Setting, When

FIELDS = ("diagnoses", "medication", "laboratory", "imaging", "allergies", "vaccinations")
PURPOSES = ("treatment", "research", "second opinion", "insurance", "emergency")
GRANT_SECONDS = 7 * DAY_SECONDS  # within which the patient grants, once both have signed
GRANTED_STEP = 1  # while this is the present step, and not over, access is granted


@dataclass(frozen=True)
class MedicalTerms:
    """What the text of a consent settles."""

    patient: str
    grantee: str
    fields: tuple[str, ...]  # of FIELDS, in their order
    purpose: str  # of PURPOSES
    until: When  # from the grant
    deidentified: bool


def medical_plan(terms: MedicalTerms, setting: Setting) -> Plan:
    """Grant, then revoke at any time; if nobody revokes, the consent ends with its time. Nothing is deposited.

    Raises:
        TermsMissing: an address is missing.
    """
    due, due_from = terms.until.due(from_activation=False)
    steps = (
        Step(Verb.GRANT, 0, GRANT_SECONDS, on_done=GRANTED_STEP, on_timeout=DONE),
        Step(Verb.REVOKE, 0, due, due_from, on_done=DONE, on_timeout=DONE),
    )
    return setting.plan("medical", (terms.patient, terms.grantee), (0, 0), steps)
