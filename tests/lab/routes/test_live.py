"""Transfers of the bench over live chains: what is counted is what the chains did."""

from dataclasses import replace

import pytest

from oracle.errors import NoRoute
from oracle.lab.bench.routes_live import Episode, carry_live, knowing, planner
from oracle.lab.routes.cast import Cast
from oracle.lab.routes.providers import WAYS
from oracle.routing.objective import Objective
from oracle.routing.simulation.choosers import CHOOSERS

_WANTED = Objective(100_000, "USDC", "A", "B", deadline_seconds=900, weight_cost=1.0, weight_time=0.0, weight_risk=0.0)


def test_who_knows_that_a_provider_is_away_takes_another_and_others_lose_time(cast: Cast) -> None:
    episode = Episode(WAYS, frozenset({"heron"}), _WANTED)
    cast.plan = knowing(cast)
    _, knew = carry_live(cast, episode)
    assert (knew.legs, knew.failed_legs) == (1, 0)
    assert knew.is_in_time(_WANTED)
    cast.plan = planner(CHOOSERS["cheapest now"])
    asked, learned = carry_live(cast, episode)
    assert (learned.legs, learned.failed_legs) == (2, 1)
    assert learned.cost_minor == knew.cost_minor  # the same bridge in the end; what failed cost nothing
    assert learned.arrived_at_seconds is not None
    assert knew.arrived_at_seconds is not None
    assert learned.arrived_at_seconds > knew.arrived_at_seconds + cast.world.pace.clocks.reaction_seconds
    assert asked.objective == _WANTED


def test_a_choice_that_does_not_look_at_fees_still_pays_them(cast: Cast) -> None:
    cast.world.tick(4)
    graph = cast.observe().graph
    plan = planner(CHOOSERS["fewest hops"])(graph, replace(_WANTED, target="C"))
    (leg,) = plan.routes[0].legs
    assert leg.amount_out_minor == leg.bridge.paid_minor(leg.amount_in_minor)
    assert plan.cost_minor > 0


def test_an_amount_that_no_bridge_carries_has_no_plan(cast: Cast) -> None:
    few = tuple(replace(way, most=5_000) for way in WAYS)
    _, carried = carry_live(cast, Episode(few, frozenset(), _WANTED))
    assert (carried.arrived_at_seconds, carried.legs) == (None, 0)
    with pytest.raises(NoRoute):
        planner(CHOOSERS["fewest hops"])(cast.observe().graph, _WANTED)
