"""The words that generated transactions carry, from the files in `texts/`.

Texts fall into phrase families, each of one voice. Families, small talk and ways to name a time are in two sets that
share nothing: what a policy makes of the set that its training never saw tells whether it reads meaning or has learnt
sentences by heart. All of it is invented.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from oracle.workload.kinds import Kind

TRAINING, HELD_OUT = "training", "held_out"
_CHATTER, _WHENS, _VARIOUS = "_chatter.toml", "_whens.toml", "_various.toml"
# How many T ahead what a list of times stands for lies at least.
FAR, NEAR, NOW = 20, 8, 0
_LISTS = {FAR: "far", NEAR: "near", NOW: "now"}

THINGS = (
    "moonbirds",
    "harbour tickets",
    "solar shares",
    "genesis badges",
    "season passes",
    "orchid tokens",
    "vintage wine",
)


@dataclass(frozen=True)
class PhraseFamily:
    """What flash crowds of one sort are about, and how people speak of it."""

    language: str  # of its times too
    crowd: Mapping[Kind, float]  # what the crowd does: kinds and their shares of what comes on top
    announcements: tuple[str, ...]  # in notes and memos
    prepared_by: Kind  # the preparatory transactions: a kind that carries words
    preparations: tuple[str, ...]  # what those say
    cancellations: tuple[str, ...]  # what all three say once the event is called off


@dataclass(frozen=True)
class Wordings:
    """One of the two sets. {thing}, {when} and {count} are filled in."""

    families: Mapping[str, PhraseFamily]
    chatter: Mapping[Kind, tuple[str, ...]]  # what people write at any time
    whens: Mapping[str, Mapping[int, tuple[str, ...]]]  # by language, and by how many T ahead at least
    # Announcements, cancellations and neutral sentences of one voice each, which no crowd uses: for training alone.
    various: Mapping[str, tuple[str, ...]]

    def when(self, language: str, ahead: int) -> tuple[str, ...]:
        """What people call a time so many T ahead."""
        return next(whens for least, whens in self.whens[language].items() if ahead >= least)


@cache
def wordings(name: str) -> Wordings:
    """TRAINING or HELD_OUT."""
    folder = resources.files("oracle.workload") / "texts" / name
    tables = {path.name: tomllib.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir()}
    chatter, whens, various = tables.pop(_CHATTER), tables.pop(_WHENS), tables.pop(_VARIOUS, {})
    return Wordings(
        families={name.removesuffix(".toml"): _family(table) for name, table in sorted(tables.items())},
        chatter={Kind(kind): tuple(texts) for kind, texts in chatter.items()},
        whens={
            language: {least: tuple(whens[prefix + key]) for least, key in _LISTS.items()}
            for language, prefix in (("en", ""), ("es", "es_"))
        },
        various={kind: tuple(texts) for kind, texts in various.items()},
    )


def _family(table: dict[str, object]) -> PhraseFamily:
    crowd, texts = table["crowd"], {name: table[name] for name in ("announcements", "preparations", "cancellations")}
    assert isinstance(crowd, dict)  # noqa: S101 - our own files
    return PhraseFamily(
        language=str(table["language"]),
        crowd={Kind(kind): float(share) for kind, share in crowd.items()},
        prepared_by=Kind(table["prepared_by"]),
        **{name: tuple(value) for name, value in texts.items() if isinstance(value, list)},
    )
