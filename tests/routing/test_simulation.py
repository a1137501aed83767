"""The simulator: the same for a seed, true to what its bridges do, and never better than one who knows the future."""

from dataclasses import replace

import pytest

from oracle.routing.graph import WHOLE_BPS
from oracle.routing.simulation.choosers import CHOOSERS, cheapest_now, fewest_hops, solver
from oracle.routing.simulation.clairvoyant import carry_knowing
from oracle.routing.simulation.transfers import carry, transfers_of
from oracle.routing.simulation.view import LAG_SECONDS, View
from oracle.routing.simulation.world import World, bridge_at

WORLD = World(3, 24)
_NOTHING: frozenset[str] = frozenset()


def test_a_seed_decides_all() -> None:
    again = World(3, 24)
    assert list(again.courses) == list(WORLD.courses)
    transfer = transfers_of(3, 1, 24)[0]
    assert transfers_of(3, 1, 24) == [transfer]
    assert carry(again, transfer, solver) == carry(WORLD, transfer, solver)
    assert list(World(4, 24).courses) != list(WORLD.courses)


def test_a_leg_pays_by_the_terms_of_its_minute_or_refunds_all() -> None:
    course = next(iter(WORLD.courses.values()))
    for minute in range(0, 24 * 60, 7):
        start = 60.0 * minute + 30
        outcome = course.leg(start, 500_000_000)
        bridge = bridge_at(course, start)
        if outcome.paid_minor is None:
            assert outcome.ended_at_seconds == start + course.refund_seconds
        else:
            assert outcome.paid_minor == bridge.paid_minor(500_000_000)
            assert outcome.ended_at_seconds == start + course.latency_seconds[minute]


def test_a_client_sees_fees_late_and_no_leg_before_its_end() -> None:
    now = 6 * 3_600.0
    graph = View(WORLD).at(now)
    for bridge in graph.bridges:
        course = WORLD.courses[bridge.name]
        assert bridge.fee_bps == course.fee_bps[course.slot(now - LAG_SECONDS)]
    later = course.slot(now - LAG_SECONDS) + 1
    course.fails[later:] = ~course.fails[later:]
    changed = View(WORLD).at(now)
    course.fails[later:] = ~course.fails[later:]
    assert changed == graph


@pytest.mark.parametrize("name", CHOOSERS)
def test_no_chooser_beats_one_who_knows_the_future(name: str) -> None:
    for transfer in transfers_of(5, 12, 24):
        whole = replace(transfer, objective=replace(transfer.objective, split=False))
        found, best = carry(WORLD, whole, CHOOSERS[name]), carry_knowing(WORLD, whole)
        if not found.is_in_time(whole.objective) or found.legs > 4:
            continue
        assert best.is_in_time(whole.objective)


def test_what_arrives_and_what_it_costs_is_the_amount() -> None:
    for transfer in transfers_of(7, 10, 24):
        found = carry(WORLD, transfer, solver)
        assert 0 <= found.cost_minor < transfer.objective.amount_minor
        assert found.failed_legs <= found.legs


def test_choosers_choose_by_what_they_are_named_for() -> None:
    graph = View(WORLD).at(6 * 3_600.0)
    for transfer in transfers_of(11, 20, 24):
        objective = replace(transfer.objective, split=False, deadline_seconds=None)
        short, cheap = fewest_hops(graph, objective, _NOTHING), cheapest_now(graph, objective, _NOTHING)
        if not short or not cheap:
            continue
        assert len(short[0].legs) <= len(cheap[0].legs)
        real = [graph.by_name[bridge] for bridge in short[0].names]
        amount = objective.amount_minor
        for bridge in real:
            amount -= bridge.fee_minor(amount)
        assert cheap[0].amount_out_minor >= amount
        failed = frozenset(cheap[0].names[:1])
        other = cheapest_now(graph, objective, failed)
        assert WHOLE_BPS * (other[0].cost_minor - cheap[0].cost_minor) >= 0
