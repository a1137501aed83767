"""What should be read of the examples, by hand: no model is loaded."""

import re
from typing import Any

from oracle.lab.agreements.demo import example
from oracle.plans.plan import DAY_SECONDS
from oracle.plans.reading.read import Reading

_OWES = re.compile(r"^(?:\d+\. )?(.+) owes (.+) ([\d,]+)\.(\d\d) euros", re.MULTILINE)

SALE: dict[str, Any] = {
    "currency": "EUR",
    "price_minor": 1_280_000,
    "carrier_fee_minor": 64_000,
    "fee_borne_by": "buyer",
    "delivery_seconds": 10 * DAY_SECONDS,
    "inspection_seconds": 3 * DAY_SECONDS,
    "on_silence": "accept",
    "on_refusal": "refund",
    "arbiter_seconds": None,
    "late": {"days": 8, "per_day_minor": 15_000},
    "join_seconds": 5 * DAY_SECONDS,
}
GIFT: dict[str, Any] = {
    "currency": "EUR",
    "quorum": 2,
    "milestones": [
        {"share_bps": 4_000, "event": "drilling of the borehole", "due_seconds": 60 * DAY_SECONDS},
        {"share_bps": 6_000, "event": "delivery of clean water", "due_seconds": 150 * DAY_SECONDS},
    ],
}
CONSENT: dict[str, Any] = {
    "fields": ["diagnoses", "medication", "laboratory"],
    "purpose": "treatment",
    "until_seconds": 90 * DAY_SECONDS,
    "deidentified": False,
}
REPORT: dict[str, Any] = {
    "figures": ["transactions", "fees", "blocks"],
    "first_block": 1,
    "last_block": 40,
    "due_seconds": 14 * DAY_SECONDS,
}
PARTIES: dict[str, Any] = {
    "logistics": {
        "buyer": "Marlow Interiors Ltd",
        "seller": "Alpenglas Werke GmbH",
        "carrier": "Rhenus Transit AG",
        "arbiter": None,
    },
    "charity": {
        "donors": {"Orchard Street Bakery": 600_000, "Leonie Brandt": 250_000},
        "charity": "Wells for Kisumu",
        "reviewers": ["Amara Diallo", "Piet Vos", "Hana Sato"],
    },
    "medical": {"patient": "Rosalind Achterop", "grantee": "Castellan Heart Institute"},
    "report": {"office": "Registry of Port Ansel"},
}
TERMS = {"logistics": SALE, "charity": GIFT, "medical": CONSENT, "report": REPORT}


def reading_of(template: str) -> Reading:
    """The right reading of a template's first example."""
    if template == "clearing":
        return _clearing()
    return Reading(template, PARTIES[template], dict(TERMS[template]))


def _clearing() -> Reading:
    debts = [
        {"debtor": debtor, "creditor": creditor, "minor": int(whole.replace(",", "") + part)}
        for debtor, creditor, whole, part in _OWES.findall(example("clearing"))
    ]
    parties = list(dict.fromkeys(debt[side] for debt in debts for side in ("debtor", "creditor")))
    terms = {"currency": "EUR", "obligations": debts, "settle_seconds": 14 * DAY_SECONDS}
    return Reading("clearing", parties, terms)
