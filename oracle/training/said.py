"""Texts of the workload with what they say: what the encoder itself is tuned on."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oracle.training.readings import transaction_of
from oracle.window.render import render
from oracle.workload.kinds import Kind
from oracle.workload.wordings import CHATTER, FAMILIES, THINGS, WHENS
from oracle.workload.words import Saying

# What a text may say: nothing of the load, that an event is off, or that one comes, and when.
NOTHING, CALLED_OFF = "nothing", "called off"
LABELS = (NOTHING, CALLED_OFF, *(f"comes in {least} T or more" for least in sorted(WHENS)))
CHATTER_FAMILY = "chatter"


@dataclass(frozen=True)
class SaidText:
    """A text as the encoder reads it."""

    text: str
    label: int  # of LABELS
    family: str  # of phrases, or CHATTER_FAMILY


def said_texts(families: Sequence[str]) -> list[SaidText]:
    """Every text, once, that announcements, preparations and cancellations of some families give, and all small talk.

    Where one text can say two things (a cancellation that names no time is one text, whatever the time), it is the one.
    """
    chance = random.Random(0)  # noqa: S311 - fills in digits, which rendering folds
    found: dict[str, SaidText] = {}
    for kind, wording, label, family, least in _sayings(families):
        for thing in THINGS if "{thing}" in wording else THINGS[:1]:
            for when in WHENS[least] if "{when}" in wording else WHENS[least][:1]:
                text = render(transaction_of(kind, Saying(wording, thing, when), chance))
                found.setdefault(text, SaidText(text, LABELS.index(label), family))
    return list(found.values())


def _sayings(families: Sequence[str]) -> Iterator[tuple[Kind, str, str, str, int]]:
    """Kind, wording, label, family, and how far ahead at least, of all that can be said."""
    for least in WHENS:
        for name in families:
            family = FAMILIES[name]
            comes = f"comes in {least} T or more"
            for wording in family.announcements:
                yield Kind.NOTE, wording, comes, name, least
                yield Kind.MEMO, wording, comes, name, least
            for wording in family.preparations:
                yield family.prepared_by, wording, comes, name, least
            for wording in family.cancellations:
                for kind in (Kind.NOTE, Kind.MEMO, family.prepared_by):
                    yield kind, wording, CALLED_OFF, name, least
        for kind, wordings in CHATTER.items():
            for wording in wordings:
                for own in (Kind.NOTE, Kind.MEMO) if kind is Kind.NOTE else (kind,):
                    yield own, wording, NOTHING, CHATTER_FAMILY, least
