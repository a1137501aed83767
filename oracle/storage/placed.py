"""What the solver answers for a file: where it is kept and why, or which rule cannot be met."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oracle.storage.file_class import Temperature


@dataclass(frozen=True)
class PlacementRules:
    """What holds for all files, unless a wish of a file says otherwise."""

    least_durability: float = 0.999999  # chance that a file outlives a year
    repair_seconds: float = 6 * 3600.0  # from the loss of a holder until another has the file
    replication_factor_min: int = 2
    replication_factor_max: int = 6
    most_latency_ms: Mapping[Temperature, float] = field(
        default_factory=lambda: {"hot": 60.0, "warm": 150.0, "cold": 400.0, "archive": 5_000.0}
    )
    reading_regions: tuple[str, ...] = ()  # that are taken to read a file whose reads are not known
    # So that nothing moves back and forth: another place must be this part cheaper before a file moves there, and what
    # its readers get there must be this part faster than the limit.
    loyalty: float = 0.0
    latency_band: float = 0.0
    search_seconds: float = 3.0  # deterministic time for files that share room; less leaves a larger gap


@dataclass(frozen=True)
class Alternative:
    """Another set of holders that keeps every rule."""

    holders: tuple[str, ...]
    cost_per_month: float


@dataclass(frozen=True)
class Placement:
    """Where a file is kept, in IPFS Cluster's terms: its allocations, and the bounds on their number."""

    name: str
    holders: tuple[str, ...]  # in the order of their ranks by metrics
    replication_factor_min: int
    replication_factor_max: int
    cost_per_month: float  # whole tokens
    durability: float  # chance that the file outlives a year
    latency_ms: Mapping[str, float]  # from the nearest holder, by region that reads
    reason: str
    next_best: Alternative | None  # None: no other set keeps the rules
    gap: float = 0.0  # at most this part of what all placed files cost could be saved; 0: proven to be the cheapest


@dataclass(frozen=True)
class Unplaceable:
    """A file that no set of holders keeps by the rules."""

    name: str
    rules: tuple[str, ...]  # fewest that must give way: "durability", "latency", "capacity", "privacy", "regions", …
    remedy: str  # the nearest that would do
    latency_limit_ms: float | None = None  # the least limit that could be met, where latency alone is in the way
