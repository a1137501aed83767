"""ThetaLanes and Theta0Range against θ₀ + φ node by node: what they clear is within, and what they refuse is near."""

import random
from collections.abc import Sequence
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.formulas.lanes import MAX_LANE, MIN_LANE, WAD, WAD_PER_UNIT, lane_to_wad, pack
from tests.contracts.harness import Harness
from tests.contracts.stage import BIAS

_Case = tuple[list[int], list[int], tuple[int, int]]  # lanes, theta_0, bounds on theta


def _word(values: Sequence[int]) -> int:
    return sum(value << (16 * i) for i, value in enumerate(values))


def _entry(theta0: int) -> int:
    return min(65_535, theta0 // WAD_PER_UNIT - (-theta0 // WAD_PER_UNIT))


def _within(lanes: Sequence[int], theta0: Sequence[int], low: int, high: int) -> bool:
    return all(low <= value + lane_to_wad(lane) <= high for lane, value in zip(lanes, theta0, strict=True))


def _ask(harness: Harness, cases: list[_Case]) -> list[int]:
    words = [pack(lanes)[0] ^ BIAS for lanes, _, _ in cases]
    entries = [_word(list(map(_entry, theta0))) for _, theta0, _ in cases]
    return harness("thetasWithin", words, entries, [bounds for *_, bounds in cases])


def test_an_entry_is_twice_theta0_in_units_and_odd_between_them(harness: Harness) -> None:
    values = [0, 1, WAD_PER_UNIT - 1, WAD_PER_UNIT, WAD_PER_UNIT + 1, WAD // 10, WAD // 2, WAD - 1, WAD]
    expected = [0, 1, 1, 2, 3, 2 * 3276 + 1, 32_768, 65_535, 65_535]
    assert harness("thetaEntries", values) == expected == list(map(_entry, values))


def test_whole_units_are_exact_at_both_bounds(harness: Harness) -> None:
    """Each lane of the word in turn, at its bound and one unit past it; θ₀ = 0.5, as most networks have it."""
    low, high = 3277 * WAD_PER_UNIT, 30_000 * WAD_PER_UNIT
    theta0 = [WAD // 2] * 16
    cases: list[_Case] = []
    for place in range(16):
        for lane in (3277 - 16_384, 30_000 - 16_384):
            for offset in (-1, 0, 1):
                lanes = [5] * 16
                lanes[place] = lane + offset
                cases.append((lanes, theta0, (low, high)))
    got = _ask(harness, cases)
    assert got == [int(_within(lanes, values, *bounds)) for lanes, values, bounds in cases]
    assert sum(got) == 16 * 4


def test_the_ends_of_all_ranges_do_not_wrap(harness: Harness) -> None:
    cases: list[_Case] = [
        ([lane] * 16, [value] * 16, bounds)
        for lane in (MIN_LANE, MIN_LANE + 1, -1, 0, 1, MAX_LANE)
        for value in (0, 1, WAD_PER_UNIT, WAD - 1, WAD)
        for bounds in ((0, 0), (0, WAD), (WAD, WAD), (1, WAD - 1))
    ]
    for (lanes, theta0, bounds), cleared in zip(cases, _ask(harness, cases), strict=True):
        assert not cleared or _within(lanes, theta0, *bounds)
        # Exact but for θ₀ = 1, whose entry is one too small, and for bounds that are no whole units.
        if theta0[0] != WAD and bounds != (1, WAD - 1):
            assert cleared == int(_within(lanes, theta0, *bounds)), (lanes[0], theta0[0], bounds)


def test_what_is_cleared_is_within_and_what_is_not_is_less_than_a_unit_inside(harness: Harness) -> None:
    chosen = random.Random(3)
    cases: list[_Case] = []
    for _ in range(3000):
        low = chosen.choice([0, WAD // 10, chosen.randrange(WAD // 2)])
        high = chosen.choice([WAD, chosen.randrange(low + 8 * WAD_PER_UNIT, WAD + 1)])
        theta0 = [chosen.choice([WAD // 2, chosen.randrange(low, high + 1)]) for _ in range(16)]
        # Two nodes near a bound, the others amid them.
        goals = [(low + high) // 2] * 14 + [chosen.choice([low, high]) for _ in range(2)]
        chosen.shuffle(goals)
        lanes = [
            max(MIN_LANE, min(MAX_LANE, (goal - value) // WAD_PER_UNIT + chosen.choice([-1, 0, 0, 1, 2])))
            for goal, value in zip(goals, theta0, strict=True)
        ]
        cases.append((lanes, theta0, (low, high)))
    cleared_and_within = [0, 0]
    for (lanes, theta0, (low, high)), cleared in zip(cases, _ask(harness, cases), strict=True):
        if cleared:
            assert _within(lanes, theta0, low, high)
            cleared_and_within[1] += 1
        else:
            assert not _within(lanes, theta0, low + WAD_PER_UNIT, high - WAD_PER_UNIT)
            cleared_and_within[0] += 1
    assert min(cleared_and_within) > 100


def test_entries_of_nodes_that_come_fill_the_lanes_that_no_node_has(harness: Harness) -> None:
    chosen = random.Random(4)
    entries = [chosen.randrange(1 << 16) for _ in range(16)]
    *words, changed = harness("thetaEntriesAppended", chosen.randrange(1 << 256), 32, entries, 32 + 7, 9)
    for last, word in enumerate(words):
        assert word == _word(entries[: last + 1] + [entries[last]] * (15 - last))
    assert changed == _word([*entries[:7], 9, *entries[8:]])


@settings(max_examples=60)
@given(
    lanes=st.lists(st.lists(st.integers(MIN_LANE, MAX_LANE), min_size=16, max_size=16), max_size=6),
    seed=st.integers(0, 1 << 32),
    wide=st.booleans(),
)
def test_the_scan_is_bounds_on_phi_step_and_theta_in_one(
    harness: Harness, lanes: list[list[int]], seed: int, wide: bool
) -> None:
    chosen = random.Random(seed)
    theta0 = [[chosen.randrange(WAD + 1) for _ in word] for word in lanes]
    if wide:  # about half of the scans pass
        lanes = [[lane // 64 for lane in word] for word in lanes]
        theta0 = [[chosen.randrange(WAD // 3, WAD // 2) for _ in word] for word in lanes]
    step = chosen.choice([0, 40, 65_535])
    before = [[max(MIN_LANE, min(MAX_LANE, lane + chosen.choice([0, 0, 40, 41]))) for lane in word] for word in lanes]
    phi_low, phi_high = sorted((chosen.randrange(1 << 16), chosen.randrange(1 << 16)))
    bounds = (WAD // 10, WAD)
    words = [pack(word)[0] for word in lanes]
    entries = [_word(list(map(_entry, word))) for word in theta0]
    cleared = harness("thetasWithin", [word ^ BIAS for word in words], entries, [bounds] * len(words))
    passes = [
        bool(is_cleared)
        and all(phi_low <= lane + (1 << 15) <= phi_high for lane in word)
        and all(abs(lane - earlier) <= step for lane, earlier in zip(word, previous, strict=True))
        for is_cleared, word, previous in zip(cleared, lanes, before, strict=True)
    ]
    first = [passes.index(False, start) if False in passes[start:] else len(words) for start in range(len(words) + 1)]
    stored = [pack(word)[0] ^ BIAS for word in before]
    assert harness("scanThetas", words, stored, entries, (phi_low, phi_high, step), bounds) == first


def test_the_range_encloses_and_narrows_again(harness: Harness) -> None:
    half, steps = WAD // 2, [WAD // 2, WAD // 2, WAD, -WAD, WAD // 5, -(WAD // 5), -(WAD // 2), -(WAD // 2), WAD // 3]
    got = harness("theta0Ranges", steps)
    assert list(zip(got[::2], got[1::2], strict=True)) == [
        (half, half),
        (half, half),
        (half, WAD),
        (half, half),
        (WAD // 5, half),
        (half, half),
        (half, half),
        (WAD, 0),  # of none
        (WAD // 3, WAD // 3),
    ]


def test_the_range_is_never_more_than_a_256th_too_wide(harness: Harness) -> None:
    chosen = random.Random(8)
    held: list[int] = []
    steps = []
    for _ in range(600):
        if held and chosen.random() < 0.48:
            steps.append(-held.pop(chosen.randrange(len(held))))
        else:
            value = chosen.choice([chosen.randrange(1, WAD), WAD // 2 + chosen.randrange(-3, 4)])
            if chosen.random() < 0.03:
                value = WAD
            held.append(value)
            steps.append(value)
    got = harness("theta0Ranges", steps)
    none: list[int] = []
    states = accumulate(steps, _stepped, initial=none)
    narrowed = 0
    for low, high, now in zip(got[::2], got[1::2], list(states)[1:], strict=True):
        if not now:
            continue
        assert 0 <= min(now) - low < WAD / 256
        assert 0 <= high - max(now) < WAD / 256
        narrowed += high < WAD
    assert narrowed > 50


def _stepped(now: list[int], step: int) -> list[int]:
    """The θ₀ held after one more step."""
    if step > 0:
        return [*now, step]
    left = list(now)
    left.remove(-step)
    return left
