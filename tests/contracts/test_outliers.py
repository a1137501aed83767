"""Nodes with another θ₀ than the rest: what reports cost then, on Anvil, and that nothing stays once they are gone.

`test_large_network.py` has the largest network, `catalyst bench gas` the figures of many.
"""

import random
from collections.abc import Iterator, Sequence

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.formulas.difficulty import check_sum_exp
from oracle.formulas.lanes import UNITS_PER_ONE, WAD, WAD_PER_UNIT, lane_to_wad, pack
from oracle.report.limits import bounded_lanes
from oracle.report.pages import PAGE_WORDS
from tests.contracts.paged import deploy_paged
from tests.contracts.stage import (
    GENESIS_TIMESTAMP_SECONDS,
    MAX_TRANSACTION_GAS,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
    WIDE,
    Failure,
    Stage,
    deploy_stage,
)
from tests.contracts.test_sparse_report import sparse

NODES = 4_000
OUTLIER = 2_345


def _without(lanes: Sequence[int], node: int, lane: int = 0) -> list[int]:
    return [*lanes[:node], lane, *lanes[node + 1 :]]


# No lane above 0 suits a node whose θ₀ is the upper bound.
RISING = [1 + node % 90 for node in range(NODES)]
# What is in force before: the outlier's lane is 0, so that its θ₀ may be set to the bound.
FIRST = _without([2 + node % 70 for node in range(NODES)], OUTLIER)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Stage]:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_stage(blocks, theta0_wad=[WAD // 2] * NODES, limits=WIDE)
        stage.mine(3)
        stage.apply(FIRST)
        yield stage
    finally:
        blocks.close()


@pytest.fixture
def stage(deployed: Stage) -> Iterator[Stage]:
    """Four thousand nodes at θ₀ = 0.5, after a first report."""
    snapshot = deployed.chain.request("evm_snapshot", [])
    yield Stage(deployed.blocks, deployed.contracts, deployed.operators)
    assert deployed.chain.request("evm_revert", [snapshot])


def _theta0(stage: Stage, value: int) -> None:
    stage.send(stage.oracle.functions.setTheta0(OUTLIER, value))


def _gas(stage: Stage, lanes: Sequence[int], *, deadline: int) -> int:
    """Of a report of `lanes`, which must end in force."""
    stage.space()
    signed = stage.signed(lanes, deadline=deadline)
    gas = int(stage.send(stage.submission(signed))["gasUsed"])
    nodes = stage.nodes()
    assert list(nodes.lanes) == list(lanes)
    active = [lane for lane, is_active in zip(lanes, nodes.active, strict=True) if is_active]
    check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=active)
    return gas


def _usual(stage: Stage, lanes: Sequence[int], *, deadline: int) -> int:
    """What a report of `lanes` costs now; the chain stays as it is."""
    snapshot = stage.chain.request("evm_snapshot", [])
    gas = _gas(stage, lanes, deadline=deadline)
    assert stage.chain.request("evm_revert", [snapshot])
    return gas


def test_an_outlier_that_comes_and_goes_leaves_no_trace_in_what_a_report_costs(stage: Stage) -> None:
    deadline = stage.now + 10**6
    usual = _usual(stage, RISING, deadline=deadline)
    _theta0(stage, THETA_MAX_WAD)
    _theta0(stage, WAD // 2)
    # But for signatures and block numbers, whose bytes differ and may be 0.
    assert abs(_gas(stage, RISING, deadline=deadline) - usual) < 250


def test_an_outlier_at_the_bound_costs_the_others_one_slot_a_word(stage: Stage) -> None:
    lanes = _without(RISING, OUTLIER, -7)
    deadline = stage.now + 10**6
    usual = _usual(stage, lanes, deadline=deadline)
    _theta0(stage, THETA_MAX_WAD)
    gas = _usual(stage, lanes, deadline=deadline)
    assert 2_100 < (gas - usual) / (NODES / 16) < 3_200
    stage.assert_report_refused(
        _without(lanes, OUTLIER, 1),
        "ThetaOutOfBounds",
        OUTLIER,
        THETA_MAX_WAD + WAD_PER_UNIT,
        THETA_MIN_WAD,
        THETA_MAX_WAD,
    )
    stage.apply(lanes)


def test_a_sparse_report_of_one_word_goes_with_an_outlier_too(stage: Stage) -> None:
    _theta0(stage, THETA_MAX_WAD)
    lanes = _without(RISING, OUTLIER, -7)
    stage.apply(lanes)
    lanes[:16] = [200] * 16
    stage.space()
    receipt = stage.send(sparse(stage, stage.signed(lanes), [0]))
    assert list(stage.nodes().lanes) == lanes
    assert int(receipt["gasUsed"]) < 700 * NODES


def test_a_retired_outlier_leaves_the_bounds_of_the_others_as_they_were(stage: Stage) -> None:
    deadline = stage.now + 10**6
    stage.send(stage.oracle.functions.retire(0))  # an ordinary one, so that both reports meet a retired node
    lanes = _without(_without(RISING, 0), OUTLIER)
    usual = _usual(stage, lanes, deadline=deadline)
    _theta0(stage, THETA_MAX_WAD)
    stage.send(stage.oracle.functions.retire(OUTLIER))
    # The bits of one word of retired nodes more are read and looked through.
    assert abs(_gas(stage, lanes, deadline=deadline) - usual) < 6_000


def test_narrowed_bounds_that_exclude_a_retired_nodes_old_theta0_leave_no_trace_either(stage: Stage) -> None:
    deadline = stage.now + 10**6
    lanes = _without(RISING, OUTLIER)

    def narrowed(theta0_wad: int) -> int:
        snapshot = stage.chain.request("evm_snapshot", [])
        _theta0(stage, theta0_wad)
        stage.send(stage.oracle.functions.retire(OUTLIER))
        stage.send(stage.oracle.functions.setTheta0(OUTLIER + 1, WAD // 2 + 1))
        stage.send(stage.oracle.functions.setThetaBounds(WAD // 2, WAD))
        low = _without(lanes, OUTLIER + 2, -1)
        theta = WAD // 2 - WAD_PER_UNIT
        stage.assert_report_refused(low, "ThetaOutOfBounds", OUTLIER + 2, theta, WAD // 2, WAD)
        gas = _gas(stage, lanes, deadline=deadline)
        assert stage.chain.request("evm_revert", [snapshot])
        return gas

    assert abs(narrowed(WAD // 4) - narrowed(WAD // 2)) < 250


def test_the_first_offender_is_named_whichever_check_finds_it(stage: Stage) -> None:
    """With an outlier, θ fails by word; a step fails for all words at once. The lower index is named all the same."""
    _theta0(stage, THETA_MAX_WAD)
    lanes = _without(RISING, OUTLIER, 1)
    theta = THETA_MAX_WAD + WAD_PER_UNIT
    too_far = stage.contracts.oracle_state().limits.max_phi_lane  # 32767: beyond what θ allows, within the rest
    later, earlier = _without(lanes, OUTLIER + 40, too_far), _without(lanes, OUTLIER - 40, too_far)
    bounds = (THETA_MIN_WAD, THETA_MAX_WAD)
    stage.assert_report_refused(later, "ThetaOutOfBounds", OUTLIER, theta, *bounds)
    high = WAD // 2 + lane_to_wad(too_far)
    stage.assert_report_refused(earlier, "ThetaOutOfBounds", OUTLIER - 40, high, *bounds)
    stage.assert_report_refused(_without(lanes, 5, -(1 << 15)), "PhiTooLarge", 5, -(1 << 15), too_far)
    stage.assert_report_refused(_without(lanes, NODES - 1, -(1 << 15)), "ThetaOutOfBounds", OUTLIER, theta, *bounds)


def test_every_node_another_theta0_and_every_lane_at_the_bound_that_an_oracle_keeps_to() -> None:
    """What an oracle sends at worst: its lanes are cleared by word, so no θ₀ is read, and all MAX_NODES find room."""
    chosen = random.Random(1)
    theta0 = [chosen.randrange(3 * WAD // 10, 7 * WAD // 10) for _ in range(2_000)]
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_stage(blocks, theta0_wad=theta0, limits=WIDE)
        stage.mine(3)
        wish = [-UNITS_PER_ONE] * len(theta0)
        lanes = bounded_lanes(
            wish, nodes=stage.nodes(), limits=WIDE, theta_min_wad=THETA_MIN_WAD, theta_max_wad=THETA_MAX_WAD
        )
        gas = int(stage.apply(lanes)["gasUsed"])
        assert list(stage.nodes().lanes) == lanes
        assert all(0 <= theta - THETA_MIN_WAD < 2 * WAD_PER_UNIT for theta in stage.thetas())
        assert gas < 700 * len(lanes)
        assert gas * stage.oracle.functions.MAX_NODES().call() < MAX_TRANSACTION_GAS * len(lanes)

        # One lane nearer to their own bounds, each θ₀ is read: dearer, and right to the wei.
        lanes = [-((value - THETA_MIN_WAD) // WAD_PER_UNIT) for value in theta0]
        stage.apply(lanes)
        assert list(stage.nodes().lanes) == lanes
        lanes[1_234] -= 1
        theta = theta0[1_234] + lane_to_wad(lanes[1_234])
        refusal = Failure("ThetaOutOfBounds", (1_234, theta, THETA_MIN_WAD, THETA_MAX_WAD))
        stage.space()
        stage.mine()
        assert stage.failure(stage.submission(stage.signed(lanes, to_block=stage.head - 1))) == refusal
    finally:
        blocks.close()


def test_what_a_page_and_a_call_of_relax_take_fits() -> None:
    """Of 8 192 nodes, one of them another than the rest."""
    lanes = _without([1 + node % 90 for node in range(PAGE_WORDS * 16 + 16)], 5, -1)
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    try:
        stage = deploy_paged(blocks, [WAD // 2] * len(lanes), limits=WIDE)
        stage.mine(3)
        stage.send(stage.oracle.functions.setTheta0(5, THETA_MAX_WAD))
        first, second = stage.stage_all(lanes)  # the first writes 512 fresh slots
        assert int(second["gasUsed"]) < int(first["gasUsed"]) < MAX_TRANSACTION_GAS
        stage.send(stage.turning(lanes))
        assert stage.oracle.functions.phiWords(0, 1 << 20).call() == pack(lanes)
        check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=lanes)
        receipt = stage.send(stage.oracle.functions.relax(), at=stage.now + WIDE.max_age_seconds + 1)
        most = stage.paged.functions.MAX_RELAXED_WORDS().call()
        # What does not grow with the words counts here as if it did.
        assert int(receipt["gasUsed"]) * most < MAX_TRANSACTION_GAS * (len(lanes) // 16)
    finally:
        blocks.close()
