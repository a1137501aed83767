"""What a check says of a plan."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fault", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing that a party should know."""

    code: str
    severity: Severity
    sentence: str
    story: tuple[str, ...] = ()  # the path on which it shows


@dataclass(frozen=True)
class Found:
    """A finding, and what it is about: of those about one thing, one is told."""

    about: object
    finding: Finding
