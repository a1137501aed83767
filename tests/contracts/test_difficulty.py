"""d by ASERT from height, time and anchor alone; p = d / Σexp(φ), rounded down, at least 1."""

from dataclasses import astuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle.formulas.asert import Anchor
from oracle.formulas.difficulty import check_difficulty
from tests.contracts.conftest import Deployed
from tests.contracts.stage import (
    ANCHOR_DIFFICULTY,
    BLOCK_SECONDS,
    HALF_LIFE_SECONDS,
    MAX_UINT256,
    NODE_COUNT,
    THETA_MAX_WAD,
    WAD,
    WIDE,
    ZERO_ADDRESS,
    Failure,
    Stage,
)
from tests.formulas.asert_vectors import bits_of

LANES = [(-1) ** node * (90 * node + 13) for node in range(NODE_COUNT)]


def _p(stage: Stage, base_difficulty: int) -> int:
    return int(stage.controller.functions.adjusted(base_difficulty).call())


def _d(stage: Stage) -> int:
    return int(stage.controller.functions.baseDifficulty().call())


# d


def test_the_anchor_is_the_block_of_deployment(stage: Stage) -> None:
    anchor = stage.contracts.anchor
    assert (anchor.difficulty, anchor.interval_seconds, anchor.half_life_seconds) == (
        ANCHOR_DIFFICULTY,
        BLOCK_SECONDS,
        HALF_LIFE_SECONDS,
    )
    assert anchor.timestamp_seconds == stage.chain.timestamp(anchor.height)


def test_at_the_anchor_d_is_the_anchors(stage: Stage) -> None:
    anchor = stage.contracts.anchor
    got = stage.contracts.base_difficulty_at(height=anchor.height, timestamp_seconds=anchor.timestamp_seconds)
    assert got == ANCHOR_DIFFICULTY


def test_on_schedule_d_stays(stage: Stage) -> None:
    anchor = stage.contracts.anchor
    for blocks in (1, 288, 10**6):
        got = stage.contracts.base_difficulty_at(
            height=anchor.height + blocks, timestamp_seconds=anchor.timestamp_seconds + blocks * BLOCK_SECONDS
        )
        assert got == ANCHOR_DIFFICULTY


@pytest.mark.parametrize(("half_lives_late", "factor"), [(1, 0.5), (2, 0.25), (-1, 2), (-3, 8)])
def test_d_halves_with_each_half_life_late_and_doubles_with_each_early(
    stage: Stage, half_lives_late: int, factor: float
) -> None:
    anchor = stage.contracts.anchor
    got = stage.contracts.base_difficulty_at(
        height=anchor.height + 1000,
        timestamp_seconds=anchor.timestamp_seconds + 1000 * BLOCK_SECONDS + half_lives_late * HALF_LIFE_SECONDS,
    )
    assert got == ANCHOR_DIFFICULTY * factor


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(height=st.integers(0, 10**9), late=st.integers(-(10**6), 10**6))
def test_d_at_any_block_is_that_of_the_twin(deployed: Deployed, height: int, late: int) -> None:
    stage = deployed.stage
    anchor = stage.contracts.anchor
    timestamp = max(0, anchor.timestamp_seconds + height * BLOCK_SECONDS + late)
    got = stage.contracts.base_difficulty_at(height=anchor.height + height, timestamp_seconds=timestamp)
    assert got == anchor.base_difficulty_at(height=anchor.height + height, timestamp_seconds=timestamp)


def test_d_depends_on_height_and_time_alone(stage: Stage) -> None:
    """Reports, retirements, pauses and limits leave it; the next block moves it as the schedule says."""
    anchor = stage.contracts.anchor
    for change in (
        lambda: stage.apply(LANES),
        lambda: stage.send(stage.oracle.functions.retire(4)),
        lambda: stage.send(stage.oracle.functions.setLimits(astuple(WIDE))),
        lambda: stage.send(stage.oracle.functions.pause()),
        lambda: stage.mine(at=stage.now + 4000),
    ):
        change()
        expected = anchor.base_difficulty_at(height=stage.head, timestamp_seconds=stage.now)
        assert _d(stage) == expected
        assert stage.contracts.base_difficulty_at(height=stage.head, timestamp_seconds=stage.now) == expected


def test_one_reading_agrees_with_the_single_reads(stage: Stage) -> None:
    stage.apply(LANES)
    stage.mine(at=stage.now + 777)
    reading = stage.contracts.difficulty()
    assert (reading.height, reading.timestamp_seconds) == (stage.head, stage.now)
    assert reading.base_difficulty == _d(stage)
    assert reading.sum_exp_wad == stage.sum_exp_wad()
    assert reading.difficulty == int(stage.controller.functions.difficulty().call())
    assert reading.difficulty == _p(stage, reading.base_difficulty)


# p


def test_at_phi_zero_every_node_mines_at_its_share_of_d(stage: Stage) -> None:
    assert _p(stage, NODE_COUNT * 12_345) == 12_345


