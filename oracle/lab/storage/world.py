"""The simulated network of the bench: twelve nodes in six regions, readers by Zipf's law, and failures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from oracle.storage.access import MONTH_SECONDS
from oracle.storage.durability import YEAR_SECONDS
from oracle.storage.file_class import TEMPERATURES, Temperature
from oracle.storage.node import StorageNode
from oracle.storage.simulator import Read, World

REGIONS = ("eu-west", "eu-north", "us-east", "us-west", "asia-east", "asia-south")
Popularity = Literal["by kind", "by chance"]
NODES = 12
DAY_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Traffic:
    """How much is read, and how long."""

    days: int = 30
    reads_per_month: int = 5000
    zipf_exponent: float = 1.2
    home_share: float = 0.7  # of a file's reads from its own region
    room_share: float = 2.0  # of all files' bytes that fit on one node, on average: room is no matter here


def draw_world(
    sizes: Mapping[str, int],
    labels: Mapping[str, Temperature],
    popularity: Popularity,
    seed: int,
    traffic: Traffic,
) -> World:
    """A world of a seed.

    Args:
        sizes: Bytes of each file.
        labels: What each file is; decides who is read most where popularity goes by kind.
        popularity: Whether a file's rank among all follows what it is, with as much noise, or chance alone.
        seed: Of everything that is drawn.
        traffic: How much.
    """
    draw = np.random.default_rng([seed, popularity == "by kind"])
    nodes = _nodes(draw, sum(sizes.values()), traffic)
    seconds = traffic.days * DAY_SECONDS
    return World(
        nodes=nodes,
        sizes=sizes,
        reads=_reads(draw, list(sizes), labels, popularity, traffic),
        failures=tuple(
            (float(at), node.name)
            for node in nodes
            for at in np.sort(draw.uniform(0, seconds, draw.poisson(node.failure_rate * seconds / YEAR_SECONDS)))
        ),
        seconds=seconds,
        away_seconds=2 * DAY_SECONDS,
        copy_seconds=6 * 3600.0,
        decide_every_seconds=5 * DAY_SECONDS,
    )


def _nodes(draw: np.random.Generator, total_bytes: int, traffic: Traffic) -> tuple[StorageNode, ...]:
    # Distances between regions, the same both ways; a node adds a little of its own.
    far = draw.uniform(50, 220, (len(REGIONS), len(REGIONS)))
    far = (far + far.T) / 2
    nodes = []
    for index in range(NODES):
        home = index % len(REGIONS)
        own = draw.uniform(5, 25)
        latency = {region: float(own + (0.0 if at == home else far[home, at])) for at, region in enumerate(REGIONS)}
        nodes.append(
            StorageNode(
                name=f"{REGIONS[home]}-{index // len(REGIONS) + 1}",
                region=REGIONS[home],
                price_per_gib_month=float(np.round(draw.uniform(0.01, 0.05), 4)),
                capacity_bytes=int(total_bytes * traffic.room_share * draw.uniform(0.6, 1.4)),
                used_bytes=0,
                latency_ms=latency,
                failure_rate=float(draw.uniform(0.5, 4.0)),
                trusted_for_personal=index < len(REGIONS),
            )
        )
    return tuple(nodes)


def _reads(
    draw: np.random.Generator,
    names: Sequence[str],
    labels: Mapping[str, Temperature],
    popularity: Popularity,
    traffic: Traffic,
) -> tuple[Read, ...]:
    warmth = np.array([TEMPERATURES.index(labels[name]) for name in names], dtype=float)
    if popularity == "by chance":
        warmth[:] = 0.0
    order = np.argsort(warmth + draw.normal(0, 1, len(names)), kind="stable")
    weights = np.empty(len(names))
    weights[order] = np.arange(1, len(names) + 1) ** -traffic.zipf_exponent
    months = traffic.days * DAY_SECONDS / MONTH_SECONDS
    count = int(draw.poisson(traffic.reads_per_month * months))
    files = draw.choice(len(names), count, p=weights / weights.sum())
    homes = draw.integers(0, len(REGIONS), len(names))
    regions = np.where(draw.random(count) < traffic.home_share, homes[files], draw.integers(0, len(REGIONS), count))
    times = np.sort(draw.uniform(0, traffic.days * DAY_SECONDS, count))
    noise = np.exp(draw.normal(0, 0.15, count))
    return tuple(
        Read(float(at), names[file], REGIONS[region], float(each))
        for at, file, region, each in zip(times, files, regions, noise, strict=True)
    )
