"""The drawing of a graph: everything is in it, the route stands out, and no name breaks out of its place."""

from dataclasses import replace
from itertools import combinations
from xml.etree.ElementTree import Element, fromstring

from oracle.routing.drawing import svg
from oracle.routing.graph import Graph
from oracle.routing.objective import Objective
from oracle.routing.solve import solve
from tests.routing.graphs import UNIT, USDC, bridge, square

_SVG = "{http://www.w3.org/2000/svg}"


def _drawn(text: str) -> Element:
    return fromstring(text)  # noqa: S314 - our own drawing


def _arrows(root: Element) -> list[Element]:
    return [each for each in root.iter(f"{_SVG}path") if each.get("class") == "arrow"]


def _texts(root: Element) -> list[str]:
    return ["".join(each.itertext()) for each in root.iter(f"{_SVG}text")]


def test_every_chain_and_bridge_is_drawn_and_the_route_is_thick() -> None:
    plan = solve(square(), Objective(1_200 * UNIT, "USDC", "A", "C"))
    root = _drawn(svg(square(), plan))
    texts = _texts(root)
    assert {*square().chains, *(f"{each.name}" for each in square().bridges)} <= {
        text.split("1 ")[0] for text in texts
    } | set(texts)
    thick = [each for each in _arrows(root) if "stroke-width:3" in str(each.get("style"))]
    assert len(thick) == len(plan.routes[0].legs) == 2
    assert "1 200 USDC" in texts
    assert any("in fees" in text for text in texts)


def test_bridges_between_the_same_chains_lie_apart() -> None:
    graph = Graph(("A", "B"), (USDC,), tuple(bridge(f"b{at}", *("AB" if at % 2 else "BA")) for at in range(6)))
    paths = [str(each.get("d")) for each in _arrows(_drawn(svg(graph)))]
    assert all(one != other for one, other in combinations(paths, 2))


def test_no_name_breaks_out_of_its_place() -> None:
    evil = '</text><script>alert(1)</script>"\u202e'
    graph = square()
    graph = replace(graph, bridges=(replace(graph.bridges[0], name=evil), *graph.bridges[1:]))
    root = _drawn(svg(graph))
    assert not list(root.iter(f"{_SVG}script"))
    assert "\u202e" not in svg(graph)


def test_equal_plans_are_drawn_equally() -> None:
    plan = solve(square(), Objective(1_200 * UNIT, "USDC", "A", "C"))
    assert svg(square(), plan) == svg(square(), plan)
