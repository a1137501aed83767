"""Transfers over three real chains: they arrive, cost what was planned, and end well whatever strikes them."""

from dataclasses import replace

import pytest

from oracle.bridges.locks import NO_ACCOUNT
from oracle.crossing.committee import Verdict, conditions, decide, publish, verdict
from oracle.crossing.executor import PartStatus
from oracle.crossing.leg import LegState
from oracle.crossing.outbox import Fate
from oracle.lab.routes.account import Reckoning
from oracle.lab.routes.cast import Cast
from oracle.lab.routes.faults import AMOUNT, FAULTS, Play, Stage, ends, objective, run_end, run_fault
from oracle.lab.routes.providers import WAYS
from oracle.lab.routes.world import OPERATORS, SENDER, THRESHOLD, key_of
from tests.conftest import Figure

_FAULTS = {fault.name: fault for fault in FAULTS}


@pytest.mark.parametrize("kind", ["hash_lock", "relay_pool"])
def test_a_transfer_arrives_leg_by_leg_and_costs_its_fees(cast: Cast, kind: str) -> None:
    cast.world.tick(4)
    reckoning = Reckoning(cast.world, cast.providers)
    transfer = cast.run(cast.executor.start(objective(kind)))
    cast.settle()
    cast.world.tick(4)
    balance = reckoning.after(cast.executor, transfer.id)
    assert (balance.lost, balance.twice, balance.elsewhere, balance.legs_done) == (0, 0, 0, 2)
    legs = cast.executor.legs(transfer.parts[0])
    assert legs[0].kind == kind
    assert legs[1].amount_in == legs[0].amount_out
    assert balance.arrived == legs[1].amount_out
    # What the chains show afterwards: both bridges have a leg more.
    seen = {bridge.name: bridge.observations for bridge in cast.observe().graph.bridges}
    assert all(0.5 < seen[leg.bridge] <= 1 for leg in legs)
    assert seen["osprey-A-C"] == 0


def test_a_withdrawn_offer_is_no_bridge_and_a_changed_fee_is_seen(cast: Cast) -> None:
    way = next(way for way in WAYS if (way.provider, way.source, way.target) == ("heron", "A", "B"))
    cast.world.post(replace(way, fee_bps=77))
    cast.world.tick(4)
    bridges = {bridge.name: bridge for bridge in cast.observe().graph.bridges}
    assert len(bridges) == len(WAYS)
    assert bridges["heron-A-B"].fee_bps == 77
    assert bridges["heron-A-B"].liquidity_minor == 40_000_000


def test_a_route_that_no_longer_leads_on_leaves_the_amount_at_the_senders_account(cast: Cast) -> None:
    """All who serve the rest are gone: the leg comes back, and the transfer stops where it is."""
    cast.world.tick(4)
    reckoning = Reckoning(cast.world, cast.providers)
    cast.asleep |= set(cast.providers)
    only = frozenset({"petrel-A-B", "petrel-A-C", "osprey-A-B", "osprey-A-C"})
    transfer = cast.run(cast.executor.start(replace(objective("hash_lock"), avoid=only)))
    (part,) = transfer.parts
    assert (part.status, part.chain, part.amount) == (PartStatus.STOPPED, "A", AMOUNT)
    assert "no" in part.note
    cast.world.tick(4)
    balance = reckoning.after(cast.executor, transfer.id)
    assert (balance.lost, balance.twice, balance.elsewhere, balance.legs_refunded) == (0, 0, AMOUNT, 1)


_long = pytest.mark.long


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("hash_lock", SENDER),
        ("relay_pool", "provider"),
        pytest.param("hash_lock", "provider", marks=_long),
        pytest.param("relay_pool", SENDER, marks=_long),
    ],
)
def test_a_process_that_is_killed_goes_on_and_pays_nothing_twice(
    stage: Stage, figure: Figure, kind: str, who: str
) -> None:
    """At one of the moments that make a difference; `catalyst route faults` takes all of them."""
    moments = ends(stage, kind, who)
    moment = moments[len(moments) // 3]
    balance = run_end(stage, kind, who, moment)
    assert (balance.lost, balance.twice, balance.elsewhere) == (0, 0, 0), moment
    figure(f"{who} over {kind}: {len(moments)} moments at which its end makes a difference")


@pytest.mark.parametrize(
    ("fault", "kind", "degree"),
    [
        ("provider killed", "hash_lock", 0),
        ("lock reorganised", "hash_lock", 2),
        ("preimage shown late", "hash_lock", 30),
        *(
            pytest.param(*each, marks=_long)
            for each in (
                ("target makes no blocks", "hash_lock", 60),
                ("target cannot be reached", "relay_pool", 60),
                ("answer reorganised", "hash_lock", 2),
                ("claim reorganised", "hash_lock", 1),
                ("preimage shown late, maker away", "hash_lock", 8),
                ("target's clock ahead", "relay_pool", 1_000),
                ("source's clock ahead", "hash_lock", 1_000),
                ("false claim", "relay_pool", 0),
            )
        ),
    ],
)
def test_nothing_is_lost_and_nothing_paid_twice(stage: Stage, fault: str, kind: str, degree: int) -> None:
    balance = run_fault(stage, _FAULTS[fault], kind, degree)
    assert (balance.lost, balance.twice) == (0, 0)
    assert balance.legs_done + balance.legs_refunded >= 1


def test_a_committee_decides_a_false_claim_and_its_pledge_goes_to_the_user(cast: Cast) -> None:
    play = Play(cast, "relay_pool")
    cast.asleep.add("petrel")
    play.until(lambda: play.reaches(LegState.LOCKED))
    leg = play.leg()
    assert leg is not None
    assert leg.order is not None
    cast.world.claim_falsely(leg.source, leg.order)
    there = cast.world.at[leg.target]
    assert verdict(leg.order, there) is None  # somebody may still fill it
    while verdict(leg.order, there) is None:
        play.turn()
    said = verdict(leg.order, there)
    assert said == Verdict(leg.order, NO_ACCOUNT)
    operators = sorted((key_of(name) for name in OPERATORS), key=lambda key: str(key.address))[:THRESHOLD]
    before = cast.world.wealth(SENDER)
    while decide(said, operators, leg.source, cast.sender) is Fate.PENDING:
        cast.world.tick()
    pledge = cast.world.at[leg.source].terms.pledge(leg.amount_in)
    assert cast.world.wealth(SENDER) >= before + leg.amount_in + pledge // 2


def test_a_committee_publishes_what_a_route_costs(cast: Cast) -> None:
    cast.world.tick(4)
    plan = cast.solve(cast.observe().graph, objective("hash_lock"))
    bridges = [leg.bridge for leg in plan.routes[0].legs]
    here = cast.sender.at["A"]
    now = here.place.chain.timestamp(here.place.settled)
    report = conditions(bridges, cast.sender.at, sequence=1, now_seconds=now, valid_seconds=3_600)
    operators = sorted((key_of(name) for name in OPERATORS), key=lambda key: str(key.address))[:THRESHOLD]
    while publish(report, operators, "A", cast.sender) is not Fate.DONE:
        cast.world.tick()
    arrives = plan.routes[0].amount_out_minor
    found = here.conditions.read("demand", report.route, AMOUNT, arrives)
    assert found[0] == 1
    assert 0 <= arrives - report.arrives(AMOUNT) <= AMOUNT // 10_000 + 3
