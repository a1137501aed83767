"""A node that keeps files, as the solver sees it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class StorageNode:
    """A node with its price, its room, and what was measured of it (`metrics`)."""

    name: str
    region: str
    price_per_gib_month: float  # in whole tokens
    capacity_bytes: int
    used_bytes: int
    latency_ms: Mapping[str, float]  # to the first byte, by region that reads
    failure_rate: float  # losses of all that it keeps, a year
    trusted_for_personal: bool = False

    @property
    def free_bytes(self) -> int:
        """Room that is left."""
        return max(self.capacity_bytes - self.used_bytes, 0)
