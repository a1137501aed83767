"""Ways to place files that the bench compares: by reading and counts, by counts alone, and three that know neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from oracle.lab.storage.world import REGIONS
from oracle.storage.access import EXPECTED_READS, ReadCounts, temperature_of
from oracle.storage.baselines import Order, at_random, balanced, first_three, keep_three, on_ring
from oracle.storage.file_class import ClassedFile, Temperature
from oracle.storage.following import FollowRules, aims, follow
from oracle.storage.node import StorageNode
from oracle.storage.placed import PlacementRules
from oracle.storage.simulator import Decide, Outcome, Step, View, World, simulate

RULES = FollowRules(
    PlacementRules(
        least_durability=0.9999,
        repair_seconds=6.25 * 3600.0,
        replication_factor_min=2,
        replication_factor_max=6,
        most_latency_ms={"hot": 40.0, "warm": 120.0, "cold": 200.0, "archive": 1_000.0},
        reading_regions=REGIONS,
        loyalty=0.2,
        latency_band=0.1,
        search_seconds=0.1,
    ),
    moves_per_hour=20,
)
READING, COUNTS = "reading and counts", "counts alone"
BASELINES: Mapping[str, str] = {
    "three, balanced": "IPFS Cluster's balanced allocator",
    "three, at random": "drawn for each file",
    "three, hash ring": "consistent hashing",
}


@dataclass
class _Follows:
    """Decides as the live coordinator does, and keeps each file's temperature between decisions."""

    files: Sequence[ClassedFile]
    expected: Mapping[str, float | None]  # reads a month that reading a file made one expect
    temperatures: dict[str, Temperature]

    def __call__(self, view: View) -> list[Step]:
        now = [self._now(file, view.counts[file.facts.name]) for file in self.files if file.facts.name in view.holders]
        found = follow(now, view.holders, view.nodes, RULES, view.moved, view.now_seconds)
        return [Step(each.name, each.cause, each.to, each.leaves) for each in found.moves]

    def _now(self, file: ClassedFile, counts: ReadCounts) -> ClassedFile:
        name = file.facts.name
        rate = counts.reads_a_month(self.expected[name])
        self.temperatures[name] = temperature_of(rate, self.temperatures[name])
        return replace(
            file,
            facts=replace(file.facts, reads_by_region=counts.by_region_a_month(self.expected[name])),
            file_class=replace(file.file_class, temperature=self.temperatures[name]),
        )


def run(strategy: str, files: Sequence[ClassedFile], world: World, seed: int) -> tuple[Outcome, float]:
    """What comes of a strategy in a world, and the part of personal files' first copies on nodes not trusted.

    Args:
        strategy: `READING`, `COUNTS`, or one of `BASELINES`.
        files: As they are read; of which `COUNTS` uses their facts alone.
        world: What happens.
        seed: Of what is at random.
    """
    first, decide = _strategy(strategy, files, world, seed)
    return simulate(world, first, decide), _misplaced(files, first, world.nodes)


def _strategy(
    strategy: str, files: Sequence[ClassedFile], world: World, seed: int
) -> tuple[Mapping[str, Sequence[str]], Decide]:
    orders: dict[str, Order] = dict(zip(BASELINES, (balanced, at_random(seed), on_ring), strict=True))
    if strategy in orders:
        order = orders[strategy]
        return first_three(world.sizes, world.nodes, order), keep_three(world.sizes, order)
    expected: dict[str, float | None] = {
        file.facts.name: EXPECTED_READS[file.file_class.temperature] if strategy == READING else None for file in files
    }
    known = list(files)
    if strategy == COUNTS:
        known = [replace(f, file_class=replace(f.file_class, temperature="warm", privacy="private")) for f in files]
    placed, _, failed = aims(known, world.nodes, RULES.placement, {})
    if failed:
        raise ValueError(f"the world has no place for {failed[0].name}: {failed[0].remedy}")
    temperatures = {file.facts.name: file.file_class.temperature for file in known}
    return {name: each.holders for name, each in placed.items()}, _Follows(known, expected, temperatures)


def _misplaced(files: Sequence[ClassedFile], first: Mapping[str, Sequence[str]], nodes: Sequence[StorageNode]) -> float:
    trusted = {node.name for node in nodes if node.trusted_for_personal}
    copies = [
        holder in trusted
        for file in files
        if file.file_class.privacy == "personal"
        for holder in first[file.facts.name]
    ]
    return 1 - sum(copies) / len(copies) if copies else 0.0
