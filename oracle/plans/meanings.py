"""What a reader tells of an agreement: what a sentence says, and what a value or a name in it means."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.plans.text.lists import ROLES
from oracle.plans.text.names import Mention, mentions_of
from oracle.plans.text.values import Count, Day, Found, Money, Share, Span, values_of

# What a sentence can say; several at once, or none of them.
KINDS = (
    "charity/donation",
    "charity/leftover",
    "charity/milestone_date",
    "charity/milestone_span",
    "charity/reviewers",
    "clearing/netting",
    "clearing/obligation",
    "clearing/settle_date",
    "clearing/settle_span",
    "common/join_by",
    "common/override",
    "common/parties",
    "logistics/carriage_buyer",
    "logistics/carriage_seller",
    "logistics/delivery_date",
    "logistics/delivery_span",
    "logistics/inspection",
    "logistics/late_money",
    "logistics/late_share",
    "logistics/refusal_arbiter",
    "logistics/refusal_refund",
    "logistics/sale",
    "logistics/silence_accepts",
    "logistics/silence_refunds",
    "logistics/undelivered",
    "medical/deidentified",
    "medical/grant",
    "medical/identified",
    "medical/revocation",
    "medical/term_date",
    "medical/term_span",
    "report/attestation",
    "report/due_date",
    "report/due_span",
    "report/figures",
    "report/period",
)

NONE = "none"
# What a value can mean, by its type; NONE where it means nothing for the plan.
VALUE_MEANINGS: dict[type, tuple[str, ...]] = {
    Money: ("price", "fee", "late_amount", "donation", "debt"),
    Span: (
        "delivery",
        "late_days",
        "inspection",
        "arbiter_time",
        "join_time",
        "milestone_due",
        "consent_until",
        "settle_by",
        "report_due",
    ),
    Day: ("delivery", "milestone_due", "consent_until", "settle_by", "report_due"),
    Share: ("late_share", "share"),
    Count: ("quorum", "first_block", "last_block"),
}
MEANINGS = (
    NONE,
    *dict.fromkeys(meaning for meanings in VALUE_MEANINGS.values() for meaning in meanings),
    "unknown",  # a party, in a sentence that does not tell which
    *ROLES,
)
NAME_MEANINGS = (NONE, "unknown", *ROLES)
# What can be meant in an agreement of each kind, beside NONE and "unknown".
TEMPLATE_MEANINGS = {
    "logistics": (
        *("price", "fee", "late_amount", "late_share", "late_days", "delivery", "inspection", "arbiter_time"),
        *("join_time", "buyer", "seller", "carrier", "arbiter"),
    ),
    "charity": ("donation", "share", "milestone_due", "quorum", "donor", "charity", "reviewer"),
    "medical": ("consent_until", "patient", "grantee"),
    "clearing": ("debt", "settle_by", "debtor", "creditor"),
    "report": ("first_block", "last_block", "report_due", "office"),
}
MARK = "§"
MAX_TOKENS = 128
_WORDS: dict[type, str] = {Money: "[money]", Span: "[time]", Day: "[date]", Share: "[share]", Count: "[number]"}
_NAME_WORD = "[name]"
_MOST_CHARACTERS = 320  # around a place

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where a value or a name stands in a sentence as the encoder reads it."""

    target: Found | Mention
    start: int
    end: int


def placed(sentence: str, values: list[Found], names: list[Mention]) -> tuple[str, list[Place]]:
    """A sentence as the encoder reads it, values and names by what they are, and where each of them stands in it.

    What is left of digits is folded to #, so that no number is learnt by heart. Of values that share letters, the first
    one has a place.
    """
    found = sorted(
        [(each.start, each.end, _WORDS[each.kind], each) for each in values]
        + [(each.start, each.end, _NAME_WORD, each) for each in names],
        key=lambda place: place[:2],
    )
    text, at, places = "", 0, []
    for start, stop, word, each in found:
        if start < at:
            continue
        text += _folded(sentence[at:start])
        places.append(Place(each, len(text), len(text) + len(word)))
        text += word
        at = stop
    return text + _folded(sentence[at:]), places


def rendered(sentence: str, values: list[Found], names: list[Mention]) -> str:
    """A sentence as the encoder reads it."""
    return placed(sentence, values, names)[0]


def around(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a text that a place in it is read in, and the place in that part; all of a text that is not long."""
    left = max(0, min(start - _MOST_CHARACTERS // 2, len(text) - _MOST_CHARACTERS))
    return text[left : max(end, left + _MOST_CHARACTERS)], start - left, end - left


def allowed(target: Found | Mention) -> NDArray[np.bool_]:
    """Which of MEANINGS a target can have, by its type."""
    meanings = NAME_MEANINGS if isinstance(target, Mention) else (NONE, *VALUE_MEANINGS[target.kind])
    return np.array([meaning in meanings for meaning in MEANINGS])


def found_in(sentence: str, names: Iterable[str]) -> tuple[str, list[Found], list[Mention]]:
    """A sentence with its values and the known names in it; none shares a letter, as the May of a date would."""
    values = values_of(sentence)
    mentions = [
        each
        for each in mentions_of(sentence, names)
        if not any(value.start < each.end and each.start < value.end for value in values)
    ]
    return sentence, values, mentions


def _folded(text: str) -> str:
    return "".join("#" if letter.isdigit() else letter for letter in text.replace(MARK, "section"))
