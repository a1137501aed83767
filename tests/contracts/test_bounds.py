"""The owner's bounds on φ: per node on size, step and θ, jointly on Σexp(φ). Each holds to the last lane unit."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.formulas.lanes import MAX_LANE, MIN_LANE, WAD_PER_UNIT, lane_to_wad, pack, phi_hash
from oracle.report.limits import Limits
from oracle.window.window import Nodes
from tests.contracts.stage import (
    LIMITS,
    NODE_COUNT,
    STRANGER,
    THETA0_WAD,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
    WAD,
    WIDE,
    Failure,
    Stage,
)

ZEROS = [0] * NODE_COUNT
NODE = 10  # θ₀ = 0.5: φ = ±0.4 keeps it within [0.1, 1]


def _with(lanes: Sequence[int], **of_nodes: int) -> list[int]:
    """`lanes` with some replaced: `_with(ZEROS, n3=5)` sets node 3."""
    changed = list(lanes)
    for name, lane in of_nodes.items():
        changed[int(name[1:])] = lane
    return changed


def _only(node: int, lane: int) -> list[int]:
    return _with(ZEROS, **{f"n{node}": lane})


def _lowest_lane(theta0_wad: int, theta_min_wad: int = THETA_MIN_WAD) -> int:
    """The lowest lane that keeps θ at or above its lower bound: (min − θ₀) / unit, rounded up."""
    return -((theta0_wad - theta_min_wad) // WAD_PER_UNIT)


def _highest_lane(theta0_wad: int, theta_max_wad: int = THETA_MAX_WAD) -> int:
    """The highest lane that keeps θ at or below its upper bound: rounded down."""
    return (theta_max_wad - theta0_wad) // WAD_PER_UNIT


# Size


@pytest.mark.parametrize("sign", [1, -1])
def test_takes_phi_at_its_limit(stage: Stage, sign: int) -> None:
    stage.set_limits(replace(WIDE, max_phi_lane=6000))
    stage.apply(_only(NODE, sign * 6000))
    assert stage.nodes().lanes[NODE] == sign * 6000


@pytest.mark.parametrize("sign", [1, -1])
def test_refuses_phi_one_lane_unit_above_its_limit(stage: Stage, sign: int) -> None:
    stage.set_limits(replace(WIDE, max_phi_lane=6000))
    stage.assert_report_refused(_only(NODE, sign * 6001), "PhiTooLarge", NODE, sign * 6001, 6000)


def test_the_most_negative_lane_is_beyond_any_limit(stage: Stage) -> None:
    """−32768 has no positive counterpart in 16 bits; the largest limit the owner can set is 32767."""
    stage.set_limits(WIDE)
    stage.assert_report_refused(_only(NODE, MIN_LANE), "PhiTooLarge", NODE, MIN_LANE, MAX_LANE)


def test_names_the_first_node_that_offends(stage: Stage) -> None:
    lanes = _with(ZEROS, n3=2500, n7=-2501, n18=6001)
    stage.assert_report_refused(lanes, "StepTooLarge", 7, -2501, 0, 2500)
    stage.assert_report_refused(_with(lanes, n7=0), "PhiTooLarge", 18, 6001, 6000)


# Step


@pytest.mark.parametrize(("previous", "lane"), [(0, 2500), (0, -2500), (-1000, 1500), (1200, -1300), (2400, 4900)])
def test_takes_a_step_at_its_limit(stage: Stage, previous: int, lane: int) -> None:
    stage.apply(_only(NODE, previous))
    stage.apply(_only(NODE, lane))
    assert stage.nodes().lanes[NODE] == lane


@pytest.mark.parametrize(("previous", "lane"), [(0, 2501), (0, -2501), (-1000, 1501), (1200, -1301), (2400, 4901)])
def test_refuses_a_step_one_lane_unit_above_the_limit(stage: Stage, previous: int, lane: int) -> None:
    stage.apply(_only(NODE, previous))
    stage.assert_report_refused(_only(NODE, lane), "StepTooLarge", NODE, lane, previous, 2500)


def test_a_step_limit_of_zero_freezes_phi_without_stopping_reports(stage: Stage) -> None:
    lanes = _only(NODE, 321)
    stage.apply(lanes)
    stage.set_limits(replace(LIMITS, max_step_lane=0))
    stage.apply(lanes)
    stage.assert_report_refused(_only(NODE, 322), "StepTooLarge", NODE, 322, 321, 0)


# θ


def test_takes_every_node_at_its_lower_and_upper_bound_on_theta(stage: Stage) -> None:
    stage.set_limits(WIDE)
    lowest = [_lowest_lane(theta0) for theta0 in THETA0_WAD]
    stage.apply(lowest)
    assert all(THETA_MIN_WAD <= theta < THETA_MIN_WAD + WAD_PER_UNIT for theta in stage.thetas())
    stage.apply([_highest_lane(theta0) for theta0 in THETA0_WAD])
    assert all(THETA_MAX_WAD - WAD_PER_UNIT < theta <= THETA_MAX_WAD for theta in stage.thetas())


@pytest.mark.parametrize("node", [0, 7, 15, 16, 19])
def test_refuses_a_node_one_lane_unit_past_its_own_bound_on_theta(stage: Stage, node: int) -> None:
    """Node 0 has the lowest θ₀ and 19 the highest: their bounds are those that hold for all nodes at once."""
    stage.set_limits(WIDE)
    for lane in (_lowest_lane(THETA0_WAD[node]) - 1, _highest_lane(THETA0_WAD[node]) + 1):
        theta = THETA0_WAD[node] + lane_to_wad(lane)
        stage.assert_report_refused(_only(node, lane), "ThetaOutOfBounds", node, theta, THETA_MIN_WAD, THETA_MAX_WAD)


@pytest.mark.parametrize("node", [0, 9])
def test_theta_may_equal_its_lower_bound_and_not_fall_one_wei_below(stage: Stage, node: int) -> None:
    """Node 0 then has the lowest θ₀ ever set, so the bound for all nodes decides; node 9 is read by itself."""
    stage.set_limits(WIDE)
    stage.apply(_only(5, -4000))  # so that node 9 is checked one by one too
    theta0 = THETA_MIN_WAD + 3000 * WAD_PER_UNIT if node == 0 else THETA_MIN_WAD + 9000 * WAD_PER_UNIT
    lane = -3000 if node == 0 else -9000
    stage.send(stage.oracle.functions.setTheta0(node, theta0))
    stage.apply(_only(node, lane))
    assert stage.thetas()[node] == THETA_MIN_WAD
    stage.apply(ZEROS)
    stage.send(stage.oracle.functions.setTheta0(node, theta0 - 1))
    stage.assert_report_refused(
        _only(node, lane), "ThetaOutOfBounds", node, THETA_MIN_WAD - 1, THETA_MIN_WAD, THETA_MAX_WAD
    )


@pytest.mark.parametrize("node", [19, 9])
def test_theta_may_equal_its_upper_bound_and_not_rise_one_wei_above(stage: Stage, node: int) -> None:
    stage.set_limits(WIDE)
    theta0 = THETA_MAX_WAD - 2000 * WAD_PER_UNIT if node == 19 else THETA_MAX_WAD - 9000 * WAD_PER_UNIT
    lane = 2000 if node == 19 else 9000
    stage.send(stage.oracle.functions.setTheta0(node, theta0))
    stage.apply(_only(node, lane))
    assert stage.thetas()[node] == THETA_MAX_WAD
    stage.apply(ZEROS)
    stage.send(stage.oracle.functions.setTheta0(node, theta0 + 1))
    stage.assert_report_refused(
        _only(node, lane), "ThetaOutOfBounds", node, THETA_MAX_WAD + 1, THETA_MIN_WAD, THETA_MAX_WAD
    )


def test_a_node_registered_later_is_held_to_its_own_bounds(stage: Stage) -> None:
    """Its θ₀ is lower, and another's higher, than those the network began with."""
    stage.set_limits(WIDE)
    stage.send(stage.oracle.functions.register([STRANGER.address] * 2, [12 * 10**16, 98 * 10**16]))
    low, high = _lowest_lane(12 * 10**16), _highest_lane(98 * 10**16)
    bounds = (THETA_MIN_WAD, THETA_MAX_WAD)
    stage.assert_report_refused(
        [*ZEROS, low - 1, high], "ThetaOutOfBounds", 20, 12 * 10**16 + lane_to_wad(low - 1), *bounds
    )
    stage.assert_report_refused(
        [*ZEROS, low, high + 1], "ThetaOutOfBounds", 21, 98 * 10**16 + lane_to_wad(high + 1), *bounds
    )
    stage.apply([*ZEROS, low, high])


