"""aserti3: the public vectors, its shape, and that it pays back in the long run what φ hurried."""

import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.formulas.asert import MAX_UINT256, Anchor, next_target
from tests.formulas.asert_vectors import (
    HALF_LIFE_SECONDS,
    INTERVAL_SECONDS,
    MAX_TARGET_BITS,
    bits_of,
    load,
    runs,
    target_of,
)

_same_examples = settings(deadline=None, derandomize=True, database=None)
ANCHOR = Anchor(difficulty=1 << 30, height=100, timestamp_seconds=10_000, interval_seconds=10, half_life_seconds=2880)


@pytest.mark.parametrize("path", runs())
def test_gives_every_target_of_the_public_vectors(path: Path) -> None:
    run = load(path)
    for line in run.lines:
        target = next_target(
            anchor_target=target_of(run.anchor_bits),
            time_diff_seconds=line.time_diff_seconds,
            height_diff=line.height_diff,
            interval_seconds=INTERVAL_SECONDS,
            half_life_seconds=HALF_LIFE_SECONDS,
            max_target=target_of(MAX_TARGET_BITS),
        )
        assert bits_of(target) == line.target_bits, line


@pytest.mark.parametrize(
    ("bits", "target"),
    [
        (0x1D00FFFF, 0xFFFF << 208),
        (0x01010000, 1),
        (0x02008000, 0x80),
        (0x03123456, 0x123456),
        (0x04123456, 0x12345600),
        (0x05009234, 0x92340000),
    ],
)
def test_compact_bits_read_and_write_targets(bits: int, target: int) -> None:
    assert target_of(bits) == target
    assert bits_of(target) == bits


@_same_examples
@given(target=st.integers(min_value=1, max_value=MAX_UINT256))
def test_compact_bits_keep_the_leading_digits_rounded_down(target: int) -> None:
    kept = target_of(bits_of(target))
    assert kept <= target < kept + (kept >> 14) + 1
    assert bits_of(kept) == bits_of(target)


@_same_examples
@given(late=st.integers(-(10**5), 10**5), step=st.integers(1, 1000))
def test_the_later_the_block_the_easier_the_target(late: int, step: int) -> None:
    def target(late_seconds: int) -> int:
        return next_target(
            anchor_target=1 << 200,
            time_diff_seconds=600 + late_seconds,
            height_diff=0,
            interval_seconds=600,
            half_life_seconds=172_800,
        )

    assert target(late) <= target(late + step)


@_same_examples
@given(late=st.integers(-(10**6), 10**6))
def test_is_the_power_of_two_within_the_rules_own_error(late: int) -> None:
    """The cubic stands for 2^x within 0.013 %."""
    half_life = 86_400
    target = next_target(
        anchor_target=1 << 200,
        time_diff_seconds=10 + late,
        height_diff=0,
        interval_seconds=10,
        half_life_seconds=half_life,
    )
    assert float(Fraction(target, 1 << 200)) == pytest.approx(2.0 ** (late / half_life), rel=1.5e-4)


@pytest.mark.parametrize("late", [-(10**12), -(10**30), 10**12, 10**30])
def test_stays_between_one_and_the_limit(late: int) -> None:
    target = next_target(
        anchor_target=1 << 100,
        time_diff_seconds=late,
        height_diff=0,
        interval_seconds=10,
        half_life_seconds=100,
        max_target=1 << 220,
    )
    assert target == (1 if late < 0 else 1 << 220)


def test_d_at_the_anchor_and_on_schedule_is_the_anchors() -> None:
    for blocks in (0, 1, 1000):
        got = ANCHOR.base_difficulty_at(height=100 + blocks, timestamp_seconds=10_000 + 10 * blocks)
        assert got == ANCHOR.difficulty


def _seconds_for(blocks: int, sum_exp_over_n: float) -> int:
    """Time that constant hash power takes for `blocks` at p = d / Σexp(φ), each block as late as it expects to be."""
    hashes_per_second = ANCHOR.difficulty / ANCHOR.interval_seconds
    now = float(ANCHOR.timestamp_seconds)
    for height in range(ANCHOR.height, ANCHOR.height + blocks):
        d = ANCHOR.base_difficulty_at(height=height, timestamp_seconds=int(now))
        now += d / sum_exp_over_n / hashes_per_second
    return int(now) - ANCHOR.timestamp_seconds


@pytest.mark.parametrize("sum_exp_over_n", [1.2, 0.8])
def test_pays_back_in_the_long_run_what_phi_hurried(sum_exp_over_n: float) -> None:
    """φ shifts the schedule once, by half_life · log2(Σexp(φ)/N), however long it is held."""
    plain = {blocks: _seconds_for(blocks, 1.0) for blocks in (2000, 4000)}
    held = {blocks: _seconds_for(blocks, sum_exp_over_n) for blocks in (2000, 4000)}
    shift = ANCHOR.half_life_seconds * math.log2(sum_exp_over_n)
    for blocks, seconds in held.items():
        assert plain[blocks] - seconds == pytest.approx(shift, rel=0.02)
    assert held[4000] - held[2000] == pytest.approx(2000 * ANCHOR.interval_seconds, rel=0.002)


def test_phi_at_once_changes_the_pace() -> None:
    """In the short run blocks do come sooner: that is what φ is for."""
    assert _seconds_for(50, 1.2) < _seconds_for(50, 1.0) < _seconds_for(50, 0.8)
