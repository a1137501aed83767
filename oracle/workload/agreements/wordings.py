"""The wordings of each kind of clause, in three sets that share none: to train on, to tune thresholds on, held out."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

TRAINING, TUNING, HELD_OUT = "training", "tuning", "held_out"
_DIVIDER = "--- held out ---"
_TUNED = 6  # every so many wordings above the divider tunes thresholds


@dataclass(frozen=True)
class Wordings:
    """Wordings by "template/kind" of one set."""

    by_kind: dict[str, tuple[str, ...]]

    def of(self, template: str, kind: str) -> tuple[str, ...]:
        """Those of a kind."""
        return self.by_kind[f"{template}/{kind}"]


@cache
def wordings(part: str) -> Wordings:
    """All wordings of TRAINING, TUNING or HELD_OUT."""
    found = {}
    for folder in resources.files(__package__).iterdir():
        if not folder.is_dir():
            continue
        for file in folder.iterdir():
            if not file.name.endswith(".txt"):
                continue  # the interpreter keeps its own files beside them
            lines = _lines(file.read_text(encoding="utf-8"))
            if _DIVIDER not in lines:
                continue
            at = lines.index(_DIVIDER)
            above, below = lines[:at], lines[at + 1 :]
            tuned = above[_TUNED - 1 :: _TUNED]
            chosen = {
                TRAINING: [line for line in above if line not in tuned],
                TUNING: tuned,
                HELD_OUT: below,
            }[part]
            found[f"{folder.name}/{file.name.removesuffix('.txt')}"] = tuple(chosen)
    return Wordings(found)


@cache
def listed(template: str, name: str) -> tuple[str, ...]:
    """A plain list that fills slots: goods, firms, persons, events and so on."""
    return tuple(_lines((resources.files(__package__) / template / f"{name}.txt").read_text(encoding="utf-8")))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