def test_narrowed_bounds_bind_the_next_report(stage: Stage) -> None:
    """Here no φ suits all nodes: some θ₀ lie below the lower bound, some above the upper one."""
    stage.set_limits(WIDE)
    low = THETA0_WAD[0] + 3000 * WAD_PER_UNIT
    high = THETA0_WAD[19] - 3000 * WAD_PER_UNIT
    stage.send(stage.oracle.functions.setThetaBounds(low, high))
    fitting = [min(max(0, _lowest_lane(theta0, low)), _highest_lane(theta0, high)) for theta0 in THETA0_WAD]
    assert (fitting[0], fitting[NODE], fitting[19]) == (3000, 0, -3000)
    stage.assert_report_refused(_with(fitting, n0=2999), "ThetaOutOfBounds", 0, low - WAD_PER_UNIT, low, high)
    stage.assert_report_refused(_with(fitting, n19=-2999), "ThetaOutOfBounds", 19, high + WAD_PER_UNIT, low, high)
    stage.apply(fitting)
    assert (stage.thetas()[0], stage.thetas()[19]) == (low, high)


def test_a_lower_bound_that_only_just_excludes_a_theta0_binds_too(stage: Stage) -> None:
    """By less than a lane unit: the limit for all nodes rounds inward. One side at a time: either has nodes be read."""
    stage.set_limits(WIDE)
    low = THETA0_WAD[0] + 1
    stage.send(stage.oracle.functions.setThetaBounds(low, THETA_MAX_WAD))
    stage.assert_report_refused(ZEROS, "ThetaOutOfBounds", 0, low - 1, low, THETA_MAX_WAD)
    stage.apply(_only(0, 1))


