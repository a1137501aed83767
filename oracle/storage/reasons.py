"""Why a file is kept where it is, in words."""

from collections.abc import Sequence

from oracle.storage.durability import loss_rate
from oracle.storage.file_class import FileClass
from oracle.storage.need import Need, latency_ms
from oracle.storage.node import StorageNode
from oracle.storage.placed import PlacementRules


def reason(
    file_class: FileClass,
    need: Need,
    holders: Sequence[StorageNode],
    nodes: Sequence[StorageNode],
    rules: PlacementRules,
) -> str:
    """One or two sentences: what was demanded, what is met, and how many nodes each rule excludes."""
    where = ", ".join(f"{node.name} ({node.region})" for node in holders)
    reads = [
        f"{min(latency_ms(node, region) for node in holders):g} ms from {region}" for region in need.reading_regions
    ]
    loss = loss_rate([node.failure_rate for node in holders], rules.repair_seconds)
    facts = [
        f"{file_class.temperature} and {file_class.privacy}: the cheapest {len(holders)} holders that keep the rules "
        f"are {where}",
        *([f"read in {', '.join(reads)}, of {need.latency_limit_ms:g} ms allowed"] if reads else []),
        f"lost with a chance of {loss:.1e} a year",
    ]
    return "; ".join(facts) + "." + _excluded(need, nodes)


def _excluded(need: Need, nodes: Sequence[StorageNode]) -> str:
    counts = {
        "are not trusted with personal data": sum(not need.trusts(node) for node in nodes),
        "lie in regions that are not allowed": sum(not need.allows_region(node) for node in nodes),
        "lack the room": sum(need.size_bytes > node.free_bytes for node in nodes),
    }
    words = [f"{count} {why}" for why, count in counts.items() if count]
    return f" Of {len(nodes)} nodes {', '.join(words)}." if words else ""
