"""Ways to choose the next route: our solver, fewest hops, and what is cheapest now.

Each is asked anew at every chain on the way, and after every leg that failed. A choice that ignores failures would
take the same bridge again for ever, so all leave out the bridges on which this transfer has failed, as long as there
are others.
"""

from collections.abc import Callable
from dataclasses import replace

from oracle.errors import NoRoute
from oracle.routing.graph import Graph
from oracle.routing.objective import Objective
from oracle.routing.paths import best_paths, usable
from oracle.routing.route import Route
from oracle.routing.solve import solve

# The graph as it seems, what is wanted from here on, and the bridges that failed: routes, or none for now.
Chooser = Callable[[Graph, Objective, frozenset[str]], tuple[Route, ...]]


def solver(graph: Graph, objective: Objective, failed: frozenset[str]) -> tuple[Route, ...]:
    """The best route by all that is known; where none keeps to the deadline, the quickest."""
    hurried = replace(objective, deadline_seconds=None, weight_cost=0.0, weight_time=0.5, weight_risk=0.5)
    for wanted in (objective, hurried):
        for left_out in (failed, frozenset[str]()):
            try:
                return solve(graph, replace(wanted, avoid=objective.avoid | left_out)).routes
            except NoRoute:
                continue
    return ()


def cheapest_now(graph: Graph, objective: Objective, failed: frozenset[str]) -> tuple[Route, ...]:
    """The route with the lowest fees at this moment."""
    cheap = replace(objective, deadline_seconds=None, weight_cost=1.0, weight_time=0.0, weight_risk=0.0)
    return _first(graph, cheap, failed)


def fewest_hops(graph: Graph, objective: Objective, failed: frozenset[str]) -> tuple[Route, ...]:
    """The route with the fewest legs, and of those the first by name."""
    terms = {"fee_fixed_minor": 0, "fee_bps": 0, "latency_mean_seconds": 1.0, "latency_p95_seconds": 1.0}
    levelled = replace(graph, bridges=tuple(replace(bridge, **terms) for bridge in graph.bridges))  # type: ignore[arg-type]
    short = replace(objective, deadline_seconds=None, weight_cost=0.0, weight_time=1.0, weight_risk=0.0)
    return _first(levelled, short, failed)


CHOOSERS: dict[str, Chooser] = {"solver": solver, "cheapest now": cheapest_now, "fewest hops": fewest_hops}


def _first(graph: Graph, objective: Objective, failed: frozenset[str]) -> tuple[Route, ...]:
    for left_out in (failed, frozenset[str]()):
        found = best_paths(usable(graph, replace(objective, avoid=objective.avoid | left_out)), objective, 1)
        if found:
            return found[0].routes
    return ()