def test_an_upper_bound_that_only_just_excludes_a_theta0_binds_too(stage: Stage) -> None:
    stage.set_limits(WIDE)
    high = THETA0_WAD[19] - 1
    stage.send(stage.oracle.functions.setThetaBounds(THETA_MIN_WAD, high))
    stage.assert_report_refused(ZEROS, "ThetaOutOfBounds", 19, high + 1, THETA_MIN_WAD, high)
    stage.apply(_only(19, -1))


def test_a_retired_node_is_outside_the_bounds_on_theta(stage: Stage) -> None:
    """Its θ is 0, below any bound, and stays so."""
    stage.send(stage.oracle.functions.retire(0))
    stage.send(stage.oracle.functions.setThetaBounds(THETA0_WAD[1] + 1, THETA_MAX_WAD))
    stage.apply(_only(1, 1))
    assert stage.thetas()[0] == 0


# All nodes together

# Σexp of these is 20.25 · 2⁸⁵ to the last bit (found by search among entries of the table): 1.0125 times that of zeros.
RATIO_LANES = [13_824, 11_776, 5376, 4352, 1024, -3328, -8960, *[0] * 5, -14_080, -15_360, *[0] * 6]
RATIO_SUM_WAD = 20_250 * 10**15
RATIO_BPS = 10_125


def test_takes_a_sum_that_rises_exactly_by_the_ratio(stage: Stage) -> None:
    stage.set_limits(replace(WIDE, max_sum_ratio_bps=RATIO_BPS))
    stage.apply(RATIO_LANES)
    assert stage.sum_exp_wad() == RATIO_SUM_WAD


def test_refuses_a_sum_that_rises_past_the_ratio(stage: Stage) -> None:
    stage.set_limits(replace(WIDE, max_sum_ratio_bps=RATIO_BPS))
    stage.space()
    call = stage.submission(stage.signed(_with(RATIO_LANES, n4=1025)))
    assert stage.attempt(call)["status"] == 0
    failure = stage.failure(call)
    assert failure is not None
    assert (failure.name, failure.arguments[1:]) == ("SumRatioTooLarge", (20 * WAD, RATIO_BPS))
    assert 0 < failure.arguments[0] - RATIO_SUM_WAD < 4 * 10**13  # one lane unit of one node

    stage.set_limits(replace(WIDE, max_sum_ratio_bps=RATIO_BPS - 1))
    stage.assert_report_refused(RATIO_LANES, "SumRatioTooLarge", RATIO_SUM_WAD, 20 * WAD, RATIO_BPS - 1)


def test_takes_a_sum_that_falls_exactly_by_the_ratio(stage: Stage) -> None:
    stage.set_limits(WIDE)
    stage.apply(RATIO_LANES)
    stage.set_limits(replace(WIDE, max_sum_ratio_bps=RATIO_BPS))
    stage.apply(ZEROS)
    assert stage.sum_exp_wad() == 20 * WAD


