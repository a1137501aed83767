"""What a file is, and what its owner wishes: the part of a placement that comes from the file.

A region is a name such as "eu-west". A rule may name a region or what it lies within: "eu" allows "eu-west".
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Temperature = Literal["hot", "warm", "cold", "archive"]
Privacy = Literal["public", "private", "personal"]
TEMPERATURES: tuple[Temperature, ...] = get_args(Temperature)  # from the most read to the least
PRIVACIES: tuple[Privacy, ...] = get_args(Privacy)  # from the least protected to the most


@dataclass(frozen=True)
class FileClass:
    """What a file is taken for."""

    temperature: Temperature
    privacy: Privacy
    regions_allowed: frozenset[str] | None = None  # None: anywhere
    margin: float = 1.0  # least margin of its parts, 0 to 1: chance of the likeliest less that of the next
    questions: tuple[str, ...] = ()  # what its owner should be asked, in words


@dataclass(frozen=True)
class Wishes:
    """What the owner declares. None leaves it to the rules."""

    replication_factor_min: int | None = None
    replication_factor_max: int | None = None
    regions: frozenset[str] | None = None  # where it may be kept
    max_latency_ms: float | None = None
    privacy: Privacy | None = None  # reading may raise it, and never lowers it


@dataclass(frozen=True)
class FileFacts:
    """What is known of a file without reading it."""

    name: str  # tells it from the others that are placed with it
    media_type: str
    size_bytes: int
    reads_by_region: Mapping[str, float] = field(default_factory=dict)  # reads a month, as far as they were seen
    wishes: Wishes = Wishes()


@dataclass(frozen=True)
class ClassedFile:
    """A file to be placed."""

    facts: FileFacts
    file_class: FileClass


def is_within(region: str, allowed: Collection[str] | None) -> bool:
    """Whether a region is one of those allowed, or lies in one: "eu-west" in "eu"."""
    return allowed is None or any(region == each or region.startswith(each + "-") for each in allowed)


def more_protected(first: Privacy, second: Privacy) -> Privacy:
    """The one of the two that protects more."""
    return max(first, second, key=PRIVACIES.index)


def common_regions(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    """What two region rules both allow; empty if nothing."""
    if first is None or second is None:
        return second if first is None else first
    return frozenset(each for each in first if is_within(each, second)) | frozenset(
        each for each in second if is_within(each, first)
    )
