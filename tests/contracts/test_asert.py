"""The Solidity ASERT: integer for integer the public vectors and the Python twin."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.formulas.asert import MAX_UINT256, next_target
from tests.contracts.harness import Harness
from tests.formulas.asert_vectors import (
    HALF_LIFE_SECONDS,
    INTERVAL_SECONDS,
    MAX_TARGET_BITS,
    RUNS,
    bits_of,
    load,
    target_of,
)

_UINT32 = st.integers(min_value=1, max_value=(1 << 32) - 1)
_INT64 = st.integers(min_value=-(1 << 63), max_value=(1 << 63) - 1)
_NEAR = st.integers(min_value=-(10**7), max_value=10**7)
_TARGET = st.integers(min_value=1, max_value=MAX_UINT256) | st.integers(0, 255).map(lambda bit: 1 << bit)
_CASE = st.tuples(_TARGET, _INT64 | _NEAR, _INT64 | _NEAR, _UINT32 | st.just(10), _UINT32 | st.just(2880), _TARGET)


@pytest.mark.parametrize("name", RUNS)
def test_gives_every_target_of_the_public_vectors(harness: Harness, name: str) -> None:
    run = load(name)
    anchor = target_of(run.anchor_bits)
    limit = target_of(MAX_TARGET_BITS)
    cases = [
        (anchor, line.time_diff_seconds, line.height_diff, INTERVAL_SECONDS, HALF_LIFE_SECONDS, limit)
        for line in run.lines
    ]
    got = [bits_of(target) for target in harness("nextTargets", cases)]
    assert got == [line.target_bits for line in run.lines]


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(cases=st.lists(_CASE, min_size=20, max_size=60))
def test_equals_the_twin_for_any_schedule(harness: Harness, cases: list[tuple[int, ...]]) -> None:
    assert harness("nextTargets", cases) == [_twin(case) for case in cases]


def test_equals_the_twin_at_every_shift(harness: Harness) -> None:
    """Half-lives early and late until the target leaves 256 bits on either side, with and without a fraction."""
    cases = [
        (anchor, 600 + half_lives * 1000 + part, 0, 600, 1000, MAX_UINT256)
        for anchor in (1, 3, (1 << 128) + 1, (1 << 239) - 1, 1 << 255, MAX_UINT256)
        for half_lives in range(-280, 281, 8)
        for part in (0, 1, -1, 499)
    ]
    assert harness("nextTargets", cases) == [_twin(case) for case in cases]


def test_inverse_is_the_rounded_down_quotient(harness: Harness) -> None:
    values = [1, 2, 3, 10, 1 << 128, (1 << 255) - 1, 1 << 255, MAX_UINT256]
    assert harness("inverted", values) == [MAX_UINT256 // value for value in values]


def _twin(case: tuple[int, ...]) -> int:
    anchor_target, time_diff, height_diff, interval, half_life, max_target = case
    return next_target(
        anchor_target=anchor_target,
        time_diff_seconds=time_diff,
        height_diff=height_diff,
        interval_seconds=interval,
        half_life_seconds=half_life,
        max_target=max_target,
    )
