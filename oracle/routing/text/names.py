"""Names of chains and bridges in a request, and what looks like a name that the graph does not know."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

NameKind = Literal["chain", "bridge"]
_SHORT = 2  # letters, up to which a name is found only as it is written: "a" is no chain
# fmt: off
_COMMON = frozenset(
    {
        "i", "i'm", "i've", "i'd", "i'll", "utc", "gmt", "cet", "cest", "am", "pm", "eod", "asap", "ok", "iban",
        "dear", "hi", "hello", "thanks", "thank", "please", "mr", "mrs", "ms", "dr", "monday", "tuesday",
        "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "may",
        "june", "july", "august", "september", "october", "november", "december",
    }
)
# fmt: on
_CAPITAL = re.compile(r"(?<![\w'’-])[A-ZÀ-Þ][\w'’-]*")
_BEFORE_A_NEW_SENTENCE = re.compile(r"(?:^|[.!?:;\n\"“(]|[-–—*•]\s)\s*$")


@dataclass(frozen=True)
class NameFound:
    """A known name where it stands."""

    start: int
    end: int
    name: str  # as the graph has it
    kind: NameKind


def names_of(text: str, chains: Iterable[str], bridges: Iterable[str]) -> list[NameFound]:
    """Where known names stand; the longest first, none overlapping."""
    known: list[tuple[str, NameKind]] = [(name, "chain") for name in chains]
    known += [(name, "bridge") for name in bridges]
    found: list[NameFound] = []
    taken = [False] * len(text)
    for name, kind in sorted(known, key=lambda each: (-len(each[0]), each[0])):
        flags = 0 if len(name) <= _SHORT else re.IGNORECASE
        spelled = re.escape(name).replace(r"\-", r"[-\s]").replace(r"\ ", r"[-\s]")
        for match in re.finditer(rf"(?<![\w-]){spelled}(?![\w-])", text, flags):
            if name in {"A", "I"} and _is_word(text, match):
                continue
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append(NameFound(match.start(), match.end(), name, kind))
    return sorted(found, key=lambda each: each.start)


def unknown_names(text: str, taken: Iterable[tuple[int, int]]) -> list[str]:
    """Words with a capital within a sentence that are neither known nor common: they may name a chain or a bridge."""
    covered = list(taken)
    found: dict[str, None] = {}
    for match in _CAPITAL.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in covered):
            continue
        if _BEFORE_A_NEW_SENTENCE.search(text[: match.start()]) or match[0].lower() in _COMMON:
            continue
        found[match[0]] = None
    return list(found)


def _is_word(text: str, match: re.Match[str]) -> bool:
    """Whether a single A or I begins a sentence, and so may be no name."""
    begins = bool(_BEFORE_A_NEW_SENTENCE.search(text[: match.start()]))
    return begins and bool(re.match(r"\s[a-z]", text[match.end() :])) and not re.match(r"\sto\b", text[match.end() :])
