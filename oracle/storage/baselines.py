"""What placement is compared with: three replicas of each file, whatever it is, replaced when a holder is lost."""

import hashlib
import random
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from oracle.storage.node import StorageNode
from oracle.storage.ranking import ranked
from oracle.storage.simulator import Decide, Step, View

REPLICAS = 3
_POINTS = 64  # of a node on the ring
Order = Callable[[str, Sequence[StorageNode]], list[StorageNode]]  # candidates for a file, the best first


def balanced(_: str, nodes: Sequence[StorageNode]) -> list[StorageNode]:
    """IPFS Cluster's balanced allocator: regions take turns, by free space."""
    return ranked(nodes)


def at_random(seed: int) -> Order:
    """Any order, drawn for each file."""

    def order(name: str, nodes: Sequence[StorageNode]) -> list[StorageNode]:
        draw = random.Random(f"{seed} {name}")  # noqa: S311 - nothing secret
        return draw.sample(sorted(nodes, key=lambda node: node.name), len(nodes))

    return order


def on_ring(name: str, nodes: Sequence[StorageNode]) -> list[StorageNode]:
    """Consistent hashing (Karger et al. 1997): nodes in the order in which the ring meets them after the file."""
    ring = _ring(tuple(sorted(node.name for node in nodes)))
    first = bisect(ring, (_hash(name), ""))
    by_name = {node.name: node for node in nodes}
    return [by_name[each] for each in dict.fromkeys(each for _, each in ring[first:] + ring[:first])]


def first_three(sizes: Mapping[str, int], nodes: Sequence[StorageNode], order: Order) -> dict[str, tuple[str, ...]]:
    """A first placement of all files, one after the other, on nodes with room."""
    placed: dict[str, tuple[str, ...]] = {}
    for name, size in sizes.items():
        room = _room(nodes, placed, sizes)
        placed[name] = tuple(each.name for each in order(name, room) if each.free_bytes >= size)[:REPLICAS]
    return placed


def keep_three(sizes: Mapping[str, int], order: Order) -> Decide:
    """Replace lost holders by the next candidates, and move nothing else."""

    def decide(view: View) -> list[Step]:
        steps: list[Step] = []
        there = {node.name for node in view.nodes}
        placed = {name: tuple(each for each in held if each in there) for name, held in view.holders.items()}
        for name, held in placed.items():
            if not held or len(held) >= REPLICAS:
                continue
            room = _room(view.nodes, placed, sizes)
            able = [n.name for n in order(name, room) if n.free_bytes >= sizes[name] and n.name not in held]
            gains = able[: REPLICAS - len(held)]
            placed[name] = (*held, *gains)
            steps += [Step(name, "lost holder", each, None) for each in gains]
        return steps

    return decide


def _room(
    nodes: Sequence[StorageNode], placed: Mapping[str, Sequence[str]], sizes: Mapping[str, int]
) -> list[StorageNode]:
    taken = dict.fromkeys((node.name for node in nodes), 0)
    for name, held in placed.items():
        for each in held:
            if each in taken:
                taken[each] += sizes[name]
    return [StorageNode(**{**node.__dict__, "used_bytes": node.used_bytes + taken[node.name]}) for node in nodes]


@lru_cache(maxsize=64)
def _ring(names: tuple[str, ...]) -> list[tuple[int, str]]:
    return sorted((_hash(f"{name} {point}"), name) for name in names for point in range(_POINTS))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
