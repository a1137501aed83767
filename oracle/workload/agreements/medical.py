"""Consents."""

from typing import Any

from oracle.workload.agreements import filling
from oracle.workload.agreements.drafting import Draft, Drafted, introduce, say_time
from oracle.workload.agreements.wordings import listed

_FIELD_WORDS = {
    "diagnoses": ("diagnoses", "the diagnoses", "past diagnoses"),
    "medication": ("medication", "the medication list", "prescriptions"),
    "laboratory": ("laboratory results", "blood tests", "lab results"),
    "imaging": ("imaging", "x-rays", "scans", "MRI images"),
    "allergies": ("allergies", "known allergies"),
    "vaccinations": ("vaccinations", "the vaccination history", "immunisations"),
}
_PURPOSE_WORDS = {
    "treatment": ("treatment", "the treatment of a chronic illness", "ongoing treatment"),
    "research": ("research into diabetes", "a study of sleep", "medical research"),
    "second opinion": ("a second opinion",),
    "insurance": ("an insurance claim", "reimbursement by the insurer"),
    "emergency": ("an emergency", "emergency care"),
}


def medical(draft: Draft, faulty: bool) -> Drafted:
    """A consent: parties, terms, and what is unsettled."""
    chance = draft.chance
    fault = chance.choice(["until", "deidentified"]) if faulty else ""
    patient, grantee = chance.choice(listed("common", "persons")), chance.choice(listed("medical", "grantees"))
    draft.named |= {"patient": [patient], "grantee": [grantee]}
    if chance.random() < 0.5:
        introduce(draft, {"patient": patient, "grantee": grantee})
    known = list(_FIELD_WORDS)
    fields = sorted(chance.sample(known, k=chance.randint(1, 4)), key=known.index)
    purpose = chance.choice(list(_PURPOSE_WORDS))
    written = filling.listed(chance, [chance.choice(_FIELD_WORDS[each]) for each in fields])
    draft.say("medical", "grant", {"fields": (written, ""), "purpose": (chance.choice(_PURPOSE_WORDS[purpose]), "")})
    terms: dict[str, Any] = {"fields": fields, "purpose": purpose}
    unsettled: set[str] = set()
    say_time(draft, "medical", "term", "consent_until", "until", terms, unsettled, fault=fault == "until")
    if fault == "deidentified":
        unsettled.add("deidentified")
    else:
        terms["deidentified"] = chance.random() < 0.5
        draft.say("medical", "deidentified" if terms["deidentified"] else "identified")
    if chance.random() < 0.7:
        draft.say("medical", "revocation")
    return {"patient": patient, "grantee": grantee}, terms, unsettled
