"""Which bound held a report back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.parameters import LIMITS, THETA_MAX_WAD, THETA_MIN_WAD
from oracle.formulas.lanes import WAD
from oracle.report.held import MAX_PHI, RATIO, STEP, THETA, held_by
from oracle.report.limits import bounded_lanes
from oracle.window.window import Nodes

_BOUNDS = {"limits": LIMITS, "theta_min_wad": THETA_MIN_WAD, "theta_max_wad": THETA_MAX_WAD}


def _nodes(*nodes: tuple[float, int], active: tuple[bool, ...] | None = None) -> Nodes:
    return Nodes(
        theta0_wad=tuple(int(theta0 * WAD) for theta0, _ in nodes),
        lanes=tuple(lane for _, lane in nodes),
        active=active or (True,) * len(nodes),
    )


def _held(nodes: Nodes, wish: list[int]) -> dict[str, int]:
    return held_by(wish, bounded_lanes(wish, nodes=nodes, **_BOUNDS), nodes=nodes, **_BOUNDS)  # type: ignore[arg-type]


# Nodes that stay where they are leave the joint ratio out of it.
_STILL = [(0.5, 0)] * 20


@pytest.mark.parametrize(
    ("node", "wish", "bound"),
    [
        ((0.5, 0), 1000, None),
        ((0.5, 0), 4000, STEP),
        ((0.5, 0), -4000, STEP),
        ((0.4, 15_000), 20_000, MAX_PHI),
        ((0.9, 1000), 4200, THETA),
        ((0.2, -1000), -4000, THETA),
    ],
)
def test_the_bound_that_stops_a_node_first_is_named(node: tuple[float, int], wish: int, bound: str | None) -> None:
    nodes = _nodes(node, *_STILL)
    assert _held(nodes, [wish] + [0] * 20) == ({} if bound is None else {bound: 1})


def test_nodes_that_the_sum_holds_are_held_by_the_ratio() -> None:
    # A step of 3276 units is 0.1, and exp(0.1) exceeds the ratio of 1.1.
    assert _held(_nodes(*[(0.5, 0)] * 10), [10_000] * 10) == {RATIO: 10}
    assert _held(_nodes(*[(0.5, 0)] * 10), [-10_000] * 10) == {RATIO: 10}
    assert _held(_nodes(*[(0.5, 0)] * 10), [3000] * 10) == {}


def test_a_retired_node_is_held_by_nothing() -> None:
    assert _held(_nodes((0.0, 0), (0.5, 0), active=(False, True)), [500, 500]) == {}


@given(
    st.lists(
        st.tuples(st.floats(0.1, 1.0), st.integers(-2000, 2000), st.integers(-16_000, 16_000)), min_size=1, max_size=20
    )
)
def test_every_node_that_misses_its_wish_is_counted_once(drawn: list[tuple[float, int, int]]) -> None:
    nodes = _nodes(*((theta0, lane) for theta0, lane, _ in drawn))
    wish = [wish for _, _, wish in drawn]
    lanes = bounded_lanes(wish, nodes=nodes, **_BOUNDS)  # type: ignore[arg-type]
    missed = sum(lane != wished for lane, wished in zip(lanes, wish, strict=True))
    assert sum(_held(nodes, wish).values()) == missed


def test_a_wish_and_lanes_of_other_lengths_are_never_cut_to_the_shorter() -> None:
    with pytest.raises(ValueError, match="zip"):
        held_by([4000, 0], [3276], nodes=_nodes((0.5, 0), (0.5, 0)), **_BOUNDS)  # type: ignore[arg-type]
