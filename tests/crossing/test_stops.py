"""Chains that stop and date their next blocks back: what margins leave time for, and what is lost beyond them."""

from dataclasses import replace

import pytest

from oracle.bridges.orders import OrderStatus
from oracle.crossing.leg import LegState
from oracle.crossing.maker import AnswerState
from oracle.crossing.relayer import FillState
from oracle.lab.routes.cast import Cast
from oracle.lab.routes.faults import FAULTS, Play, Stage, late_fill_dated_back, objective, run_fault
from oracle.lab.routes.world import DEPOSITOR, SENDER

_FAULTS = {fault.name: fault for fault in FAULTS}


def bound_seconds(cast: Cast) -> int:
    """The most by which a target may be late, for a fill at the last moment to be claimed in time."""
    clocks, terms = cast.world.pace.clocks, cast.world.at["A"].terms
    return terms.claim_seconds - clocks.skew_seconds - 2 * clocks.settle_seconds


@pytest.mark.parametrize(
    ("fault", "kind", "degree"),
    [
        ("claim late, target dated back", "hash_lock", 20),
        pytest.param("fill late, target dated back", "relay_pool", 160, marks=pytest.mark.long),
    ],
)
def test_within_the_margins_nothing_is_lost(stage: Stage, fault: str, kind: str, degree: int) -> None:
    balance = run_fault(stage, _FAULTS[fault], kind, degree)
    assert (balance.lost, balance.twice) == (0, 0)


def test_the_margins_of_a_pool_are_those_that_faults_are_played_up_to(cast: Cast) -> None:
    assert _FAULTS["fill late, target dated back"].degrees[-1] == bound_seconds(cast)
    assert bound_seconds(cast) >= cast.world.pace.clocks.halt_seconds


@pytest.mark.long
def test_beyond_them_a_relayer_loses_that_fill_and_nobody_else_anything(cast: Cast) -> None:
    """The target is late by more than claims have time: the order was refunded when its fill is mined."""
    play = Play(cast, "relay_pool")
    before = {name: cast.world.wealth(name) for name in (SENDER, DEPOSITOR, *cast.providers)}
    pool = cast.world.at["B"].liquidity()
    late_fill_dated_back(play, bound_seconds(cast) + cast.world.at["A"].terms.claim_seconds)
    relayer = cast.providers["petrel"].relayer
    play.until(lambda: relayer.fills()[0].state is FillState.LOST)
    (leg, *_) = (leg for part in cast.executor.transfer(play.transfer_id).parts for leg in cast.executor.legs(part))
    assert leg.order is not None
    assert leg.state in (LegState.WITHDRAWING, LegState.REFUNDED)
    assert cast.world.at["A"].order_state(leg.order).status is OrderStatus.REFUNDED
    assert cast.world.wealth("petrel") == before["petrel"] - leg.amount_out
    others = [name for name in before if name not in ("petrel", SENDER)]
    assert all(cast.world.wealth(name) == before[name] for name in others)
    assert cast.world.at["B"].liquidity() == pool


def test_a_chain_that_is_silent_holds_up_what_needs_it_and_nothing_else(cast: Cast) -> None:
    """One answer waits for the chain that is cut off; a later one is paid on the other chain meanwhile."""
    cast.world.tick(4)
    wanted, maker = replace(objective("hash_lock"), target="B"), cast.providers["heron"].maker
    cast.run(cast.executor.start(wanted), lambda: [each.state for each in maker.answers()] == [AnswerState.LOCKED])
    second = cast.executor.start(wanted)
    cast.run(second, lambda: len(maker.answers()) > 1 and maker.answers()[1].state is AnswerState.CLAIMING)
    cast.world.cut()
    try:
        for _ in range(6):
            cast.turn(second)
        assert [each.state for each in maker.answers()] == [AnswerState.LOCKED, AnswerState.PAID]
    finally:
        cast.world.cut(is_cut=False)