def test_refuses_a_sum_that_falls_past_the_ratio(stage: Stage) -> None:
    stage.set_limits(WIDE)
    stage.apply(RATIO_LANES)
    stage.set_limits(replace(WIDE, max_sum_ratio_bps=RATIO_BPS - 1))
    stage.assert_report_refused(ZEROS, "SumRatioTooLarge", 20 * WAD, RATIO_SUM_WAD, RATIO_BPS - 1)
    stage.set_limits(replace(WIDE, max_sum_ratio_bps=RATIO_BPS))
    stage.space()
    call = stage.submission(stage.signed(_only(0, -1)))
    assert stage.attempt(call)["status"] == 0
    failure = stage.failure(call)
    assert failure is not None
    assert (failure.name, failure.arguments[1:]) == ("SumRatioTooLarge", (RATIO_SUM_WAD, RATIO_BPS))
    assert 0 < 20 * WAD - failure.arguments[0] < 4 * 10**13


def test_nodes_within_their_bounds_may_be_refused_together(stage: Stage) -> None:
    stage.set_limits(replace(LIMITS, max_sum_ratio_bps=10_500))
    stage.apply([LIMITS.max_step_lane, *ZEROS[1:]])
    stage.space()
    call = stage.submission(stage.signed([LIMITS.max_step_lane] * NODE_COUNT))
    assert stage.attempt(call)["status"] == 0
    failure = stage.failure(call)
    assert failure is not None
    assert failure.name == "SumRatioTooLarge"


# Against a reference


def _expected_failure(nodes: Nodes, lanes: Sequence[int], limits: Limits, low: int, high: int) -> Failure | None:
    """The first offender by the interface's rules: idle lanes, then node by node; None for lanes that are good."""
    for node, lane in enumerate(lanes):
        if not nodes.active[node] and lane != 0:
            return Failure("RetiredLaneSet", (node, lane))
    for node, (lane, before) in enumerate(zip(lanes, nodes.lanes, strict=True)):
        if abs(lane) > limits.max_phi_lane:
            return Failure("PhiTooLarge", (node, lane, limits.max_phi_lane))
        if abs(lane - before) > limits.max_step_lane:
            return Failure("StepTooLarge", (node, lane, before, limits.max_step_lane))
        theta = nodes.theta0_wad[node] + lane_to_wad(lane)
        if nodes.active[node] and not low <= theta <= high:
            return Failure("ThetaOutOfBounds", (node, theta, low, high))
    return None


@pytest.fixture
def mixed(stage: Stage) -> tuple[Stage, Nodes, Limits]:
    """A network with φ of all sizes and two retired nodes."""
    stage.set_limits(WIDE)
    stage.apply([300 * (NODE_COUNT - node) - 1500 for node in range(NODE_COUNT)])
    stage.send(stage.oracle.functions.retire(4))
    stage.send(stage.oracle.functions.retire(18))
    limits = replace(WIDE, max_phi_lane=15_000, max_step_lane=9000)
    stage.set_limits(limits)
    stage.mine()
    return stage, stage.nodes(), limits


def _edges(nodes: Nodes, node: int, limits: Limits) -> list[int]:
    """Lanes about which a bound on `node` turns."""
    before, theta0 = nodes.lanes[node], nodes.theta0_wad[node]
    turning = [
        *(limits.max_phi_lane, -limits.max_phi_lane, before - limits.max_step_lane, before + limits.max_step_lane),
        *(_lowest_lane(theta0), _highest_lane(theta0)),
    ]
    return [max(MIN_LANE, min(MAX_LANE, lane + offset)) for lane in turning for offset in (-1, 0, 1)]


def test_accepts_and_refuses_as_the_reference_does(mixed: tuple[Stage, Nodes, Limits]) -> None:
    stage, nodes, limits = mixed
    report = stage.report(ZEROS, to_block=stage.head - 1)  # for a call in the latest block
    outcomes = set()

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        lanes = list(nodes.lanes)
        for node in data.draw(st.lists(st.integers(0, NODE_COUNT - 1), min_size=1, max_size=3)):
            lanes[node] = data.draw(st.sampled_from(_edges(nodes, node, limits)))
        expected = _expected_failure(nodes, lanes, limits, THETA_MIN_WAD, THETA_MAX_WAD)
        outcomes.add(expected.name if expected else "accepted")
        signed = stage.sign(replace(report, phi_hash=phi_hash(pack(lanes))), lanes)
        assert stage.failure(stage.submission(signed)) == expected

    check()
    assert outcomes == {"accepted", "RetiredLaneSet", "PhiTooLarge", "StepTooLarge", "ThetaOutOfBounds"}
