"""The best simple paths of a graph for an objective, by branch and bound.

Fees and liquidity depend on the amount, which shrinks with every leg, so weights of edges are not known beforehand and
Yen's algorithm does not serve. Paths are walked with their exact amounts instead; a walk ends where even the rest's
least possible score, by Dijkstra's algorithm over what does not depend on the amount, is above the k best so far.
"""

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import networkx as nx

from oracle.routing.graph import WHOLE_BPS, Bridge, Graph
from oracle.routing.measures import (
    MINUTE_SECONDS,
    choice_of,
    held_seconds,
    is_in_time,
    rank,
    route_of,
)
from oracle.routing.objective import Objective
from oracle.routing.route import Choice, Leg

MOST_LEGS = 6
_SLACK = 1e-6  # of a score or a second, so that rounding drops no path that is as good


@dataclass(frozen=True)
class Bounds:
    """From each chain, the least that is left to the target; chains that cannot reach it are missing."""

    seconds: dict[str, float]
    score: dict[str, float]
    legs: dict[str, int]


@dataclass(frozen=True)
class _Walk:
    chains: frozenset[str]
    bridges: tuple[Bridge, ...]
    at: str
    amount_minor: int
    seconds: float = 0.0
    spread: float = 0.0  # Σ (p95 − mean)²
    score: float = 0.0


def usable(graph: Graph, objective: Objective) -> tuple[Bridge, ...]:
    """The bridges that carry the asset and are not to be avoided, by name."""
    avoided = objective.avoid
    return tuple(
        sorted(
            (
                bridge
                for bridge in graph.bridges
                if bridge.asset == objective.asset and not avoided & {bridge.name, bridge.source, bridge.target}
            ),
            key=lambda bridge: bridge.name,
        )
    )


def without_limits(bridges: tuple[Bridge, ...], amount_minor: int) -> tuple[Bridge, ...]:
    """The same bridges, as if each could pay out the whole amount."""
    return tuple(replace(bridge, liquidity_minor=amount_minor) for bridge in bridges)


def best_paths(bridges: tuple[Bridge, ...], objective: Objective, count: int) -> list[Choice]:
    """The best ways to send the whole amount by one route, best first; fewer where there are fewer."""
    bounds = bounds_of(bridges, objective)
    if objective.source not in bounds.legs:
        return []
    leaving = _leaving(bridges)
    found: list[tuple[tuple[float, int, tuple[tuple[str, ...], ...]], Choice]] = []
    stack = [_Walk(frozenset([objective.source]), (), objective.source, objective.amount_minor)]
    while stack:
        walk = stack.pop()
        if len(found) == count and walk.score + bounds.score[walk.at] > found[-1][1].score + _SLACK:
            continue
        if walk.at == objective.target:
            route = route_of(walk.bridges, objective.amount_minor)
            if route is not None and is_in_time(route, objective):
                choice = choice_of([route], objective)
                bisect.insort(found, (rank(choice), choice), key=lambda each: each[0])
                del found[count:]
            continue
        steps = [step for bridge in leaving.get(walk.at, ()) if (step := _step(walk, bridge, objective, bounds))]
        # The most promising is walked first.
        stack.extend(sorted(steps, key=lambda step: -(step.score + bounds.score[step.at])))
    return [choice for _, choice in found]


def all_paths(bridges: tuple[Bridge, ...], objective: Objective) -> Iterator[tuple[Bridge, ...]]:
    """All simple paths that keep to the deadline by 95 %, whatever they cost and can carry."""
    bounds = bounds_of(bridges, objective)
    if objective.source not in bounds.legs:
        return
    leaving = _leaving(without_limits(bridges, objective.amount_minor))
    original = {bridge.name: bridge for bridge in bridges}
    stack = [_Walk(frozenset([objective.source]), (), objective.source, objective.amount_minor)]
    while stack:
        walk = stack.pop()
        if walk.at == objective.target:
            yield tuple(original[bridge.name] for bridge in walk.bridges)
            continue
        stack.extend(step for bridge in leaving.get(walk.at, ()) if (step := _step(walk, bridge, objective, bounds)))


def bounds_of(bridges: tuple[Bridge, ...], objective: Objective) -> Bounds:
    """The least that is left from each chain to the target, over what does not depend on the amount."""
    backwards = nx.MultiDiGraph()
    for bridge in bridges:
        fixed = WHOLE_BPS * bridge.fee_fixed_minor / objective.amount_minor
        minutes = bridge.latency_mean_seconds / MINUTE_SECONDS
        backwards.add_edge(
            bridge.target,
            bridge.source,
            seconds=bridge.latency_mean_seconds,
            score=objective.weight_cost * fixed + objective.weight_time * minutes,
        )
    if objective.target not in backwards:
        return Bounds({}, {}, {})
    return Bounds(
        seconds=nx.single_source_dijkstra_path_length(backwards, objective.target, weight="seconds"),
        score=nx.single_source_dijkstra_path_length(backwards, objective.target, weight="score"),
        legs=dict(nx.single_source_shortest_path_length(backwards, objective.target)),
    )


def _leaving(bridges: tuple[Bridge, ...]) -> dict[str, list[Bridge]]:
    leaving: dict[str, list[Bridge]] = {}
    for bridge in bridges:
        leaving.setdefault(bridge.source, []).append(bridge)
    return leaving


def _step(walk: _Walk, bridge: Bridge, objective: Objective, bounds: Bounds) -> _Walk | None:
    """The walk by one bridge more; None where it cannot end at the target in time and in legs."""
    if bridge.target in walk.chains or bridge.target not in bounds.legs:
        return None
    if len(walk.bridges) + 1 + bounds.legs[bridge.target] > MOST_LEGS:
        return None
    paid = bridge.paid_minor(walk.amount_minor)
    if paid is None:
        return None
    mean = bridge.latency_mean_seconds
    seconds = walk.seconds + mean
    spread = walk.spread + (bridge.latency_p95_seconds - mean) ** 2
    deadline = objective.deadline_seconds
    if deadline is not None and seconds + bounds.seconds[bridge.target] + math.sqrt(spread) > deadline + _SLACK:
        return None
    leg = Leg(bridge, walk.amount_minor, paid)
    whole = objective.amount_minor
    added = (
        objective.weight_cost * WHOLE_BPS * (walk.amount_minor - paid) / whole
        + objective.weight_time * mean / MINUTE_SECONDS
        + objective.weight_risk * held_seconds(leg) / MINUTE_SECONDS * walk.amount_minor / whole
    )
    return _Walk(
        walk.chains | {bridge.target},
        (*walk.bridges, bridge),
        bridge.target,
        paid,
        seconds,
        spread,
        walk.score + added,
    )
