"""An agreement while it is drafted: sentences with what their values and names mean."""

import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from oracle.workload.agreements import filling
from oracle.workload.agreements.wordings import Wordings, listed

DAY = 86_400
Drafted = tuple[Any, dict[str, Any], set[str]]  # parties, terms, and what is unsettled
_ROLE_NAMES = {
    "buyer": ("the Buyer", "the buyer", "the Purchaser", "the customer"),
    "seller": ("the Seller", "the seller", "the Vendor", "the supplier"),
    "carrier": ("the Carrier", "the carrier", "the haulier", "the forwarder"),
    "arbiter": ("the Arbiter", "the arbiter", "the Arbitrator"),
    "donor": ("the Donor", "the donor"),
    "charity": ("the Charity", "the charity"),
    "patient": ("the Patient", "the patient"),
    "grantee": ("the Grantee", "the grantee"),
    "office": ("the Office", "the office"),
}
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Label:
    """What a stretch of a sentence is: a value or a name, and what it means."""

    start: int
    end: int
    meaning: str


@dataclass(frozen=True)
class Sentence:
    """A sentence, what its values and names mean, and what it says."""

    text: str
    labels: tuple[Label, ...]
    kinds: frozenset[str]


@dataclass
class Draft:
    """What an agreement is made of, while it is made."""

    chance: random.Random
    speech: Wordings
    named: dict[str, list[str]] = field(default_factory=dict)  # how a role is called
    sentences: list[Sentence] = field(default_factory=list)

    def say(self, template: str, kind: str, meanings: dict[str, tuple[str, str]] | None = None, **roles: str) -> None:
        """Add a clause: slot by slot what is written and what it means."""
        wording = self.chance.choice(self.speech.of(template, kind))
        self.sentences.append(self.fill(wording, f"{template}/{kind}", meanings or {}, roles))

    def fill(self, wording: str, kind: str, meanings: dict[str, tuple[str, str]], roles: dict[str, str]) -> Sentence:
        """A wording with its slots filled."""
        text, labels, at = "", [], 0
        for match in _SLOT.finditer(wording):
            text += wording[at : match.start()]
            at = match.end()
            slot = match[1]
            if slot in meanings:
                written, meaning = meanings[slot]
            else:
                written = roles.get(slot) or self.chance.choice(self.named.get(slot, [slot]))
                meaning = slot
            if not text and written:
                written = written[0].upper() + written[1:]
            if meaning:
                labels.append(Label(len(text), len(text) + len(written), meaning))
            text += written
        text += wording[at:]
        return Sentence(text, tuple(labels), frozenset({kind}))


def money(draft: Draft, minor: int, currency: str, meaning: str) -> tuple[str, str]:
    """An amount as it is written, and what it means."""
    return filling.money(draft.chance, minor, currency), meaning


def people(draft: Draft, count: int, *lists: tuple[str, str]) -> list[str]:
    """Names from some lists."""
    pool = [name for template, name in lists for name in listed(template, name)]
    return draft.chance.sample(pool, k=count)


def introduce(draft: Draft, roles: dict[str, str]) -> None:
    """Name the parties, each by its role or without it, and how clauses call them."""
    chance = draft.chance
    by_role = chance.random() < 0.6
    pieces, labels, text = [], [], ""
    for role, name in roles.items():
        called = chance.choice(_ROLE_NAMES[role])
        if by_role:
            piece = chance.choice(
                [
                    f'{name} (the "{called[4:]}")',
                    f'{name} ("{called[4:]}")',
                    f"{name}, {called}",
                    f"{name} as {called[4:]}",
                ]
            )
            draft.named[role] = [called]
        else:
            piece = name
            draft.named[role] = [name]
        pieces.append((piece, name, role))
    wording = chance.choice(draft.speech.of("common", "parties"))
    before, _, after = wording.partition("{parties}")
    text = before
    for at, (piece, name, role) in enumerate(pieces):
        text += "" if at == 0 else (" and " if at == len(pieces) - 1 else ", ")
        # Without its role, a name in the list of parties says nothing of who it is.
        labels.append(Label(len(text), len(text) + len(name), role if by_role else "unknown"))
        text += piece
    text += after
    draft.sentences.append(Sentence(text, tuple(labels), frozenset({"common/parties"})))


def say_time(
    draft: Draft,
    template: str,
    kind: str,
    meaning: str,
    key: str,
    terms: dict[str, Any],
    unsettled: set[str],
    *,
    fault: bool,
    days: tuple[int, int] = (2, 60),
    **roles: str,
) -> None:
    """A clause with a span or a date, the right one in the terms; or one that nobody can be held to."""
    chance = draft.chance
    dated = chance.random() < 0.4
    if dated:
        at = date(2027, 1, 1) + timedelta(days=chance.randint(0, 900))
        written = filling.unclear_day(chance) if fault else filling.day(chance, at)
        draft.say(template, f"{kind}_date", {"date": (written, meaning), **_meant(draft, roles)}, **roles)
        terms[f"{key}_date"] = at.isoformat()
    else:
        seconds = chance.randint(*days) * DAY
        written = filling.unclear_span(chance) if fault else filling.span(chance, seconds)
        draft.say(template, f"{kind}_span", {"span": (written, meaning), **_meant(draft, roles)}, **roles)
        terms[f"{key}_seconds"] = seconds
    if fault:
        terms.pop(f"{key}_date", None)
        terms.pop(f"{key}_seconds", None)
        unsettled.add(key)


def _meant(draft: Draft, roles: dict[str, str]) -> dict[str, tuple[str, str]]:
    del draft
    return {name: (value, "") for name, value in roles.items() if name in {"event"}} | {
        name: (value, "share") for name, value in roles.items() if name == "share"
    }


def joining(draft: Draft, terms: dict[str, Any]) -> None:
    """Until when all must have signed, in some texts."""
    terms["join_seconds"] = None
    if draft.chance.random() < 0.3:
        terms["join_seconds"] = draft.chance.randint(2, 20) * DAY
        draft.say("common", "join_by", {"span": (filling.span(draft.chance, terms["join_seconds"]), "join_time")})
