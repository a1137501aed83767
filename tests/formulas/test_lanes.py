"""The lane codec's own edges; `tests/contracts/test_phi_lanes.py` compares it with Solidity."""

import pytest
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.formulas.lanes import (
    MAX_LANE,
    MIN_LANE,
    WAD,
    WAD_PER_UNIT,
    halve,
    lane_to_wad,
    pack,
    phi_hash,
    unpack,
    word_bytes,
    word_count,
)

_same_examples = settings(deadline=None, derandomize=True, database=None)
_LANE = st.integers(min_value=MIN_LANE, max_value=MAX_LANE)


def test_lane_n_lies_at_bits_16_times_n_of_its_word() -> None:
    assert pack([1, 2]) == [0x0002_0001]
    assert pack([-1]) == [0xFFFF]
    assert pack([0] * 15 + [MIN_LANE]) == [0x8000 << 240]
    assert pack([0] * 16 + [5]) == [0, 5]
    assert pack([]) == []


@_same_examples
@given(lanes=st.lists(_LANE, max_size=70))
def test_unpacking_undoes_packing(lanes: list[int]) -> None:
    words = pack(lanes)
    assert len(words) == word_count(len(lanes))
    assert unpack(words, len(lanes)) == lanes


@_same_examples
@given(lanes=st.lists(_LANE, min_size=1, max_size=70))
def test_unused_lanes_are_zero(lanes: list[int]) -> None:
    words = pack(lanes)
    assert not any(unpack(words, 16 * len(words))[len(lanes) :])


@pytest.mark.parametrize("lane", [MIN_LANE - 1, MAX_LANE + 1])
def test_refuses_a_lane_beyond_16_bits_and_names_its_node(lane: int) -> None:
    with pytest.raises(ValueError, match=f"phi of node 2 is {lane}"):
        pack([0, 0, lane])


def test_the_hash_is_over_the_words_in_order_big_endian() -> None:
    assert word_bytes([1, 2]) == bytes(31) + b"\x01" + bytes(31) + b"\x02"
    assert phi_hash([1, 2]) == keccak(word_bytes([1, 2]))
    assert phi_hash([1, 2]) != phi_hash([2, 1])
    assert phi_hash([]).hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_a_lane_unit_is_exact_in_wad() -> None:
    assert WAD_PER_UNIT * (1 << 15) == WAD
    assert lane_to_wad(MIN_LANE) == -WAD
    assert lane_to_wad(MAX_LANE) == WAD - WAD_PER_UNIT


@_same_examples
@given(lane=_LANE, times=st.integers(0, 40))
def test_halving_is_division_toward_zero(lane: int, times: int) -> None:
    halved = halve(lane, times)
    assert halved == int(lane / 2**times)
    assert halve(-lane, times) == -halved
    assert times < 16 or halved == 0
