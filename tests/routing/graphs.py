"""Graphs that tests route over: one that is written out, and random ones."""

import random
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from oracle.routing.graph import KINDS, Asset, Bridge, Graph

USDC = Asset("USDC", 6)
UNIT = 10**6


def bridge(name: str, source: str, target: str, **terms: Any) -> Bridge:
    """A bridge that is quick, cheap and sure, but for what is given."""
    usual = Bridge(
        name=name,
        kind="relay_pool",
        source=source,
        target=target,
        asset="USDC",
        fee_fixed_minor=0,
        fee_bps=10,
        liquidity_minor=10_000 * UNIT,
        latency_mean_seconds=60.0,
        latency_p95_seconds=120.0,
        success=0.99,
        observations=100.0,
        refund_seconds=1_800,
    )
    return replace(usual, **terms)


def square() -> Graph:
    """Four chains: A to C directly, dear and quick; by B, cheap and slow; by D, cheap and unsure."""
    return Graph(
        ("A", "B", "C", "D"),
        (USDC,),
        (
            bridge("direct", "A", "C", fee_bps=40, latency_mean_seconds=30.0, latency_p95_seconds=60.0),
            bridge("ab", "A", "B", fee_bps=5, latency_mean_seconds=900.0, latency_p95_seconds=1_500.0),
            bridge("bc", "B", "C", fee_bps=5, latency_mean_seconds=900.0, latency_p95_seconds=1_500.0),
            bridge("ad", "A", "D", fee_bps=4, success=0.6),
            bridge("dc", "D", "C", fee_bps=4, success=0.6),
        ),
    )


def random_graph(seed: int, chains: int, bridges: int) -> Graph:
    """A small random graph, with ties, full bridges and dead ends; most bridges lead away from A or to B."""
    chance = random.Random(seed)
    names = tuple("ABCDE"[:chains])
    made = []
    for at in range(bridges):
        source, target = chance.choice([names[0], *names[2:]]), chance.choice(names[1:])
        if source == target or chance.random() < 0.1:
            source, target = chance.sample(names, 2)
        mean = float(chance.randint(1, 600))
        made.append(
            bridge(
                f"bridge-{at}",
                source,
                target,
                kind=chance.choice(KINDS),
                fee_fixed_minor=chance.choice([0, 1, 999, 50_000]),
                fee_bps=chance.randint(0, 60),
                liquidity_minor=chance.choice([0, 300_000, 700_001, 1_000_000, 9_000_000]),
                latency_mean_seconds=mean,
                latency_p95_seconds=mean * chance.choice([1.0, 1.5, 3.0]),
                success=chance.choice([0.5, 0.9, 0.99, 1.0]),
                refund_seconds=chance.choice([0, 600, 7_200]),
            )
        )
    return Graph(names, (USDC,), tuple(made))


def graphs(most_chains: int = 5, most_bridges: int = 9) -> st.SearchStrategy[Graph]:
    """Small random graphs."""
    return st.builds(random_graph, st.integers(0, 10**6), st.integers(3, most_chains), st.integers(3, most_bridges))
