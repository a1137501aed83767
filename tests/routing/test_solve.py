"""Solving: the best route is the best of all, whatever the graph; and what a plan says is true."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.errors import InputError, NoRoute
from oracle.routing.graph import Bridge, Graph
from oracle.routing.measures import choice_of, is_in_time, rank, route_of
from oracle.routing.objective import Objective
from oracle.routing.route import Choice, Route
from oracle.routing.solve import solve
from oracle.routing.split import MOST_PARTS, STEPS
from tests.routing.graphs import UNIT, USDC, bridge, graphs, square

_CHEAP: dict[str, Any] = {"weight_cost": 1.0, "weight_time": 0.0, "weight_risk": 0.0}
_FAST: dict[str, Any] = {"weight_cost": 0.0, "weight_time": 1.0, "weight_risk": 0.0}
_SAFE: dict[str, Any] = {"weight_cost": 0.0, "weight_time": 0.0, "weight_risk": 1.0}
OBJECTIVE = Objective(1_200 * UNIT, "USDC", "A", "C")


def _objectives(chains: tuple[str, ...], *, split: bool) -> st.SearchStrategy[Objective]:
    def made(weights: tuple[int, int, int], deadline: int | None, prefer: bool) -> Objective:
        whole = sum(weights)
        return Objective(
            STEPS * 20_000,
            "USDC",
            chains[0],
            chains[1],
            deadline,
            weights[0] / whole,
            weights[1] / whole,
            1 - weights[0] / whole - weights[1] / whole,
            prefer=frozenset(["bridge-0"]) if prefer else frozenset(),
            split=split,
        )

    weights = st.tuples(st.integers(1, 3), st.integers(0, 3), st.integers(0, 3))
    return st.builds(made, weights, st.sampled_from([None, 300, 1_200]), st.booleans())


def _brute_paths(graph: Graph, objective: Objective) -> Iterator[tuple[Bridge, ...]]:
    """Every row of bridges that visits no chain twice, by trying all."""
    for count in range(1, len(graph.chains)):
        for row in itertools.permutations(graph.bridges, count):
            chains = [row[0].source, *(each.target for each in row)]
            joined = all(one.target == other.source for one, other in itertools.pairwise(row))
            ends = (chains[0], chains[-1]) == (objective.source, objective.target)
            if joined and ends and len(set(chains)) == len(chains):
                yield row


def _brute_single(graph: Graph, objective: Objective) -> list[Choice]:
    routes = (route_of(path, objective.amount_minor) for path in _brute_paths(graph, objective))
    kept = [choice_of([route], objective) for route in routes if route is not None and is_in_time(route, objective)]
    return sorted(kept, key=rank)


def _brute_split(graph: Graph, objective: Objective, steps: int) -> list[Choice]:
    """Every division of the amount into `steps` parts, over every few paths."""
    paths = list(_brute_paths(graph, objective))
    found = []
    for count in range(1, MOST_PARTS + 1):
        for some in itertools.combinations(paths, count):
            for cuts in itertools.combinations(range(1, steps), count - 1):
                sizes = [b - a for a, b in itertools.pairwise((0, *cuts, steps))]
                routes = [
                    route_of(path, objective.amount_minor * size // steps)
                    for path, size in zip(some, sizes, strict=True)
                ]
                kept = [route for route in routes if route is not None and is_in_time(route, objective)]
                if len(kept) == count and _fits(kept):
                    found.append(choice_of(kept, objective))
    return sorted(found, key=rank)


def _fits(routes: list[Route]) -> bool:
    loads: Counter[str] = Counter()
    for route in routes:
        for leg in route.legs:
            loads[leg.bridge.name] += leg.amount_out_minor
    return all(loads[leg.bridge.name] <= leg.bridge.liquidity_minor for route in routes for leg in route.legs)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_best_three_routes_are_the_best_of_all(data: st.DataObject) -> None:
    graph = data.draw(graphs())
    objective = data.draw(_objectives(graph.chains, split=False))
    wanted = _brute_single(graph, objective)[:3]
    if not wanted:
        with pytest.raises(NoRoute):
            solve(graph, objective)
        return
    plan = solve(graph, objective)
    assert [rank(choice) for choice in (plan.best, *plan.alternatives)] == [rank(choice) for choice in wanted]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_split_is_at_best_as_good_as_the_best_division_tried(data: st.DataObject) -> None:
    """Every division into tenths is one into twentieths, so none of those may be better."""
    graph = data.draw(graphs(most_chains=4, most_bridges=6))
    objective = data.draw(_objectives(graph.chains, split=True))
    wanted = [*_brute_split(graph, objective, 10), *_brute_single(graph, objective)]
    try:
        plan = solve(graph, objective)
    except NoRoute:
        assert not wanted
        return
    assert _fits(list(plan.routes))
    assert sum(route.amount_in_minor for route in plan.routes) == objective.amount_minor
    assert all(is_in_time(route, objective) for route in plan.routes)
    if wanted:
        assert plan.best.score <= min(choice.score for choice in wanted) + 1e-6


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_split_is_the_best_of_all_divisions_into_twentieths(data: st.DataObject) -> None:
    terms = [
        {
            "fee_bps": data.draw(st.integers(0, 90)),
            "liquidity_minor": data.draw(st.integers(0, 900_000)),
            "latency_mean_seconds": float(data.draw(st.integers(1, 100))),
        }
        for _ in range(3)
    ]
    graph = Graph(("A", "C"), (USDC,), tuple(bridge(f"b{at}", "A", "C", **each) for at, each in enumerate(terms)))
    objective = Objective(1_000_000, "USDC", "A", "C", split=True)
    wanted = _brute_split(graph, objective, STEPS)
    if not wanted:
        with pytest.raises(NoRoute):
            solve(graph, objective)
        return
    assert solve(graph, objective).best.score == pytest.approx(wanted[0].score, abs=1e-6)


@given(amount=st.integers(1, 10**30), fixed=st.integers(0, 10**6), bps=st.integers(0, 10_000))
def test_fees_are_rounded_up_in_integers(amount: int, fixed: int, bps: int) -> None:
    one = bridge("b", "A", "C", fee_fixed_minor=fixed, fee_bps=bps, liquidity_minor=10**31)
    exact = fixed + Fraction(amount * bps, 10_000)
    assert 0 <= one.fee_minor(amount) - exact < 1


def test_each_weight_has_its_way() -> None:
    assert solve(square(), replace(OBJECTIVE, **_CHEAP)).routes[0].names == ("ad", "dc")
    assert solve(square(), replace(OBJECTIVE, **_FAST)).routes[0].names == ("direct",)
    assert solve(square(), replace(OBJECTIVE, **_SAFE)).routes[0].names == ("direct",)
    assert solve(square(), OBJECTIVE).routes[0].names == ("ab", "bc")


def test_amounts_of_legs_follow_each_other_to_the_last_unit() -> None:
    route = solve(square(), replace(OBJECTIVE, amount_minor=1_000_003, **_CHEAP)).routes[0]
    # ⌈1000003 · 4 / 10⁴⌉ = 401 and ⌈999602 · 4 / 10⁴⌉ = 400
    assert [leg.amount_out_minor for leg in route.legs] == [999_602, 999_202]
    assert route.cost_minor == 801


def test_what_is_to_be_avoided_is_not_used() -> None:
    assert solve(square(), replace(OBJECTIVE, avoid=frozenset(["D"]), **_CHEAP)).routes[0].names == ("ab", "bc")
    without = replace(OBJECTIVE, avoid=frozenset(["D", "ab", "direct"]))
    with pytest.raises(NoRoute, match="that avoids D, ab, direct"):
        solve(square(), without)


def test_a_preferred_bridge_is_worth_a_detour_of_ten() -> None:
    close = replace(OBJECTIVE, weight_cost=0.5, weight_time=0.0, weight_risk=0.5)
    assert solve(square(), close).routes[0].names == ("ab", "bc")
    assert solve(square(), replace(close, prefer=frozenset(["direct"]))).routes[0].names == ("ab", "bc")
    graph = square()
    nearer = tuple(replace(each, fee_bps=25) if each.name == "direct" else each for each in graph.bridges)
    graph = replace(graph, bridges=nearer)
    assert solve(graph, close).routes[0].names == ("ab", "bc")
    assert solve(graph, replace(close, prefer=frozenset(["direct"]))).routes[0].names == ("direct",)


def test_a_deadline_is_kept_at_p95_and_not_only_on_average() -> None:
    # By B: 1800 s on average, and 1800 + √2 · 600 = 2648.5 s at p95.
    objective = replace(OBJECTIVE, avoid=frozenset(["D"]), **_CHEAP)
    assert solve(square(), replace(objective, deadline_seconds=2_649)).routes[0].names == ("ab", "bc")
    assert solve(square(), replace(objective, deadline_seconds=2_648)).routes[0].names == ("direct",)


def test_what_is_in_the_way_is_said() -> None:
    with pytest.raises(NoRoute, match="allow 60 s or more"):
        solve(square(), replace(OBJECTIVE, deadline_seconds=30))
    with pytest.raises(NoRoute, match="send less, or allow to split it"):
        solve(square(), replace(OBJECTIVE, amount_minor=50_000 * UNIT))
    with pytest.raises(NoRoute, match="lead from C to A"):
        solve(square(), replace(OBJECTIVE, source="C", target="A"))
    with pytest.raises(InputError, match="no chain E"):
        solve(square(), replace(OBJECTIVE, target="E"))
    with pytest.raises(InputError, match="no chain or bridge hop"):
        solve(square(), replace(OBJECTIVE, avoid=frozenset(["hop"])))
    with pytest.raises(InputError, match="no asset DAI"):
        solve(square(), replace(OBJECTIVE, asset="DAI"))
    large = Graph(tuple(f"c{at}" for at in range(13)), (USDC,), ())
    with pytest.raises(InputError, match="13 chains"):
        solve(large, OBJECTIVE)


def test_an_amount_is_split_only_where_it_may_be_and_must_be() -> None:
    much = replace(OBJECTIVE, amount_minor=15_000 * UNIT, split=True)
    plan = solve(square(), much)
    assert len(plan.routes) > 1
    assert sum(route.amount_in_minor for route in plan.routes) == much.amount_minor
    assert "The amount is split" in plan.reason
    assert len(solve(square(), replace(OBJECTIVE, split=True)).routes) == 1


def test_parts_add_up_where_twentieths_do_not() -> None:
    odd = replace(OBJECTIVE, amount_minor=15_000 * UNIT + 37, split=True)
    assert sum(route.amount_in_minor for route in solve(square(), odd).routes) == odd.amount_minor


def test_amounts_with_eighteen_decimals_are_split_too() -> None:
    graph = Graph(
        ("A", "C"),
        (replace(USDC, decimals=18),),
        tuple(bridge(name, "A", "C", liquidity_minor=900 * 10**18) for name in ("one", "two")),
    )
    plan = solve(graph, Objective(1_200 * 10**18, "USDC", "A", "C", split=True))
    assert _fits(list(plan.routes))
    assert len(plan.routes) == 2


def test_equal_questions_have_equal_answers() -> None:
    much = replace(OBJECTIVE, amount_minor=15_000 * UNIT, split=True)
    assert solve(square(), much) == solve(square(), much)
    turned = replace(square(), bridges=square().bridges[::-1])
    assert solve(turned, much).best == solve(square(), much).best


def test_a_plan_says_why_and_what_the_next_two_would_have_cost() -> None:
    assert solve(square(), OBJECTIVE).reason == (
        "from A by ab to B, bc to C: 1.1997 USDC in fees (0.10 %), 30 min on average (44 min at p95), 98.0 % chance "
        "that no leg fails. The next best, from A by ad to D, dc to C, would have come to 0.959808 USDC in fees "
        "(0.08 %), 120 s on average (205 s at p95), 36.0 % chance that no leg fails; it loses by its risk, though its "
        "time and its fees would be better. The third, from A by direct to C, would have come to 4.8 USDC in fees "
        "(0.40 %), 30 s on average (60 s at p95), 99.0 % chance that no leg fails; it loses by its fees, though its "
        "time and its risk would be better."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount_minor": 0}, "above 0"),
        ({"target": "A"}, "source and target"),
        ({"deadline_seconds": 0}, "deadline"),
        ({"weight_cost": 0.9}, "sum to 1"),
        ({"weight_cost": float("nan")}, "sum to 1"),
        ({"avoid": frozenset(["x"]), "prefer": frozenset(["x"])}, "avoided and preferred"),
        ({"avoid": frozenset(["A"])}, "an end of the transfer"),
    ],
)
def test_objectives_that_contradict_themselves_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        replace(OBJECTIVE, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"fee_bps": 10_001},
        {"fee_fixed_minor": -1},
        {"liquidity_minor": -1},
        {"latency_mean_seconds": 130.0},
        {"latency_mean_seconds": float("nan")},
        {"success": 1.1},
        {"observations": -1.0},
        {"refund_seconds": -1},
        {"source": "C"},
        {"kind": "ferry"},
    ],
)
def test_bridges_that_cannot_be_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError, match="bridge"):
        replace(bridge("one", "A", "C"), **change)  # type: ignore[arg-type]


def test_names_of_a_graph_are_unique_whatever_their_case() -> None:
    with pytest.raises(InputError, match="two chains or bridges are called 'a'"):
        Graph(("A", "C"), (USDC,), (bridge("a", "A", "C"),))
