"""Makes files of the kinds of `kinds.toml`: a name and the beginning of a text, the same for a seed everywhere."""

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Part = Literal["training", "tuning", "held_out"]
NO_REGION = "none"
REGION_RULES = (NO_REGION, "eu", "us")
_REGION_SHARE = 0.25  # of files whose text binds them to a region; as many name one and bind to nothing
_WORDS = {
    "lib": ["libfoo", "parsely", "gridnet", "mailkit", "quanta", "xmlite", "termbox", "netdisk", "pixmap", "ledger"],
    "topic": ["parsing", "mail transfer", "image scaling", "time zones", "text search", "networking", "data bases"],
    "month": ["January", "March", "April", "June", "August", "October", "December"],
    "mon": ["Jan", "Mar", "Apr", "Jun", "Aug", "Oct", "Dec"],
    "first": ["Anna", "Jonas", "Priya", "Luis", "Mei", "Omar", "Clara", "Tom", "Ines", "Ivan"],
    "last": ["Weber", "Okafor", "Silva", "Novak", "Dubois", "Tanaka", "Murphy", "Haddad", "Lind", "Rossi"],
}
_BINDING = {
    "eu": [
        "This data must not leave the European Union.",
        "Storage location: EU only (GDPR).",
        "Processing outside the EU is prohibited by contract.",
        "Keep all copies on servers within the EEA.",
        "Data residency: Germany or another member state.",
    ],
    "us": [
        "Export controlled under ITAR: keep within the United States.",
        "Data residency: US only.",
        "This file may not be stored outside the USA.",
        "FedRAMP: hosting in the continental United States is required.",
        "Copies outside of US territory are prohibited.",
    ],
}
_NAMING = [
    "Our offices are in Berlin and Boston.",
    "The talk was held in Paris, in the European Union.",
    "Available in Europe and the United States.",
    "Mirrors: Germany, USA, Japan.",
    "The package was first released in the US.",
]


@dataclass(frozen=True)
class InventedFile:
    """A file and what it is."""

    kind: str
    name: str
    text: str  # empty where it has none, as a picture
    temperature: str
    privacy: str
    region_rule: str  # of REGION_RULES


def invented_files(part: Part, count: int, seed: int) -> list[InventedFile]:
    """`count` files of each kind of a part."""
    draw = random.Random(f"{part} {seed}")  # noqa: S311 - nothing secret
    return [
        _file(kind, raw, draw) for kind, raw in sorted(_kinds().items()) if raw["part"] == part for _ in range(count)
    ]


@cache
def _kinds() -> dict[str, dict[str, str | list[str]]]:
    return tomllib.loads((Path(__file__).parent / "kinds.toml").read_text(encoding="utf-8"))


def _file(kind: str, raw: dict[str, str | list[str]], draw: random.Random) -> InventedFile:
    lines = list(raw["lines"])
    draw.shuffle(lines)
    lines = lines[: draw.randint(3, len(lines))] if lines else []
    region, chance = NO_REGION, draw.random()
    if lines and chance < _REGION_SHARE:
        region = draw.choice(REGION_RULES[1:])
        lines.insert(draw.randint(0, len(lines)), draw.choice(_BINDING[region]))
    elif lines and chance < 2 * _REGION_SHARE:
        lines.insert(draw.randint(0, len(lines)), draw.choice(_NAMING))
    return InventedFile(
        kind,
        _filled(draw.choice(list(raw["names"])), draw),
        "\n".join(_filled(line, draw) for line in lines),
        str(raw["temperature"]),
        str(raw["privacy"]),
        region,
    )


def _filled(text: str, draw: random.Random) -> str:
    words = {slot: draw.choice(words) for slot, words in _WORDS.items()}
    numbers = {"n": draw.randint(10, 9999), "d": f"{draw.randint(1, 28):02}", "m": f"{draw.randint(1, 12):02}"}
    version = f"{draw.randint(0, 9)}.{draw.randint(0, 20)}.{draw.randint(0, 9)}"
    return (
        text.format(**words, **numbers, Lib=words["lib"].capitalize(), year=draw.randint(1998, 2024), v=version)
        if "{" in text
        else text
    )
