"""The wordings of each part of a request, in three sets: to train on, to tune thresholds on, and held out of both."""

from functools import cache
from importlib import resources

TRAINING, TUNING, HELD_OUT = "training", "tuning", "held_out"
PARTS = (TRAINING, TUNING, HELD_OUT)
KINDS = ("transfer", "avoid", "prefer", "deadline", "within", "cheap", "fast", "safe", "split", "whole", "other")


@cache
def wordings(part: str, kind: str) -> tuple[str, ...]:
    """The wordings of a kind in TRAINING, TUNING or HELD_OUT."""
    text = (resources.files(__package__) / "wordings" / f"{kind}.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("# "):
            found[line.removeprefix("# ").replace(" ", "_")] = []
        elif line.strip():
            found[next(reversed(found))].append(line.strip())
    return tuple(found[part])