def test_raising_phi_makes_p_easier_for_all_and_lowering_it_harder(stage: Stage) -> None:
    calm = _p(stage, 10**30)
    stage.apply([100] * NODE_COUNT)
    raised = _p(stage, 10**30)
    stage.apply([-100] * NODE_COUNT)
    lowered = _p(stage, 10**30)
    assert raised < calm < lowered


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the examples only read
)
@given(base=st.integers(0, MAX_UINT256) | st.sampled_from([0, 1, 19, 20, 21, 1 << 255, MAX_UINT256]))
def test_p_is_the_exact_floor_for_every_d(uneven: Stage, base: int) -> None:
    got = _p(uneven, base)
    assert got == max(1, base * WAD // uneven.sum_exp_wad())
    check_difficulty(got=got, base_difficulty=base, active_lanes=LANES)


@pytest.fixture
def uneven(stage: Stage) -> Stage:
    """A stage whose Σexp(φ) is no round number."""
    stage.apply(LANES)
    return stage


@pytest.mark.parametrize("base", [0, 1, NODE_COUNT - 1, NODE_COUNT])
def test_p_is_at_least_one(stage: Stage, base: int) -> None:
    assert _p(stage, base) == 1
    assert _p(stage, NODE_COUNT * 2 - 1) == 1
    assert _p(stage, NODE_COUNT * 2) == 2


@pytest.fixture
def lone(stage: Stage) -> Stage:
    """One active node at φ = −0.7, so that Σexp(φ) is below 1."""
    stage.set_limits(WIDE)
    stage.send(stage.oracle.functions.setThetaBounds(0, THETA_MAX_WAD))
    for node in range(NODE_COUNT - 1):
        stage.send(stage.oracle.functions.retire(node))
    stage.apply([*[0] * (NODE_COUNT - 1), -22_938])
    return stage


def test_p_saturates_where_it_would_not_fit(lone: Stage) -> None:
    sum_exp_wad = lone.sum_exp_wad()
    assert sum_exp_wad < WAD
    assert _p(lone, MAX_UINT256) == MAX_UINT256
    largest = MAX_UINT256 * sum_exp_wad // WAD  # the largest d whose quotient still fits
    for base in (largest, largest + 1, largest + 2, 1 << 255):
        assert _p(lone, base) == min(base * WAD // sum_exp_wad, MAX_UINT256)
    assert largest * WAD // sum_exp_wad <= MAX_UINT256 < (largest + 2) * WAD // sum_exp_wad


def test_without_an_active_node_p_is_not_defined(stage: Stage) -> None:
    empty = stage.second_oracle()
    controller = stage.deploy("DifficultyController", empty.address, ANCHOR_DIFFICULTY, 10, 100)
    for call in (
        controller.functions.adjusted(1),
        controller.functions.current(),
        controller.functions.difficulty(),
    ):
        assert stage.failure(call) == Failure("NoActiveNodes", ())
    assert controller.functions.baseDifficulty().call() > 0


# The chain goes on without reports


def test_without_reports_p_is_classical_asert(stage: Stage) -> None:
    for _ in range(3):
        stage.mine(at=stage.now + 555)
        reading = stage.contracts.difficulty()
        assert reading.difficulty == max(1, reading.base_difficulty // NODE_COUNT)


def test_paused_and_relaxed_to_zero_p_is_classical_asert_again(stage: Stage) -> None:
    stage.apply(LANES)
    stage.send(stage.oracle.functions.pause())
    stage.send(stage.oracle.functions.relax(), at=stage.now + 10**6)
    reading = stage.contracts.difficulty()
    assert reading.sum_exp_wad == NODE_COUNT * WAD
    assert reading.difficulty == max(1, reading.base_difficulty // NODE_COUNT)


# Deployment


def test_refuses_an_anchor_that_is_none(stage: Stage) -> None:
    valid = (stage.oracle.address, ANCHOR_DIFFICULTY, 10, 100)
    for position in range(4):
        arguments = [*valid]
        arguments[position] = ZERO_ADDRESS if position == 0 else 0
        stage.assert_deployment_reverts(stage.constructor("DifficultyController", *arguments), "InvalidAnchor")


@pytest.mark.parametrize("difficulty", [1, 2, 3, (1 << 128) - 1, 1 << 128, 1 << 200, MAX_UINT256])
def test_any_anchor_difficulty_follows_the_twin(stage: Stage, difficulty: int) -> None:
    controller = stage.deploy("DifficultyController", stage.oracle.address, difficulty, 10, 100)
    anchor = Anchor(*controller.functions.anchor().call())
    assert anchor == Anchor(difficulty, stage.head, stage.now, 10, 100)
    for height, late in ((0, 0), (1, 0), (50, 777), (50, -777), (10**6, 10**5), (10**6, -(10**5))):
        block = {
            "height": anchor.height + height,
            "timestamp_seconds": anchor.timestamp_seconds + 10 * height + late,
        }
        got = controller.functions.baseDifficultyAt(*block.values()).call()
        assert got == anchor.base_difficulty_at(**block)


@pytest.mark.parametrize(
    ("difficulty", "bits"),
    [
        (1, 0x2100FFFF),  # the highest bit of a mantissa would be its sign, so it takes a byte more
        (2, 0x207FFFFF),
        (3, 0x20555555),
        (1 << 128, 0x1100FFFF),
        (MAX_UINT256, 0x01010000),
    ],
)
def test_the_compact_target_is_that_of_d_as_headers_write_it(stage: Stage, difficulty: int, bits: int) -> None:
    controller = stage.deploy("DifficultyController", stage.oracle.address, difficulty, 10, 100)
    target = MAX_UINT256 // controller.functions.baseDifficulty().call()
    assert controller.functions.compactTarget().call() == bits == bits_of(target)
