"""What `bounded_lanes` returns keeps every bound of the contract, whatever is wished."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from deploy.parameters import LIMITS
from oracle.formulas.difficulty import sum_exp
from oracle.formulas.exp_table import sum_exp_q85
from oracle.formulas.lanes import MAX_LANE, MIN_LANE, UNITS_PER_ONE, WAD_PER_UNIT
from oracle.report.limits import Limits, Moment, bounded_lanes, cleared_lanes, is_spaced, quantise
from oracle.window.window import Nodes
from tests.examples import WAD

LANES = st.integers(-(1 << 15), (1 << 15) - 1)


@st.composite
def networks(draw: st.DrawFn) -> Nodes:
    """Nodes in a state that the contract can be in: within the bounds."""
    count = draw(st.integers(1, 24))
    theta0: list[int] = []
    lanes: list[int] = []
    active: list[bool] = []
    for _ in range(count):
        value = draw(st.integers(WAD // 10, WAD))
        is_active = draw(st.booleans()) if any(active) else True
        low = max(-LIMITS.max_phi_lane, -((value - WAD // 10) // WAD_PER_UNIT))
        high = min(LIMITS.max_phi_lane, (WAD - value) // WAD_PER_UNIT)
        theta0.append(value if is_active else 0)
        lanes.append(draw(st.integers(low, high)) if is_active else 0)
        active.append(is_active)
    return Nodes(theta0_wad=tuple(theta0), lanes=tuple(lanes), active=tuple(active))


def _bounded(wish: list[int], nodes: Nodes, limits: Limits = LIMITS) -> list[int]:
    return bounded_lanes(wish, nodes=nodes, limits=limits, theta_min_wad=WAD // 10, theta_max_wad=WAD)


def _sum(lanes: list[int], nodes: Nodes) -> float:
    return sum(math.exp(q / UNITS_PER_ONE) for q, active in zip(lanes, nodes.active, strict=True) if active)


@given(nodes=networks(), data=st.data())
def test_every_bound_holds_for_any_wish(nodes: Nodes, data: st.DataObject) -> None:
    wish = data.draw(st.lists(LANES, min_size=nodes.count, max_size=nodes.count))
    lanes = _bounded(wish, nodes)
    for lane, previous, theta0, active in zip(lanes, nodes.lanes, nodes.theta0_wad, nodes.active, strict=True):
        if not active:
            assert lane == 0
            continue
        assert abs(lane) <= LIMITS.max_phi_lane
        assert abs(lane - previous) <= LIMITS.max_step_lane
        assert WAD // 10 <= theta0 + lane * WAD_PER_UNIT <= WAD
    before, after = _sum(list(nodes.lanes), nodes), _sum(lanes, nodes)
    assert after <= before * 1.1
    assert before <= after * 1.1


def _is_cleared(lane: int, theta0: int) -> bool:
    """2q + e within twice the bounds in whole units, inward: `ThetaLanes.within` of the contracts."""
    entry = min(65_535, math.floor(Fraction(theta0, WAD_PER_UNIT)) + math.ceil(Fraction(theta0, WAD_PER_UNIT)))
    return 2 * math.ceil(Fraction(WAD // 10, WAD_PER_UNIT)) <= 2 * lane + entry <= 2 * UNITS_PER_ONE


@given(nodes=networks(), wish=LANES)
def test_lanes_are_cleared_by_what_the_contract_keeps_of_theta0(nodes: Nodes, wish: int) -> None:
    lanes = _bounded([wish] * nodes.count, nodes)
    for lane, theta0, active in zip(lanes, nodes.theta0_wad, nodes.active, strict=True):
        assert not active or _is_cleared(lane, theta0)


@given(nodes=networks())
def test_staying_put_is_always_allowed_but_for_lanes_that_are_not_cleared(nodes: Nodes) -> None:
    """These move by the one lane that clears them."""
    stayed = _bounded(list(nodes.lanes), nodes)
    for lane, previous, theta0, active in zip(stayed, nodes.lanes, nodes.theta0_wad, nodes.active, strict=True):
        expected_move = int(active and not _is_cleared(previous, theta0))
        assert abs(lane - previous) == expected_move


def test_a_wish_within_all_bounds_is_kept() -> None:
    nodes = Nodes(theta0_wad=(WAD // 2,) * 3, lanes=(0,) * 3, active=(True,) * 3)
    assert _bounded([100, -200, 300], nodes) == [100, -200, 300]


HALVES = Nodes(theta0_wad=(WAD // 2,) * 4, lanes=(0,) * 4, active=(True,) * 4)


def test_wishes_beyond_the_joint_ratio_are_lowered_alike_so_nodes_stay_apart() -> None:
    lanes = _bounded([3000, 2900, 2400, 1638], HALVES, replace(LIMITS, max_sum_ratio_bps=10_500))
    assert [lane - lanes[0] for lane in lanes] == [0, -100, -600, -1362]
    sums = [sum_exp_q85([lane + more for lane in lanes]) * 10_000 for more in (0, 1)]
    assert sums[0] <= sum_exp_q85([0] * 4) * 10_500 < sums[1]  # a lane more for each would be too much


@pytest.mark.parametrize("up", [1, -1])
def test_wishes_far_beyond_the_step_set_nodes_apart_within_it(up: int) -> None:
    """All wish more than a step (3276 lanes) allows, and the joint ratio allows 3123 on average."""
    lanes = [up * lane for lane in _bounded([up * lane for lane in (20_000, 19_990, 19_950, 19_900)], HALVES)]
    assert [lane - lanes[0] for lane in lanes] == [0, -10, -50, -100]
    assert 3123 < lanes[0] < 3276
    lanes = [up * lane for lane in _bounded([up * lane for lane in (20_000, 20_000, 20_000, 10_000)], HALVES)]
    assert lanes[:3] == [3276] * 3  # one that wishes far less waits for the others
    assert 2500 < lanes[3] < 3123


def test_what_moves_against_the_sum_gets_its_wish() -> None:
    lanes = _bounded([3276, 3276, 3276, -50], HALVES, replace(LIMITS, max_sum_ratio_bps=10_100))
    assert lanes[0] == lanes[1] == lanes[2] > 0
    assert lanes[3] == -50


def test_a_sum_that_only_the_contracts_rounding_puts_over_the_joint_ratio_is_lowered() -> None:
    """The true sum lies 2e-14 under 1.05 times the former, the contract's table 2e-13 over it: it would refuse."""
    wish = [750, 767, 1663, 3156]
    with mp.workdps(60):
        assert sum_exp(wish) < mpf(42) / 10
    assert sum_exp_q85(wish) * 10_000 > sum_exp_q85([0] * 4) * 10_500  # PhiOracle._checkSumRatio
    lanes = _bounded(wish, HALVES, replace(LIMITS, max_sum_ratio_bps=10_500))
    assert sum_exp_q85(lanes) * 10_000 <= sum_exp_q85([0] * 4) * 10_500
    assert lanes == [lane - 1 for lane in wish]


