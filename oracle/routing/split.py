"""The best way to send an amount in parts by several routes at once, by OR-tools' CP-SAT.

Parts are multiples of a twentieth of the amount, rounded up (the largest leaves out what is then too much), at most
three, by different routes. Fees of each part are computed in integers, as its contracts round them. Routes that share a
bridge share its liquidity. For each route r and each size x that it can carry, one decision says whether r carries x:

    minimise    Σ part score of (r, x) + score of the slowest route's time
    such that   sizes sum to the whole; each r has one size; loads of each bridge fit its liquidity

Only routes that can be part of a better answer are decided on: with p the least part score of a twentieth over all
routes, an answer that uses r with x comes to at least time(r) + part(r, x) + (20 − x) · p. The search begins with the
routes for which this is least, and goes on until all routes that it lets through are in. So the best answer is the best
of all; the ones behind it are the best among the routes that the search had to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from oracle.errors import NoRoute
from oracle.routing.graph import Bridge
from oracle.routing.measures import choice_of, mean_seconds, part_score, rank, route_of, time_score
from oracle.routing.objective import Objective
from oracle.routing.paths import all_paths
from oracle.routing.route import Choice, Route

STEPS = 20  # parts of the amount
MOST_PARTS = 3
_FIRST_ROUTES = 24
_MORE_ROUTES = 6  # times as many, where some cannot carry the amount
_SCORE_UNIT = 1_000_000_000  # of a score, in which CP-SAT counts
_MOST_LOAD = 1 << 40  # in which it counts loads: beyond, minor units are counted together, and liquidity rounded down
_MOST_DETERMINISTIC_SECONDS = 120.0  # of CP-SAT's own clock, which is the same on every machine


@dataclass(frozen=True)
class _Column:
    """A route with what it comes to for each size that it can carry."""

    names: tuple[str, ...]
    sizes: dict[int, Route]  # by how many of STEPS
    scores: dict[int, float]
    time: float
    least: float  # the least that an answer comes to which uses it


def best_splits(bridges: tuple[Bridge, ...], objective: Objective, count: int) -> list[Choice]:
    """The best choices of one to three parts, and others that differ in their routes, best first."""
    if objective.amount_minor < STEPS:
        return []
    columns = _columns(bridges, objective)
    if not columns:
        return []
    limits = {bridge.name: bridge.liquidity_minor for bridge in bridges}
    taken = min(_FIRST_ROUTES, len(columns))
    while True:
        found = _solve(columns[:taken], limits, objective, count)
        needed = sum(column.least <= found[0].score for column in columns) if found else len(columns)
        if needed <= taken:
            return found
        taken = needed if found else min(len(columns), _MORE_ROUTES * taken)


def _columns(bridges: tuple[Bridge, ...], objective: Objective) -> list[_Column]:
    made = []
    for path in all_paths(bridges, objective):
        sizes: dict[int, Route] = {}
        for size in range(1, STEPS + 1):
            route = route_of(path, _amount(size, objective))
            if route is not None:
                sizes[size] = route
            elif sizes:
                break  # beyond the liquidity; before the first size, fees may exceed the amount
        if sizes:
            scores = {size: part_score(route, objective) for size, route in sizes.items()}
            time = time_score(mean_seconds(next(iter(sizes.values()))), objective)
            made.append((tuple(bridge.name for bridge in path), sizes, scores, time))
    price = min((score / size for _, _, scores, _ in made for size, score in scores.items()), default=0.0)
    columns = [
        _Column(
            names,
            sizes,
            scores,
            time,
            time + min(score + (STEPS - size) * price for size, score in scores.items()) - 1 / _SCORE_UNIT,
        )
        for names, sizes, scores, time in made
    ]
    return sorted(columns, key=lambda column: (column.least, len(column.names), column.names))


def _amount(size: int, objective: Objective) -> int:
    return -(-objective.amount_minor * size // STEPS)


def _solve(columns: Sequence[_Column], limits: dict[str, int], objective: Objective, count: int) -> list[Choice]:
    """The best choices among some routes."""
    model = cp_model.CpModel()
    chosen = {
        (at, size): model.new_bool_var(f"{at}:{size}") for at, column in enumerate(columns) for size in column.sizes
    }
    used = [model.new_bool_var(f"{at}") for at in range(len(columns))]
    for at, column in enumerate(columns):
        model.add(sum(chosen[at, size] for size in column.sizes) == used[at])
    model.add(sum(size * one for (_, size), one in chosen.items()) == STEPS)
    model.add(sum(used) <= MOST_PARTS)
    _limit_loads(model, columns, chosen, limits, objective.amount_minor)
    times = [_counted(column.time) for column in columns]
    slowest = model.new_int_var(0, max(times), "slowest")
    for one, time in zip(used, times, strict=True):
        model.add(slowest >= time * one)
    model.minimize(
        slowest + sum(_counted(columns[at].scores[size]) * one for (at, size), one in chosen.items()),
    )
    found: list[Choice] = []
    while len(found) < count:
        solver = _solver()
        solver.solve(model)
        if solver.status_name() == "INFEASIBLE":
            break
        if solver.status_name() != "OPTIMAL":
            raise NoRoute("no split of the amount was proven best in time; avoid some bridges, or forbid splitting")
        sizes = [(at, size) for (at, size), one in chosen.items() if solver.value(one)]
        routes = _routes(columns, sizes, objective)
        if routes is not None:
            found.append(choice_of(routes, objective))
        taken = {at for at, _ in sizes}
        model.add(sum(one if at in taken else -one for at, one in enumerate(used)) <= len(taken) - 1)
    return sorted(found, key=rank)


def _routes(columns: Sequence[_Column], sizes: list[tuple[int, int]], objective: Objective) -> list[Route] | None:
    """The routes of an answer; None where the largest cannot leave out what rounding made too much."""
    routes = sorted((columns[at].sizes[size] for at, size in sizes), key=lambda route: -route.amount_in_minor)
    largest = routes[0]
    others = sum(route.amount_in_minor for route in routes[1:])
    less = route_of([leg.bridge for leg in largest.legs], objective.amount_minor - others)
    return None if less is None else [less, *routes[1:]]


def _limit_loads(
    model: cp_model.CpModel,
    columns: Sequence[_Column],
    chosen: dict[tuple[int, int], cp_model.IntVar],
    limits: dict[str, int],
    amount_minor: int,
) -> None:
    unit = 1 + amount_minor // _MOST_LOAD
    loads: dict[str, list[Any]] = {}  # of linear terms
    for (at, size), one in chosen.items():
        for leg in columns[at].sizes[size].legs:
            loads.setdefault(leg.bridge.name, []).append(-(-leg.amount_out_minor // unit) * one)
    for name, parts in loads.items():
        if limits[name] < amount_minor:
            model.add(sum(parts) <= limits[name] // unit)


def _counted(score: float) -> int:
    return round(score * _SCORE_UNIT)


def _solver() -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # with more, which of equal answers comes first is chance
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = _MOST_DETERMINISTIC_SECONDS
    return solver
