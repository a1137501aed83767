"""Transfers over three Anvil nodes whose providers change their terms and are away, by several ways to choose routes.

Each way to choose lives through the same course, in three chains of its own that begin alike. Chains, contracts,
makers, relayers and the executor are real; clocks go by blocks, which come when told. What bridges did before is what
the chains show of it, so that each way learns from its own legs alone.
"""

import math
import random
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from oracle.crossing.executor import Planner
from oracle.crossing.leg import LegState
from oracle.errors import FormulaMismatch, NoRoute
from oracle.lab.bench.routes import PERFECT, rows_of
from oracle.lab.routes.account import Reckoning
from oracle.lab.routes.cast import Cast, opened_cast
from oracle.lab.routes.providers import CHAINS, WAYS, Way
from oracle.lab.routes.world import ASSET, DEPTH, opened_world
from oracle.routing.graph import Graph
from oracle.routing.measures import choice_of, route_of
from oracle.routing.objective import Objective
from oracle.routing.reading.weights import weights_of
from oracle.routing.route import Plan
from oracle.routing.simulation.choosers import CHOOSERS, Chooser
from oracle.routing.simulation.transfers import Carried, Transfer

SEED = 1
_tell = partial(print, flush=True)  # of a process that has no other way to say how far it is
_AWAY = {"heron": 0.4, "osprey": 0.15, "petrel": 0.25}  # part of the transfers, in which a provider is away
_STAYS = 0.5  # chance that who is away, or there, is so at the next transfer by that alone
_AMOUNTS_MINOR = (50_000, 5_000_000)
_LIMITS_MINOR = (1_000_000, 40_000_000)  # of what a bridge carries at once
_FEE_SIGMA = 0.5
_DEADLINES_SECONDS = (600, 900, 1_800)
_WISHES: tuple[set[str], ...] = (set(), {"cheap"}, {"fast"}, {"safe"})


@dataclass(frozen=True)
class Episode:
    """One transfer, and the conditions that it meets."""

    ways: tuple[Way, ...]
    away: frozenset[str]  # providers, from its start to its end
    objective: Objective


def episodes(seed: int, count: int) -> list[Episode]:
    """A course of conditions and transfers, decided by a seed."""
    chance = random.Random(seed)  # noqa: S311 - an experiment
    away, made = frozenset[str](), []
    for _ in range(count):
        away = frozenset(
            name
            for name, part in _AWAY.items()
            if (name in away if chance.random() < _STAYS else chance.random() < part)
        )
        ways = tuple(_changed(way, chance) for way in WAYS)
        made.append(Episode(ways, away, _objective(chance)))
    return made


def _changed(way: Way, chance: random.Random) -> Way:
    fee_bps = round(way.fee_bps * math.exp(chance.gauss(0, _FEE_SIGMA)))
    return replace(way, fee_bps=fee_bps, most=_between(_LIMITS_MINOR, chance))


def _objective(chance: random.Random) -> Objective:
    source, target = chance.sample(CHAINS, 2)
    cost, time, risk = weights_of(chance.choice(_WISHES))
    return Objective(
        amount_minor=_between(_AMOUNTS_MINOR, chance),
        asset=ASSET,
        source=source,
        target=target,
        deadline_seconds=chance.choice(_DEADLINES_SECONDS),
        weight_cost=cost,
        weight_time=time,
        weight_risk=risk,
    )


def _between(bounds: tuple[int, int], chance: random.Random) -> int:
    """Uniform in its logarithm."""
    return round(math.exp(chance.uniform(*(math.log(bound) for bound in bounds))))


def planner(choose: Chooser) -> Planner:
    """A way to choose routes, as an executor asks it."""

    def plan(graph: Graph, objective: Objective) -> Plan:
        # A choice that does not look at fees has none in its legs.
        chosen = [
            route_of([graph.by_name[name] for name in route.names], route.amount_in_minor)
            for route in choose(graph, objective, frozenset())
        ]
        routes = [route for route in chosen if route is not None]
        if not routes or len(routes) < len(chosen):
            raise NoRoute(f"no bridges that carry it lead from {objective.source} to {objective.target} now")
        return Plan(objective, choice_of(routes, objective), (), "")

    return plan


