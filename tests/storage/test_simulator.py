"""The simulated network against hand-counted worlds, the formula of losses, and the baselines' own laws."""

from dataclasses import replace

import numpy as np
import pytest

from oracle.storage.access import MONTH_SECONDS
from oracle.storage.baselines import at_random, balanced, first_three, keep_three, on_ring
from oracle.storage.durability import YEAR_SECONDS, loss_rate
from oracle.storage.metrics import LOST_SECONDS
from oracle.storage.placement import GIB
from oracle.storage.simulator import TIMEOUT_MS, Read, Step, View, World, simulate
from tests.storage.world import node

NODES = tuple(node(name, price_per_gib_month=1.0, capacity_bytes=4 * GIB) for name in "abcdef")
SIZES = {"f": GIB}
WORLD = World(NODES, SIZES, (), (), 10_000.0, 5_000.0, 1_000.0, 50_000.0)


def nothing(view: View) -> list[Step]:
    return []


def test_cost_and_reads_are_counted_as_they_come() -> None:
    world = replace(WORLD, reads=(Read(10.0, "f", "eu", 1.0), Read(20.0, "f", "us", 2.0)), seconds=MONTH_SECONDS)
    found = simulate(world, {"f": ["a", "b"]}, nothing)
    assert found.latency_ms == (20.0, 180.0)
    assert found.cost_per_month == pytest.approx(2.0)
    assert found.replicas == pytest.approx(2.0)
    assert (found.copies, found.lost) == (0, 0)
    assert found.loss_rate == pytest.approx(loss_rate([0.1, 0.1], LOST_SECONDS + 1_000.0))


def test_a_lost_holder_is_replaced_and_readers_wait_for_the_copy() -> None:
    world = replace(
        WORLD,
        failures=((100.0, "a"), (100.0 + LOST_SECONDS + 1_500.0, "b")),
        reads=(Read(4_000.0, "f", "eu", 1.0),),
    )
    found = simulate(world, {"f": ["a", "b"]}, keep_three(SIZES, balanced))
    assert found.latency_ms == (20.0,)
    assert found.lost == 0
    assert found.copies >= 2


def test_a_file_whose_last_copy_goes_before_another_is_there_is_lost() -> None:
    world = replace(
        WORLD, failures=((100.0, "a"), (100.0 + LOST_SECONDS + 500.0, "b")), reads=(Read(4_000.0, "f", "eu", 1.0),)
    )
    found = simulate(world, {"f": ["a", "b"]}, keep_three(SIZES, balanced))
    assert found.lost == 1
    assert found.latency_ms == (TIMEOUT_MS,)


def test_losses_come_about_as_often_as_the_formula_says() -> None:
    draw = np.random.default_rng(3)
    rate, repair = 40.0, LOST_SECONDS + 20_000.0
    nodes = tuple(node(name, failure_rate=rate, capacity_bytes=4 * GIB) for name in "abcdef")
    sizes = {f"f{index}": 1 for index in range(4)}
    lost, years = 0, 0.0
    for seed in range(25):
        failures = tuple(
            (float(at), each.name) for each in nodes for at in draw.uniform(0, YEAR_SECONDS / 2, draw.poisson(rate / 2))
        )
        world = World(nodes, sizes, (), failures, YEAR_SECONDS / 2, 1.0, 20_000.0, YEAR_SECONDS)
        order = at_random(seed)
        two = {name: held[:2] for name, held in first_three(sizes, nodes, order).items()}

        def decide(view: View) -> list[Step]:
            there = {each.name for each in view.nodes}
            return [
                Step(name, "lost holder", next(each for each in sorted(there) if each not in held), None)
                for name, held in view.holders.items()
                if 0 < len([each for each in held if each in there]) < 2
            ]

        found = simulate(replace(world, away_seconds=LOST_SECONDS + 1), two, decide)
        lost += found.lost
        years += len(sizes) / 2
    expected = years * loss_rate([rate, rate], repair)
    # The formula bounds from above; files that are lost stay so, and are lost once.
    assert 0.3 * expected < lost < 1.1 * expected


def test_the_ring_moves_few_files_when_a_node_leaves() -> None:
    names = [f"file {index}" for index in range(300)]
    before = {name: on_ring(name, NODES)[0].name for name in names}
    after = {name: on_ring(name, NODES[1:])[0].name for name in names}
    assert all(before[name] in ("a", after[name]) for name in names)
    counts = [list(before.values()).count(each.name) for each in NODES]
    assert min(counts) > 0.3 * max(counts)


def test_three_are_kept_where_there_is_room() -> None:
    sizes = {f"f{index}": GIB for index in range(6)}
    for order in (balanced, at_random(1), on_ring):
        placed = first_three(sizes, NODES, order)
        assert all(len(set(held)) == 3 for held in placed.values())
        taken = [sum(each.name in held for held in placed.values()) for each in NODES]
        assert max(taken) <= 4
    assert at_random(1)("x", NODES) == at_random(1)("x", NODES)
