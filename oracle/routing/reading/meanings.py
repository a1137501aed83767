"""What a reader tells of a request: what a clause wishes, and what a name, an amount or a time in it means."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from oracle.routing.graph import Graph
from oracle.routing.text.amounts import AmountFound, amounts_of
from oracle.routing.text.names import NameFound, names_of, unknown_names
from oracle.routing.text.times import TimeFound, times_of

WISHES = ("cheap", "fast", "safe", "split", "whole")  # of a clause; several at once, or none
IDLE = "idle"  # a clause that wishes nothing and says nothing of the transfer
SAYINGS = (*WISHES, IDLE)
NONE = "none"
MEANINGS = (NONE, "source", "target", "avoid", "prefer", "amount", "deadline")
MARK = "§"
MAX_TOKENS = 128  # of which the encoder reads what it is given
_MOST = 160  # letters before and after a target that are read
_NEAR = 48  # letters before it that are read once more alone, and half as many after it
_WORDS_OF_A_SAYING = 3
_CUT = re.compile(r"[,;()–—!?]\s|\.\s|\n|\s(?=but\s)|\s-\s")
_CUT_AT_AND = re.compile(rf"{_CUT.pattern}|(?:^|\s)and\s", re.IGNORECASE)

Target = NameFound | AmountFound | TimeFound


@dataclass(frozen=True)
class Found:
    """A text with what rules found in it; nothing overlaps."""

    text: str
    targets: tuple[Target, ...]
    unknown: tuple[str, ...]  # what looks like a name, and is none that is known


def found_in(text: str, graph: Graph, now: datetime) -> Found:
    """What rules find in a text."""
    taken: list[tuple[int, int]] = []
    targets: list[Target] = []
    names = names_of(text, graph.chains, [bridge.name for bridge in graph.bridges])
    candidates: list[Target] = [*amounts_of(text, graph.assets), *times_of(text, now), *names]
    for each in candidates:
        if not any(start < each.end and each.start < end for start, end in taken):
            taken.append((each.start, each.end))
            targets.append(each)
    assets = [
        match.span() for asset in graph.assets for match in re.finditer(re.escape(asset.name), text, re.IGNORECASE)
    ]
    return Found(
        text, tuple(sorted(targets, key=lambda each: each.start)), tuple(unknown_names(text, [*taken, *assets]))
    )


def possible(target: Target) -> NDArray[np.bool_]:
    """Which of MEANINGS a target can have, by its type."""
    if isinstance(target, AmountFound):
        can = {NONE, "amount"}
    elif isinstance(target, TimeFound):
        can = {NONE, "deadline"}
    elif target.kind == "chain":
        can = {NONE, "source", "target", "avoid", "prefer"}
    else:
        can = {NONE, "avoid", "prefer"}
    return np.array([meaning in can for meaning in MEANINGS])


def clauses_of(found: Found) -> list[tuple[int, int]]:
    """Where the clauses of a text begin and end; no cut lies within a target, and every target is in a clause."""
    return _pieces(found, _CUT)


def sayings_of(found: Found) -> list[tuple[int, int]]:
    """Where what may be wishes begins and ends.

    These are clauses, what is joined to them by "and", what stands before a colon ahead of the first target of one, and
    what follows the last target, if they are long enough.
    """
    pieces = []
    for clause in _pieces(found, _CUT_AT_AND):
        begin, end = clause
        first = min((each.start for each in found.targets if begin <= each.start and each.end <= end), default=begin)
        colon = found.text.rfind(": ", begin, first) + 1
        if colon > begin and len(re.findall(r"\w+", found.text[begin:colon])) >= _WORDS_OF_A_SAYING:
            pieces.append((begin, colon))
            begin = colon
        last = max((each.end for each in found.targets if begin <= each.start and each.end <= end), default=begin)
        if last > begin and len(re.findall(r"\w+", found.text[last:end])) >= _WORDS_OF_A_SAYING:
            pieces += [(begin, last), (last, end)]
        else:
            pieces.append((begin, end))
    return pieces


def _pieces(found: Found, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    cuts = [
        match
        for match in pattern.finditer(found.text)
        if not any(each.start < match.end() and match.start() < each.end for each in found.targets)
    ]
    begins = [0, *(match.end() for match in cuts)]
    ends = [*(match.start() for match in cuts), len(found.text)]
    return [
        (begin, end)
        for begin, end in zip(begins, ends, strict=True)
        if any(letter.isalnum() for letter in found.text[begin:end])
    ]


def clause_text(found: Found, clause: tuple[int, int]) -> str:
    """A clause as the encoder reads it: targets by what they are."""
    return _rendered(found, clause[0], clause[1]).strip().lower()


def marked_texts(found: Found, target: Target) -> tuple[str, str]:
    """A target between marks: in its clause, and in what stands right beside it."""
    begin, end = next(each for each in clauses_of(found) if each[0] <= target.start and target.end <= each[1])
    clause = _rendered(found, max(begin, target.start - _MOST), min(end, target.end + _MOST), target)
    before = max([begin, *(each.end for each in found.targets if each.end <= target.start)])
    after = min([end, *(each.start for each in found.targets if each.start >= target.end)])
    near = _rendered(found, max(before, target.start - _NEAR), min(after, target.end + _NEAR // 2), target)
    return clause.lower(), near.lower()


def _rendered(found: Found, begin: int, end: int, target: Target | None = None) -> str:
    """Part of a text with targets by what they are, one of them between marks; words at its ends are left whole."""
    text = found.text
    begin, end = max(0, begin), min(len(text), end)
    while 0 < begin < len(text) and text[begin].isalnum() and text[begin - 1].isalnum():
        begin += 1
    while 0 < end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end -= 1
    pieces, at = [], begin
    for each in found.targets:
        if each.start < begin or each.end > end:
            continue
        word = _word(each)
        pieces += [_folded(text[at : each.start]), f"{MARK} {word} {MARK}" if each is target else word]
        at = each.end
    pieces.append(_folded(text[at : max(at, end)]))
    return re.sub(r"\s+", " ", "".join(pieces)).strip()


def _word(target: Target) -> str:
    if isinstance(target, AmountFound):
        return "[money]"
    if isinstance(target, TimeFound):
        return "[time]"
    return f"[{target.kind}]"


def _folded(text: str) -> str:
    return "".join("#" if letter.isdigit() else letter for letter in text.replace(MARK, "section"))


def marked(founds: Sequence[Found]) -> list[tuple[int, Target]]:
    """All targets of some texts, each with the number of its text."""
    return [(at, target) for at, found in enumerate(founds) for target in found.targets]


def overlapping(clause: tuple[int, int], spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a clause shares a letter with one of some places."""
    return any(start < clause[1] and clause[0] < end for start, end in spans)