def test_a_fall_that_only_the_contracts_rounding_puts_over_the_joint_ratio_is_raised() -> None:
    nodes = replace(HALVES, lanes=(750, 767, 1663, 3156))
    lanes = _bounded([0, 0, 0, 0], nodes, replace(LIMITS, max_sum_ratio_bps=10_500))
    assert sum_exp_q85(nodes.lanes) * 10_000 <= sum_exp_q85(lanes) * 10_500
    assert lanes == [1, 1, 1, 1]


TIGHTENED = st.builds(
    replace,
    st.just(LIMITS),
    max_phi_lane=st.sampled_from([0, 100, 5000, 1 << 14]),
    max_step_lane=st.sampled_from([0, 50, 3276, 1 << 15]),
    max_sum_ratio_bps=st.sampled_from([10_000, 10_100, 11_000, 30_000]),
)


@given(nodes=networks(), limits=TIGHTENED, data=st.data())
def test_lanes_fit_limits_tightened_later_wherever_forced_moves_do(
    nodes: Nodes, limits: Limits, data: st.DataObject
) -> None:
    wish = data.draw(st.lists(LANES, min_size=nodes.count, max_size=nodes.count))
    lanes = _bounded(wish, nodes, limits)
    forced: list[int] = []
    for lane, previous, active in zip(lanes, nodes.lanes, nodes.active, strict=True):
        nearest = max(-limits.max_phi_lane, min(limits.max_phi_lane, previous))
        reachable = abs(nearest - previous) <= limits.max_step_lane
        forced.append(nearest if active and reachable else previous)
        if active and reachable:
            assert abs(lane) <= limits.max_phi_lane
            assert abs(lane - previous) <= limits.max_step_lane
        else:
            assert lane == previous  # which is 0 where the node is retired
    before, after, least = (_sum(list(each), nodes) for each in (nodes.lanes, lanes, forced))
    ratio = limits.max_sum_ratio_bps / 10_000
    if max(least / before, before / least) < ratio - 1e-8:
        assert max(after / before, before / after) <= ratio + 1e-12
    elif ratio > 1:
        assert lanes == forced


