"""What a file demands of its holders: its class, its wishes and the rules of all files as numbers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from oracle.errors import InputError
from oracle.storage.file_class import ClassedFile, common_regions, is_within, more_protected
from oracle.storage.node import StorageNode
from oracle.storage.placed import PlacementRules

Rule = Literal["latency", "replication factor", "durability", "capacity", "regions", "privacy"]
# From the one that is first to give way to the last: whom a remedy is sought for if several would do.
RULES: tuple[Rule, ...] = ("latency", "replication factor", "durability", "capacity", "regions", "privacy")
LEAST_SHARE = 0.05  # of a file's reads: a region that reads less does not decide where it is kept
MOST_FILE_BYTES = 2**44
MOST_PRICE = 1e4  # whole tokens for a GiB and month


@dataclass(frozen=True)
class Need:
    """What the solver reads of a file."""

    name: str
    size_bytes: int
    regions_allowed: frozenset[str] | None
    is_personal: bool
    latency_limit_ms: float
    reading_regions: tuple[str, ...]
    least_replicas: int
    most_replicas: int
    held_by: frozenset[str] = frozenset()
    latency_band: float = 0.0

    def allows_region(self, node: StorageNode) -> bool:
        """Whether the region rule lets the node hold it."""
        return is_within(node.region, self.regions_allowed)

    def trusts(self, node: StorageNode) -> bool:
        """Whether the privacy rule does."""
        return node.trusted_for_personal or not self.is_personal

    def near(self, node: StorageNode, region: str) -> bool:
        """Whether a reader of the region has it in time from the node."""
        return latency_ms(node, region) <= self.latency_limit_ms * (1.0 - self.latency_band)


def latency_ms(node: StorageNode, region: str) -> float:
    """Time to the first byte; endless where it was never measured."""
    return node.latency_ms.get(region, float("inf"))


def need_of(file: ClassedFile, rules: PlacementRules, held_by: Collection[str] = ()) -> Need:
    """The need of a file that some nodes may hold already.

    Raises:
        InputError: its size or its bounds on replicas are none.
    """
    facts, wishes = file.facts, file.facts.wishes
    least = wishes.replication_factor_min or rules.replication_factor_min
    most = wishes.replication_factor_max or max(rules.replication_factor_max, least)
    if wishes.replication_factor_min is None:
        least = min(least, most)
    if not 1 <= least <= most:
        raise InputError(
            f"{facts.name}: replication_factor_min {least} and max {most} must be 1 ≤ min ≤ max; change the wish"
        )
    if not 0 <= facts.size_bytes <= MOST_FILE_BYTES:
        raise InputError(f"{facts.name}: {facts.size_bytes} bytes are no size of a file that can be placed")
    limit = wishes.max_latency_ms
    return Need(
        name=facts.name,
        size_bytes=facts.size_bytes,
        regions_allowed=common_regions(file.file_class.regions_allowed, wishes.regions),
        is_personal=more_protected(file.file_class.privacy, wishes.privacy or "public") == "personal",
        latency_limit_ms=rules.most_latency_ms[file.file_class.temperature] if limit is None else limit,
        reading_regions=_reading(facts.reads_by_region, rules),
        least_replicas=least,
        most_replicas=most,
        held_by=frozenset(held_by),
        latency_band=rules.latency_band if held_by else 0.0,
    )


def _reading(reads_by_region: Mapping[str, float], rules: PlacementRules) -> tuple[str, ...]:
    total = sum(reads_by_region.values())
    if total <= 0:
        return rules.reading_regions
    return tuple(sorted(region for region, reads in reads_by_region.items() if reads >= LEAST_SHARE * total))
