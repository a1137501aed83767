"""Transfers over a simulated world: drawn at random, and carried out leg by leg with replanning."""

import random
from dataclasses import dataclass, replace

from oracle.routing.estimation import Observation
from oracle.routing.objective import Objective
from oracle.routing.reading.weights import weights_of
from oracle.routing.route import Route
from oracle.routing.simulation.choosers import Chooser
from oracle.routing.simulation.view import View
from oracle.routing.simulation.world import CHAINS, USDC, World

FIRST_SECONDS = 4 * 3_600  # before, only other people's legs run, so that there is something to see
_UNIT = 10**USDC.decimals
_DEADLINES_SECONDS = (1_800, 3_600, 7_200, 14_400)
_WISHES: tuple[set[str], ...] = (set(), {"cheap"}, {"fast"}, {"safe"})
_LARGE = 0.2  # of the transfers, that may be split
_WAIT_SECONDS = 120.0  # until it is looked again, where there is no route
_MOST_TRIES = 40
_PATIENCE = 3.0  # times the deadline, after which a transfer is given up


@dataclass(frozen=True)
class Transfer:
    """Who wants what, and when."""

    start_seconds: float
    objective: Objective


@dataclass(frozen=True)
class Carried:
    """What became of a transfer."""

    arrived_at_seconds: float | None  # of its last part, from its start; None where it was given up
    cost_minor: int  # fees of all legs; what did not arrive was refunded, and is no cost
    legs: int
    failed_legs: int

    def is_in_time(self, objective: Objective) -> bool:
        """Whether all of it arrived before the deadline."""
        deadline = objective.deadline_seconds
        return self.arrived_at_seconds is not None and (deadline is None or self.arrived_at_seconds <= deadline)


def transfers_of(seed: int, count: int, hours: int) -> list[Transfer]:
    """Transfers at random times, between random chains, with random wishes."""
    chance = random.Random(seed)  # noqa: S311 - an experiment
    made = []
    for _ in range(count):
        source, target = chance.sample(CHAINS, 2)
        split = chance.random() < _LARGE
        units = chance.uniform(2_000, 8_000) if split else chance.lognormvariate(6.2, 0.9)
        cost, time, risk = weights_of(chance.choice(_WISHES))
        objective = Objective(
            amount_minor=int(max(20.0, units) * _UNIT),
            asset=USDC.name,
            source=source,
            target=target,
            deadline_seconds=chance.choice(_DEADLINES_SECONDS),
            weight_cost=cost,
            weight_time=time,
            weight_risk=risk,
            split=split,
        )
        made.append(Transfer(chance.uniform(FIRST_SECONDS, hours * 3_600 - 4 * FIRST_SECONDS), objective))
    return made


def carry(world: World, transfer: Transfer, choose: Chooser) -> Carried:
    """Carry a transfer out: each leg as chosen, and a new choice after it, whether it was paid out or refunded."""
    view = View(world)
    routes = _chosen(view, transfer.objective, transfer.start_seconds, choose, frozenset())
    if len(routes) < 2:
        return _carry_part(view, transfer, routes, choose)
    parts = [
        _carry_part(
            view,
            replace(transfer, objective=replace(transfer.objective, amount_minor=route.amount_in_minor, split=False)),
            (route,),
            choose,
        )
        for route in routes
    ]
    ends = [part.arrived_at_seconds for part in parts]
    return Carried(
        arrived_at_seconds=None if None in ends else max(end for end in ends if end is not None),
        cost_minor=sum(part.cost_minor for part in parts),
        legs=sum(part.legs for part in parts),
        failed_legs=sum(part.failed_legs for part in parts),
    )


def _carry_part(view: View, transfer: Transfer, routes: tuple[Route, ...], choose: Chooser) -> Carried:
    """One amount that stays together."""
    objective = replace(transfer.objective, split=False)
    deadline = objective.deadline_seconds or 0
    now, cost, legs, failed = transfer.start_seconds, 0, 0, frozenset[str]()
    failures = 0
    for _ in range(_MOST_TRIES):
        left = transfer.start_seconds + deadline - now
        if deadline and now > transfer.start_seconds + _PATIENCE * deadline:
            break
        here = replace(objective, deadline_seconds=max(1, int(left)) if deadline else None)
        routes = routes or _chosen(view, here, now, choose, failed)
        if not routes:
            now += _WAIT_SECONDS
            continue
        leg, routes = routes[0].legs[0], ()
        outcome = view.world.courses[leg.bridge.name].leg(now, objective.amount_minor)
        legs += 1
        if outcome.paid_minor is None:
            view.saw(leg.bridge.name, Observation(outcome.ended_at_seconds, None))
            failed, failures, now = failed | {leg.bridge.name}, failures + 1, outcome.ended_at_seconds
            continue
        view.saw(leg.bridge.name, Observation(outcome.ended_at_seconds, outcome.ended_at_seconds - now))
        cost += objective.amount_minor - outcome.paid_minor
        now = outcome.ended_at_seconds
        if leg.bridge.target == objective.target:
            return Carried(now - transfer.start_seconds, cost, legs, failures)
        objective = replace(objective, source=leg.bridge.target, amount_minor=outcome.paid_minor)
    return Carried(None, cost, legs, failures)


def _chosen(view: View, objective: Objective, now: float, choose: Chooser, failed: frozenset[str]) -> tuple[Route, ...]:
    return choose(view.at(now), objective, failed)