def knowing(cast: Cast) -> Planner:
    """The solver, told who is away."""
    solver = planner(CHOOSERS["solver"])

    def plan(graph: Graph, objective: Objective) -> Plan:
        there = tuple(each for each in graph.bridges if each.name.partition("-")[0] not in cast.asleep)
        names = {each.name for each in there} | set(graph.chains)
        known = replace(objective, avoid=objective.avoid & names, prefer=objective.prefer & names)
        return solver(replace(graph, bridges=there), known)

    return plan


def measure_live(say: Callable[[str], None], transfers: int, seed: int = SEED) -> dict[str, Any]:
    """Success, cost and time of transfers over live chains, by who chooses the routes.

    Args:
        say: Is told each row.
        transfers: How many each way to choose carries.
        seed: Decides the course.

    Raises:
        FormulaMismatch: somebody has lost or gained what is not due to it.
    """
    names = (*CHOOSERS, PERFECT)
    with ProcessPoolExecutor(len(names), mp_context=get_context("spawn")) as pool:
        carried = dict(zip(names, pool.map(partial(carry_all, transfers=transfers, seed=seed), names), strict=True))
    return {"transfers": transfers, "seed": seed, "bridges": len(WAYS), **rows_of(carried, say)}


def carry_all(name: str, *, transfers: int, seed: int) -> list[tuple[Transfer, Carried]]:
    """All transfers of a course by one way to choose routes, told one by one on the standard output."""
    carried = []
    with opened_world() as world, tempfile.TemporaryDirectory() as folder, opened_cast(world, Path(folder)) as cast:
        cast.plan = knowing(cast) if name == PERFECT else planner(CHOOSERS[name])
        for number, episode in enumerate(episodes(seed, transfers), start=1):
            carried.append(carry_live(cast, episode))
            _tell(_words(f"{name}, transfer {number}", carried[-1][1]))
    return carried


def _words(what: str, carried: Carried) -> str:
    end = "not arrived" if carried.arrived_at_seconds is None else f"arrived in {carried.arrived_at_seconds:.0f} s"
    return f"{what}: {end}, {carried.legs} legs, {carried.failed_legs} of them failed, {carried.cost_minor} in fees"


def carry_live(cast: Cast, episode: Episode) -> tuple[Transfer, Carried]:
    """One transfer under its conditions, until nobody has anything open.

    Raises:
        FormulaMismatch: somebody has lost or gained what is not due to it.
    """
    world, wanted = cast.world, episode.objective
    world.post(*episode.ways)
    world.tick(DEPTH + 1)
    reckoning = Reckoning(world, cast.providers)
    began = world.places[wanted.source].now()
    asked = Transfer(began, wanted)
    cast.asleep |= episode.away
    try:
        transfer_id = cast.executor.start(wanted)
        transfer = cast.run(transfer_id)
        arrived_at = world.places[wanted.target].now() if transfer.arrived else None
    except NoRoute:
        return asked, Carried(None, 0, 0, 0)
    finally:
        cast.asleep.clear()
    cast.settle()
    world.tick(DEPTH + 1)
    balance = reckoning.after(cast.executor, transfer_id)
    if balance.lost or balance.twice:
        raise FormulaMismatch(f"transfer {transfer_id}: {balance.lost} units were lost, {balance.twice} paid twice")
    legs = [leg for part in transfer.parts for leg in cast.executor.legs(part)]
    return asked, Carried(
        arrived_at_seconds=None if arrived_at is None else float(arrived_at - began),
        cost_minor=sum(leg.amount_in - leg.amount_out for leg in legs if leg.state is LegState.DONE),
        legs=len(legs),
        failed_legs=balance.legs_refunded,
    )
