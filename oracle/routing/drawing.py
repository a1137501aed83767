"""The graph of chains and bridges as SVG, with the routes of a plan drawn in it."""

import math
from collections import defaultdict
from collections.abc import Sequence
from xml.sax.saxutils import escape

import networkx as nx

from oracle.plans.svg import LABEL, TEXT, box, page, paragraph, shown, width_of
from oracle.routing.explanation import amount_in_words
from oracle.routing.graph import Bridge, Graph
from oracle.routing.route import Plan, Route

_SIZE, _MARGIN, _BOX_HEIGHT = 720, 110, 34
_BEND = 34  # pixels between bridges of the same two chains
_MOST_LETTERS = 24
# Of parts of an amount, the largest first; they differ in lightness too.
_COLOURS = ("#1f6feb", "#c2410c", "#7c3aed")
_QUIET_STYLE = "opacity:0.55"

_Point = tuple[float, float]


def svg(graph: Graph, plan: Plan | None = None) -> str:
    """A drawing of a graph; a plan's bridges are thick, and its legs say what they carry."""
    places = _places(graph)
    width, height = _extent(graph, places)
    routes = plan.routes if plan is not None else ()
    marks = [_arrow(bridge, places, bend, routes) for bridge, bend in _bends(graph.bridges)]
    labels = [_label(graph, bridge, places, bend, routes) for bridge, bend in _bends(graph.bridges)]
    boxes = [_chain(name, places[name], routes) for name in graph.chains]
    words = []
    top = height
    if plan is not None:
        said = paragraph(shown(plan.reason), TEXT, width - 2 * 24)
        words, height = [said.at(24, top)], top + said.height + 24
    return page(width, height, _title(plan), "\n".join([*marks, *labels, *boxes, *words]))


def _title(plan: Plan | None) -> str:
    if plan is None:
        return "Chains and the bridges between them"
    return shown(f"The route from {plan.objective.source} to {plan.objective.target}")


def _places(graph: Graph) -> dict[str, _Point]:
    ring = nx.Graph()
    ring.add_nodes_from(graph.chains)
    middle, reach = _SIZE / 2, _SIZE / 2 - _MARGIN
    laid = nx.circular_layout(ring)
    return {name: (middle + reach * float(x), middle - reach * float(y)) for name, (x, y) in laid.items()}


def _extent(graph: Graph, places: dict[str, _Point]) -> tuple[int, int]:
    lowest = max((places[name][1] for name in graph.chains), default=0.0)
    return _SIZE, round(lowest + _MARGIN)


def _bends(bridges: Sequence[Bridge]) -> list[tuple[Bridge, float]]:
    """Each bridge with how far its line bends to its left; none lies on another."""
    between: dict[tuple[str, str], list[Bridge]] = defaultdict(list)
    for bridge in bridges:
        between[bridge.source, bridge.target].append(bridge)
    return [(bridge, _BEND * (at + 0.5)) for some in between.values() for at, bridge in enumerate(some)]


def _curve(bridge: Bridge, places: dict[str, _Point], bend: float) -> tuple[_Point, _Point, _Point]:
    (x0, y0), (x1, y1) = places[bridge.source], places[bridge.target]
    length = math.hypot(x1 - x0, y1 - y0)
    along, across = ((x1 - x0) / length, (y1 - y0) / length), ((y1 - y0) / length, (x0 - x1) / length)
    # The line ends beside the boxes, and not within them.
    room = min(_BOX_HEIGHT + 6.0, length / 3)
    middle = ((x0 + x1) / 2 + 2 * bend * across[0], (y0 + y1) / 2 + 2 * bend * across[1])
    side = bend / 3
    start = (x0 + room * along[0] + side * across[0], y0 + room * along[1] + side * across[1])
    end = (x1 - room * along[0] + side * across[0], y1 - room * along[1] + side * across[1])
    return start, middle, end


def _carrying(bridge: Bridge, routes: Sequence[Route]) -> list[int]:
    return [at for at, route in enumerate(routes) if bridge.name in route.names]


def _arrow(bridge: Bridge, places: dict[str, _Point], bend: float, routes: Sequence[Route]) -> str:
    (x0, y0), (x1, y1), (x2, y2) = _curve(bridge, places, bend)
    carrying = _carrying(bridge, routes)
    style = f"stroke:{_COLOURS[carrying[0] % len(_COLOURS)]};stroke-width:3" if carrying else _QUIET_STYLE
    return (
        f'<path class="arrow" style="{style}" marker-end="url(#plan-tip)" '
        f'd="M{x0:.1f} {y0:.1f} Q{x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f}"><title>{escape(_about(bridge))}</title></path>'
    )


def _about(bridge: Bridge) -> str:
    return shown(
        f"{bridge.name} ({bridge.kind.replace('_', ' ')}): {bridge.fee_bps / 100:.2f} %, "
        f"{bridge.latency_mean_seconds:.0f} s, p95 {bridge.latency_p95_seconds:.0f} s, "
        f"{100 * bridge.success:.0f} % succeed"
    )


def _label(graph: Graph, bridge: Bridge, places: dict[str, _Point], bend: float, routes: Sequence[Route]) -> str:
    (x0, y0), (x1, y1), (x2, y2) = _curve(bridge, places, bend)
    x, y = x0 / 4 + x1 / 2 + x2 / 4, y0 / 4 + y1 / 2 + y2 / 4
    lines = [_short(bridge.name)]
    for at in _carrying(bridge, routes):
        leg = next(leg for leg in routes[at].legs if leg.bridge.name == bridge.name)
        lines.append(amount_in_words(leg.amount_in_minor, graph.decimals(bridge.asset), bridge.asset))
    made = [paragraph(line, LABEL, _SIZE) for line in lines]
    top = round(y) - sum(each.height for each in made) // 2
    return "".join(each.at(round(x), top + at * LABEL.leading, "middle") for at, each in enumerate(made))


def _chain(name: str, place: _Point, routes: Sequence[Route]) -> str:
    text = _short(name)
    width = max(54, round(width_of(text, TEXT)) + 24)
    x, y = round(place[0]) - width // 2, round(place[1]) - _BOX_HEIGHT // 2
    css = "done" if any(name in route.chains for route in routes) else "card"
    label = paragraph(text, TEXT, _SIZE).at(round(place[0]), y + 8, "middle")
    return box(css, x, y, width, _BOX_HEIGHT) + label


def _short(name: str) -> str:
    clean = shown(name)
    return clean if len(clean) <= _MOST_LETTERS else clean[: _MOST_LETTERS - 1] + "…"