def test_a_forced_move_is_made_even_where_the_wish_must_be_raised() -> None:
    nodes = Nodes(theta0_wad=(WAD // 2,) * 2, lanes=(300, 0), active=(True, True))
    limits = replace(LIMITS, max_phi_lane=200, max_step_lane=1 << 14, max_sum_ratio_bps=10_020)
    lanes = _bounded([-5000, -5000], nodes, limits)
    assert -200 < lanes[0] < 200
    assert _sum([300, 0], nodes) / _sum(lanes, nodes) <= 1.002


def test_reports_are_spaced_from_the_block_of_the_last() -> None:
    last = Moment(1_000, 50_000)
    blocks = [Moment(number, 60_000) for number in (1_000, 1_001, 1_002, 2_000)]
    assert [is_spaced(LIMITS, last=last, block=block) for block in blocks] == [False, False, True, True]


def test_refuses_a_wish_of_another_length() -> None:
    nodes = Nodes(theta0_wad=(WAD // 2,), lanes=(0,), active=(True,))
    with pytest.raises(ValueError, match="2 lanes for 1 nodes"):
        _bounded([1, 2], nodes)


@given(st.lists(st.floats(-2, 2), max_size=20))
def test_quantised_phi_is_the_nearest_lane(phi: list[float]) -> None:
    for value, lane in zip(phi, quantise(phi), strict=True):
        clipped = max(-1.0, min(1 - 1 / UNITS_PER_ONE, value))
        assert abs(lane / UNITS_PER_ONE - clipped) <= 0.5 / UNITS_PER_ONE


FREE = replace(LIMITS, max_phi_lane=MAX_LANE, max_step_lane=65_535, max_sum_ratio_bps=(1 << 32) - 1)


@pytest.mark.parametrize(
    ("limits", "theta0_wad", "previous", "wish", "lane"),
    [
        (replace(FREE, max_phi_lane=100), WAD // 2, 0, 101, 100),
        (replace(FREE, max_phi_lane=100), WAD // 2, 0, -101, -100),
        (replace(FREE, max_phi_lane=100), WAD // 2, 0, 100, 100),
        (replace(FREE, max_step_lane=10), WAD // 2, 50, 61, 60),
        (replace(FREE, max_step_lane=10), WAD // 2, 50, 39, 40),
        (replace(FREE, max_step_lane=10), WAD // 2, -50, -39, -40),
        # Theta from 0.1 to 1: a lane more would leave it, also where theta0 is no whole number of lanes away.
        (FREE, WAD // 2, 0, MAX_LANE, 16_384),
        (FREE, WAD // 2, 0, -MAX_LANE, -13_107),
        (FREE, WAD - 1, 0, 5, 0),
        (FREE, WAD - WAD_PER_UNIT, 0, 5, 1),
        # 0.1 is no whole number of lane units, and neither is theta0: the last lane within would be read node by node,
        # so the one before it is the bound, also where it is in force already.
        (FREE, WAD // 10 + WAD_PER_UNIT, 0, -5, 0),
        (FREE, WAD // 10 + 2 * WAD_PER_UNIT, 0, -5, -1),
        (FREE, WAD // 10 + WAD_PER_UNIT, -1, -5, 0),
        (FREE, WAD // 10 + WAD_PER_UNIT, -1, -1, 0),
        (FREE, WAD // 10 + WAD_PER_UNIT, -1, 5, 5),
        (FREE, WAD // 10 + WAD_PER_UNIT - 1, 0, -5, 0),
        # Bounds that exclude each other: the lane in force stays.
        (replace(FREE, max_phi_lane=100, max_step_lane=10), WAD // 2, 200, 0, 200),
        (replace(FREE, max_phi_lane=100, max_step_lane=10), WAD // 2, -200, 0, -200),
        # Bounds that meet in one lane.
        (replace(FREE, max_phi_lane=100, max_step_lane=100), WAD // 2, 200, 0, 100),
    ],
)
def test_a_wish_beyond_a_bound_gets_the_bound(
    limits: Limits, theta0_wad: int, previous: int, wish: int, lane: int
) -> None:
    nodes = Nodes(theta0_wad=(theta0_wad,), lanes=(previous,), active=(True,))
    assert _bounded([wish], nodes, limits) == [lane]


def _units(tenths: int) -> int:
    """Theta of so many tenths of a lane unit, in WAD."""
    return tenths * WAD_PER_UNIT // 10


@pytest.mark.parametrize(
    ("theta0", "least", "most", "lanes"),
    [
        (163_840, 163_830, 163_850, (-1, 1)),  # all whole units
        (163_845, 163_840, 163_856, (0, 0)),  # +1 lies within and is not cleared
        (163_845, 163_833, 163_849, (0, -1)),  # none is cleared
        (327_680, 32_768, 327_680, (-29_490, 0)),  # twice theta0 does not fit 16 bits, so it is one less
        (327_675, 32_768, 327_680, (-29_490, 0)),
    ],
)
def test_cleared_lanes_are_within_bounds_that_are_rounded_inward(
    theta0: int, least: int, most: int, lanes: tuple[int, int]
) -> None:
    found = cleared_lanes(_units(theta0), _units(least), _units(most))
    assert found == lanes
    assert [type(lane) for lane in found] == [int, int]


@pytest.mark.parametrize(
    ("least", "most", "wish", "lane"),
    [
        (163_840, 163_856, 5, 0),  # one lane is cleared: the only one
        (163_833, 163_849, 5, 0),  # none is: those within the bounds, 0 and -1
        (163_833, 163_849, -5, -1),
    ],
)
def test_where_no_lane_is_cleared_those_within_the_bounds_count(least: int, most: int, wish: int, lane: int) -> None:
    nodes = Nodes(theta0_wad=(_units(163_845),), lanes=(3,), active=(True,))
    bounds = {"theta_min_wad": _units(least), "theta_max_wad": _units(most)}
    found = bounded_lanes([wish], nodes=nodes, limits=FREE, **bounds)
    assert found == [lane]


def test_where_no_sum_but_the_present_fits_the_joint_ratio_no_move_is_made() -> None:
    limits = replace(LIMITS, max_sum_ratio_bps=10_000)
    assert _bounded([3276] * 4, HALVES, limits) == [0] * 4
    assert _bounded([3276, 3276, 3276, -50], HALVES, limits) == [0] * 4


def test_a_retired_nodes_lane_is_zero_and_counts_in_no_sum() -> None:
    nodes = Nodes(theta0_wad=(WAD // 2, 0, 0), lanes=(0, 0, 0), active=(True, False, False))
    assert _bounded([1000, 1000, -1000], nodes) == [1000, 0, 0]
    assert _bounded([1000, 1000], Nodes((0, 0), (0, 0), (False, False))) == [0, 0]
    # One active node may move as far as the ratio lets it, however many are retired.
    lanes = _bounded([3276, 0, 0], nodes, replace(LIMITS, max_sum_ratio_bps=10_500))
    assert math.exp(lanes[0] / UNITS_PER_ONE) <= 1.05 < math.exp((lanes[0] + 1) / UNITS_PER_ONE)


def test_phi_between_two_lanes_goes_to_the_even_one_and_beyond_16_bits_to_the_last() -> None:
    phi = [0.5, 1.5, -0.5, -1.5, 2.4, 2.6, 40_000, -40_000, 32_767.4, -32_768.4]
    assert quantise([value / UNITS_PER_ONE for value in phi]) == [
        0, 2, 0, -2, 2, 3, MAX_LANE, MIN_LANE, MAX_LANE, MIN_LANE,
    ]  # fmt: skip
