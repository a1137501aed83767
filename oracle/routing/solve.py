"""From a graph and an objective to a plan: which way, what it comes to, and why."""

from dataclasses import replace

from oracle.errors import InputError, NoRoute
from oracle.routing.explanation import reason_of
from oracle.routing.graph import Graph
from oracle.routing.measures import rank
from oracle.routing.objective import Objective
from oracle.routing.paths import MOST_LEGS, best_paths, usable, without_limits
from oracle.routing.route import Choice, Plan
from oracle.routing.split import best_splits

MOST_CHAINS = 12
MOST_BRIDGES = 60
_ANSWERS = 3  # the best, and the next two


def solve(graph: Graph, objective: Objective) -> Plan:
    """The best way to serve an objective; the same for the same graph and objective.

    The best single route is found exactly, over all paths of at most six legs. An amount is split where the objective
    allows it, and liquidity keeps the best route from carrying it whole (`oracle.routing.split`).

    Raises:
        InputError: the graph is larger than what is solved, or lacks a chain or the asset of the objective.
        NoRoute: no route serves the objective; says what is in the way.
    """
    _check(graph, objective)
    bridges = usable(graph, objective)
    found = best_paths(bridges, objective, _ANSWERS)
    if objective.split:
        unlimited = best_paths(without_limits(bridges, objective.amount_minor), objective, 1)
        if unlimited and (not found or rank(unlimited[0]) != rank(found[0])):
            found = _merged(found, best_splits(bridges, objective, _ANSWERS))
    if not found:
        raise NoRoute(_obstacle(graph, objective))
    return Plan(objective, found[0], tuple(found[1:]), reason_of(found, graph, objective))


def _merged(single: list[Choice], split: list[Choice]) -> list[Choice]:
    """The best of both, each once."""
    by_routes = {rank(choice)[2]: choice for choice in (*split, *single)}
    return sorted(by_routes.values(), key=rank)[:_ANSWERS]


def _check(graph: Graph, objective: Objective) -> None:
    if len(graph.chains) > MOST_CHAINS or len(graph.bridges) > MOST_BRIDGES:
        raise InputError(
            f"the graph has {len(graph.chains)} chains and {len(graph.bridges)} bridges; at most {MOST_CHAINS} and "
            f"{MOST_BRIDGES} are solved exactly, so leave out those that are of no use"
        )
    graph.decimals(objective.asset)
    for chain in (objective.source, objective.target):
        if chain not in graph.chains:
            raise InputError(f"the graph has no chain {chain}; it has {', '.join(graph.chains)}")
    known = {*graph.chains, *graph.by_name}
    unknown = (objective.avoid | objective.prefer) - known
    if unknown:
        raise InputError(f"the graph has no chain or bridge {min(unknown)}; leave it out")


def _obstacle(graph: Graph, objective: Objective) -> str:
    """Why there is no route: by lifting what keeps it away, one after the other."""
    ends = f"from {objective.source} to {objective.target}"
    avoiding = f" that avoids {', '.join(sorted(objective.avoid))}" if objective.avoid else ""
    bridges = usable(graph, objective)
    timeless = replace(objective, deadline_seconds=None)
    unlimited = without_limits(bridges, objective.amount_minor)
    if not best_paths(unlimited, timeless, 1):
        return (
            f"no bridges in a row (at most {MOST_LEGS}) lead {ends}{avoiding}, or their fees exceed the amount: "
            "send more, or avoid less"
        )
    if objective.deadline_seconds is not None and not best_paths(unlimited, objective, 1):
        hurried = replace(timeless, weight_cost=0.0, weight_time=1.0, weight_risk=0.0)
        fastest = min(choice.p95_seconds for choice in best_paths(unlimited, hurried, _ANSWERS))
        return (
            f"no route {ends}{avoiding} keeps to {objective.deadline_seconds} s by 95 %; allow {fastest:.0f} s or more"
        )
    hint = "send less" if objective.split else "send less, or allow to split it"
    return f"no route {ends}{avoiding} can pay out the amount in time: {hint}"
