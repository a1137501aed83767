"""Candidates in the order of IPFS Cluster's "balanced" allocator, which asks nodes for metrics and ranks by them.

Those that hold a file already come first. The others are parted by region (its `allocate_by: tag:region`), regions and
nodes within them go by free space, and regions take turns, so that the first few nodes lie in different ones.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from oracle.storage.node import StorageNode


def ranked(nodes: Sequence[StorageNode], current: Collection[str] = ()) -> list[StorageNode]:
    """All nodes, the best candidate first; equal ones by name."""
    by_region: dict[str, list[StorageNode]] = defaultdict(list)
    for node in sorted(nodes, key=lambda each: (-each.free_bytes, each.name)):
        by_region[node.region].append(node)
    regions = sorted(by_region, key=lambda region: (-sum(each.free_bytes for each in by_region[region]), region))
    turns = [(turn, at, node) for at, region in enumerate(regions) for turn, node in enumerate(by_region[region])]
    order = [node for _, _, node in sorted(turns, key=lambda each: each[:2])]
    return sorted(order, key=lambda node: node.name not in current)
