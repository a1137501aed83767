"""Which rules holders of a file break now."""

from collections.abc import Sequence

from oracle.storage.durability import durability
from oracle.storage.need import RULES, Need, Rule
from oracle.storage.node import StorageNode
from oracle.storage.placed import PlacementRules


def broken_rules(need: Need, holders: Sequence[StorageNode], rules: PlacementRules) -> tuple[Rule, ...]:
    """In the order of `need.RULES`; what is held already has its room."""
    broken = {
        "latency": any(not any(need.near(node, region) for node in holders) for region in need.reading_regions),
        "replication factor": not need.least_replicas <= len(holders) <= need.most_replicas,
        "durability": not holders
        or durability([node.failure_rate for node in holders], rules.repair_seconds) < rules.least_durability,
        "regions": any(not need.allows_region(node) for node in holders),
        "privacy": any(not need.trusts(node) for node in holders),
    }
    return tuple(rule for rule in RULES if broken.get(rule))
