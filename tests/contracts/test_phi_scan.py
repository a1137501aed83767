"""LaneBounds against comparisons lane by lane, and PhiScan against LaneBounds and ExpTable."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.formulas.exp_table import sum_exp_q85
from oracle.formulas.lanes import unpack
from tests.contracts.harness import Harness
from tests.contracts.stage import BIAS

_WORD = st.integers(min_value=0, max_value=(1 << 256) - 1)
_BIASED = st.integers(min_value=0, max_value=(1 << 16) - 1)
_BOUNDS = st.tuples(_BIASED, _BIASED, _BIASED)


def _biased_lanes(word: int) -> list[int]:
    return [(word >> (16 * i)) & 0xFFFF for i in range(16)]


def _word(lanes: list[int]) -> int:
    return sum(lane << (16 * i) for i, lane in enumerate(lanes))


def _within(following: int, previous: int, bounds: tuple[int, int, int]) -> bool:
    low, high, step = bounds
    pairs = zip(_biased_lanes(following), _biased_lanes(previous), strict=True)
    return all(low <= u <= high and abs(u - v) <= step for u, v in pairs)


def test_each_lane_turns_at_its_bound(harness: Harness) -> None:
    """Every lane, every bound, at it and one unit past it: others in the middle of theirs."""
    cases = []
    bounds = (20_000, 45_000, 300)
    for lane in range(16):
        for value, before in ((20_000, 20_000), (45_000, 45_000), (30_000, 30_300), (30_000, 29_700)):
            for offset in (-1, 0, 1):
                following, previous = [31_000] * 16, [31_000] * 16
                following[lane], previous[lane] = value + offset, before
                cases.append((_word(following), _word(previous), bounds))
    # The ends of the range, where a comparison in 16 bits would wrap.
    for bounds in ((0, 65_535, 65_535), (0, 65_535, 0), (65_535, 0, 65_535), (0, 0, 65_535), (65_535, 65_535, 0)):
        for u in (0, 1, 65_534, 65_535):
            cases += [(_word([u] * 16), _word([v] * 16), bounds) for v in (0, 1, 65_534, 65_535)]
    got = harness("within", [c[0] for c in cases], [c[1] for c in cases], [c[2] for c in cases])
    assert got == [int(_within(*case)) for case in cases]
    assert set(got) == {0, 1}


def test_bounds_hold_for_any_words(harness: Harness) -> None:
    chosen = random.Random(5)
    cases = []
    for _ in range(3000):
        previous = [chosen.randrange(1 << 16) for _ in range(16)]
        step = chosen.choice([0, 1, 100, 5000, 65_535])
        following = [min(65_535, max(0, v + chosen.randint(-step, step))) for v in previous]
        if chosen.random() < 0.5:
            following[chosen.randrange(16)] = chosen.randrange(1 << 16)
        low, high = min(following), max(following)
        cases.append((_word(following), _word(previous), (low + chosen.choice([0, 0, 1]), high, step)))
    got = harness("within", [c[0] for c in cases], [c[1] for c in cases], [c[2] for c in cases])
    assert got == [int(_within(*case)) for case in cases]
    assert 500 < sum(got) < 2500


@settings(max_examples=60)
@given(words=st.lists(st.tuples(_WORD, _WORD), max_size=40), bounds=_BOUNDS)
def test_scan_is_the_two_in_one_and_store_keeps_every_word(
    harness: Harness, words: list[tuple[int, int]], bounds: tuple[int, int, int]
) -> None:
    following = [word for word, _ in words]
    previous = [word for _, word in words]
    ok, total, *stored = harness("scan", [word ^ BIAS for word in following], previous, bounds)
    assert ok == int(all(_within(u, v, bounds) for u, v in words))
    assert total == sum(sum_exp_q85(unpack([word ^ BIAS], 16)) for word in following)
    assert stored == following
