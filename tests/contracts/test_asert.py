"""The Solidity ASERT: integer for integer the public vectors and the Python twin."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from web3.exceptions import ContractCustomError

from oracle.formulas.asert import MAX_UINT256, next_target
from tests.conftest import Figure
from tests.contracts.harness import Harness
from tests.formulas.asert_vectors import (
    HALF_LIFE_SECONDS,
    INTERVAL_SECONDS,
    MAX_TARGET_BITS,
    bits_of,
    load,
    runs,
    target_of,
)

_UINT32 = st.integers(min_value=1, max_value=(1 << 32) - 1)
_INT64 = st.integers(min_value=-(1 << 63), max_value=(1 << 63) - 1)
_NEAR = st.integers(min_value=-(10**7), max_value=10**7)
_TARGET = st.integers(min_value=1, max_value=MAX_UINT256) | st.integers(0, 255).map(lambda bit: 1 << bit)
MAX_TARGET = target_of(MAX_TARGET_BITS)
_CASES_A_CALL = 1000  # a node bounds what one call may take
_CASE = st.tuples(_TARGET, _INT64 | _NEAR, _INT64 | _NEAR, _UINT32 | st.just(10), _UINT32 | st.just(2880), _TARGET)


@pytest.mark.parametrize("path", runs())
def test_gives_every_target_of_the_public_vectors(harness: Harness, path: Path, figure: Figure) -> None:
    """Compact bits in, compact bits out, as the vectors write targets."""
    run = load(path)
    parameters = (INTERVAL_SECONDS, HALF_LIFE_SECONDS, MAX_TARGET_BITS)
    cases = [(run.anchor_bits, line.time_diff_seconds, line.height_diff, *parameters) for line in run.lines]
    assert _next_bits(harness, cases) == [line.target_bits for line in run.lines]
    figure(f"ASERT {path.name}: {len(cases)} of {len(cases)} targets equal")


def test_a_long_run_goes_out_in_parts_and_comes_back_whole(harness: Harness) -> None:
    """The longest published run has 10 000 blocks; in one call a node refuses them."""
    heights = range(1, 2502)
    cases = [
        (0x1B00FFFF, 607 * height, height, INTERVAL_SECONDS, HALF_LIFE_SECONDS, MAX_TARGET_BITS) for height in heights
    ]
    expected = [
        bits_of(_twin((target_of(0x1B00FFFF), 607 * height, height, INTERVAL_SECONDS, HALF_LIFE_SECONDS, MAX_TARGET)))
        for height in heights
    ]
    assert _next_bits(harness, cases) == expected
    assert len(set(expected)) > 1000  # so that no part can stand for another


def test_compact_bits_are_the_rules(harness: Harness) -> None:
    chosen = random.Random(2)
    values = [0, 1, 0x7F, 0x80, 0x7FFF, 0x8000, 0x7FFFFF, 0x800000, MAX_UINT256, *(1 << bit for bit in range(256))]
    values += [chosen.getrandbits(chosen.randint(1, 256)) for _ in range(1000)]
    bits = harness("bitsOf", values)
    assert bits == [bits_of(value) for value in values]
    assert harness("targetsOf", bits) == [target_of(each) for each in bits]
    assert all(target_of(each) <= value for each, value in zip(bits, values, strict=True))


@pytest.mark.parametrize("bits", [0x04800000, 0x1D80FFFF, 0x21010000, 0x22000100, 0xFF7FFFFF])
def test_bits_of_no_target_are_refused(harness: Harness, bits: int) -> None:
    """A sign, or more than 256 bits."""
    with pytest.raises(ContractCustomError, match=keccak(b"InvalidCompactTarget(uint32)")[:4].hex()):
        harness("targetsOf", [bits])


def test_difficulty_from_target_and_back_does_not_drift(harness: Harness) -> None:
    """d to its target and back 100 000 times stays where the first turn put it; so does d of a chain on schedule."""
    chosen = random.Random(4)
    for value in [1, 2, 3, 1 << 128, MAX_UINT256, *(chosen.getrandbits(200) | 1 for _ in range(20))]:
        [target] = harness("inverted", [value])
        [settled] = harness("inverted", [target])
        [again] = harness("inverted", harness("inverted", [settled]))
        assert again == settled
    blocks, page = 100_000, 5_000
    for anchor in (6_553_600, (1 << 200) // 7):
        [settled] = harness("inverted", harness("inverted", [anchor]))
        got = [d for first in range(1, blocks, page) for d in harness("scheduled", anchor, first, page, 10, 2880)]
        assert got == [settled] * blocks


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


def _next_bits(harness: Harness, cases: Sequence[tuple[int, ...]]) -> list[int]:
    return [
        bits
        for at in range(0, len(cases), _CASES_A_CALL)
        for bits in harness("nextBits", cases[at : at + _CASES_A_CALL])
    ]


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
