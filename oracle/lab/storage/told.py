"""How soon counts tell how warm a file is, with what reading it made one expect and without."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from oracle.lab.storage.world import DAY_SECONDS, Popularity, Traffic, draw_world
from oracle.storage.access import EXPECTED_READS, MONTH_SECONDS, ReadCounts, temperature_of
from oracle.storage.file_class import ClassedFile, Temperature
from oracle.storage.simulator import World

AFTER_DAYS = (0, 1, 3, 7)


def told(
    files: Sequence[ClassedFile],
    labels: Mapping[str, Temperature],
    popularity: Popularity,
    seeds: int,
    traffic: Traffic,
) -> dict[int, tuple[list[float], list[float]]]:
    """Shares of files whose temperature is told as all reads of a world show it in the end.

    Returns:
        By days of counting: the share of each seed, with reading and without.
    """
    sizes = {file.facts.name: file.facts.size_bytes for file in files}
    found: dict[int, tuple[list[float], list[float]]] = {days: ([], []) for days in AFTER_DAYS}
    for seed in range(seeds):
        world = draw_world(sizes, labels, popularity, seed, traffic)
        months = world.seconds / MONTH_SECONDS
        reads = Counter(read.name for read in world.reads)
        true = {name: temperature_of(reads[name] / months) for name in sizes}
        for days, (reading, alone) in found.items():
            counts = _counts(world, days * DAY_SECONDS)
            reading.append(
                _right(true, {f.facts.name: EXPECTED_READS[f.file_class.temperature] for f in files}, counts)
            )
            alone.append(_right(true, dict.fromkeys(sizes), counts))
    return found


def _counts(world: World, seconds: float) -> dict[str, ReadCounts]:
    counts = {name: ReadCounts(0.0, 0.0) for name in world.sizes}
    for read in world.reads:
        if read.at_seconds <= seconds:
            counts[read.name] = counts[read.name].with_read(read.region, read.at_seconds)
    return {name: each.at(seconds) for name, each in counts.items()}


def _right(
    true: Mapping[str, Temperature], expected: Mapping[str, float | None], counts: Mapping[str, ReadCounts]
) -> float:
    return float(np.mean([temperature_of(counts[name].reads_a_month(expected[name])) == true[name] for name in true]))
