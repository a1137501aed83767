"""PhiLanes against its Python twin."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from oracle.formulas.lanes import (
    LANES_PER_WORD,
    MAX_LANE,
    MIN_LANE,
    UNITS_PER_ONE,
    WAD,
    halve,
    lane_to_wad,
    pack,
    unpack,
    word_count,
)
from tests.contracts.harness import Harness

EVERY_LANE = range(MIN_LANE, MAX_LANE + 1)
# All near a power of two, where halving turns, and a spread of others.
MANY_LANES = [
    lane for lane in EVERY_LANE if lane % 37 == 0 or any(abs(abs(lane) - (1 << bit)) <= 1 for bit in range(16))
]
_PAGE = 1 << 14  # lanes a call
_WORD = st.integers(min_value=0, max_value=(1 << 256) - 1)
_batches = settings(max_examples=10, deadline=None, derandomize=True, database=None)


def _of_every_lane(harness: Harness, function: str) -> list[int]:
    pages = range(MIN_LANE, MAX_LANE + 1, _PAGE)
    return [value for first in pages for value in harness(function, first, _PAGE)]


def test_word_count_rounds_up(harness: Harness) -> None:
    counts = [*range(50), 10_000, 10_001, 1 << 32]
    assert harness("wordCounts", counts) == [word_count(count) for count in counts]
    assert [word_count(count) for count in (0, 1, 16, 17)] == [0, 1, 1, 2]


def test_every_lane_survives_packing_and_reading(harness: Harness) -> None:
    lanes = list(EVERY_LANE)
    assert harness("lanes", pack(lanes)) == lanes
    assert unpack(pack(lanes), len(lanes)) == lanes


@_batches
@given(words=st.lists(_WORD, min_size=1, max_size=50))
@example(words=[0, (1 << 256) - 1, 1 << 255, 0x8000, 0x7FFF])
def test_lanes_of_any_words_read_as_the_twin_reads_them(harness: Harness, words: list[int]) -> None:
    lanes = harness("lanes", words)
    assert lanes == unpack(words, LANES_PER_WORD * len(words))
    assert pack(lanes) == words


def test_phi_of_every_lane_is_exact_in_wad(harness: Harness) -> None:
    wads = _of_every_lane(harness, "toWads")
    assert wads == [lane_to_wad(lane) for lane in EVERY_LANE]
    assert all(wad * UNITS_PER_ONE == lane * WAD for wad, lane in zip(wads, EVERY_LANE, strict=True))


@_batches
@given(word=_WORD, first=st.integers(min_value=0, max_value=10_000))
def test_clearing_a_lane_touches_no_other(harness: Harness, word: int, first: int) -> None:
    for offset, result in enumerate(harness("cleared", word, first)):
        lanes = unpack([word], LANES_PER_WORD)
        lanes[(first + offset) % LANES_PER_WORD] = 0
        assert unpack([result], LANES_PER_WORD) == lanes


def test_lanes_halve_toward_zero_by_every_shift(harness: Harness) -> None:
    words = pack(MANY_LANES)
    for shift in (*range(18), 255, 256, (1 << 256) - 1):
        expected = [halve(lane, min(shift, 300)) for lane in MANY_LANES]
        assert unpack(harness("halved", words, shift), len(MANY_LANES)) == expected, shift


def test_halving_one_by_one_equals_halving_at_once(harness: Harness) -> None:
    """So `relax` gives the same lanes whether it is called each period or once late."""
    words = pack(MANY_LANES)
    stepwise = words
    for shift in range(1, 17):
        stepwise = harness("halved", stepwise, 1)
        assert stepwise == harness("halved", words, shift), shift
    assert not any(stepwise)
