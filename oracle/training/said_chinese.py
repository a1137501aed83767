"""Chinese sentences with what they say, for a reader of Chinese: what it learns from, and others to measure it on."""

import random
import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any

from oracle.model.reader import CALLED_OFF, COMES, LABELS, NOTHING
from oracle.training.said import VAGUE, SaidText, noted
from oracle.window.words import words_of
from oracle.workload.wordings import FAR, NEAR, NOW
from oracle.workload.words import Saying, write_words

FAMILY = "chinese"
_INTERVAL_SECONDS = 10
_WHENS = dict(zip(("now", "near", "far"), (NOW, NEAR, FAR), strict=True))


def chinese_lessons() -> list[SaidText]:
    """Every sentence to learn from, once: with every thing and time that fits in."""
    table = _table("training")
    return _distinct(
        (_filled(wording, thing, when, ahead), label or (COMES if "{" in when else VAGUE[ahead]))
        for kind, label in (("announcements", None), ("cancellations", CALLED_OFF), ("neutral", NOTHING))
        for wording in table[kind]
        for thing in (table["things"] if "{thing}" in wording else ("",))
        for key, ahead in _WHENS.items()
        for when in (table[key] if "{when}" in wording else ("",))
    )


def chinese_held_out() -> list[SaidText]:
    """Sentences that no training sees; of those that announce something no time is told apart."""
    table = _table("held_out")
    labels = {"announcements": COMES, "cancellations": CALLED_OFF, "neutral": NOTHING}
    return _distinct((written, label) for kind, label in labels.items() for written in table[kind])


def _table(name: str) -> dict[str, Any]:
    path = resources.files("oracle.workload") / "texts" / "chinese" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _filled(wording: str, thing: str, when: str, ahead: int) -> str:
    chance = random.Random(0)  # noqa: S311 - no wording has a number of its own
    return write_words(Saying(wording, thing, when), ahead + 5, _INTERVAL_SECONDS, chance).decode()


def _distinct(said: Iterator[tuple[str, str]]) -> list[SaidText]:
    """As the reader gets them; the same words may name several times."""
    found: dict[str, list[float]] = {}
    for written, label in said:
        text = words_of(noted(written.encode()), chinese=True).text
        if text:
            found.setdefault(text, [0.0] * len(LABELS))[LABELS.index(label)] += 1
    return [SaidText(text, tuple(each / sum(counts) for each in counts), FAMILY) for text, counts in found.items()]
