"""Which target interval can hold on a chain of a given pace: the formulas against rounds played one by one."""

import math
import random

import pytest

from oracle.formulas.asert import Anchor
from oracle.formulas.pace import (
    LEAST_BLOCKS_A_ROUND,
    doublings_a_second,
    find_seconds_to_hold,
    held_interval_seconds,
    lost_finds_share,
    seconds_to_saturation,
)


def _play(find_seconds: float, block_seconds: float, rounds: int) -> tuple[float, float]:
    """Mean time of a round, and the share of finds that came second, from finds at random over successive blocks."""
    draws = random.Random(1)
    clock = finds = won = 0.0
    next_find = draws.expovariate(1 / find_seconds)
    while won < rounds:
        clock += block_seconds
        here = 0
        while next_find <= clock:
            here += 1
            next_find += draws.expovariate(1 / find_seconds)
        finds, won = finds + here, won + (here > 0)
    return clock / won, 1 - won / finds


@pytest.mark.parametrize(("interval", "block"), [(24, 12), (15, 12), (13, 12), (10, 2), (10, 1), (10, 0.25)])
def test_finds_that_take_as_long_as_said_hold_the_interval(interval: float, block: float) -> None:
    find = find_seconds_to_hold(interval, block)
    assert held_interval_seconds(find, block) == pytest.approx(interval, rel=1e-12)
    held, lost = _play(find, block, 20_000)
    assert held == pytest.approx(interval, rel=0.03)
    assert lost == pytest.approx(lost_finds_share(interval, block), abs=0.02)


def test_no_difficulty_makes_rounds_quicker_than_blocks() -> None:
    for interval in (12, 11, 1):
        with pytest.raises(ValueError, match="a round takes at least a block, 12 s"):
            find_seconds_to_hold(interval, 12)
    assert _play(0.1, 12, 100)[0] == 12


def test_at_two_blocks_a_round_what_is_lost_and_what_phi_gains_are_as_said() -> None:
    assert LEAST_BLOCKS_A_ROUND == 2
    assert lost_finds_share(2, 1) == pytest.approx(0.2787, abs=1e-4)
    hurried = held_interval_seconds(find_seconds_to_hold(2, 1) / math.exp(0.5), 1)
    assert 2 / hurried == pytest.approx(1.362, abs=1e-3)


def test_p_reaches_one_hash_when_said() -> None:
    # Ten seconds asked of blocks that come every twelve: the three days of README.
    seconds = seconds_to_saturation(10, 12, 2880, hashes_per_block=65536, nodes=100)
    assert seconds == pytest.approx(16 * 6 * 2880)
    anchor = Anchor(difficulty=65536 * 100, height=0, timestamp_seconds=0, interval_seconds=10, half_life_seconds=2880)
    blocks = round(seconds / 12)
    assert anchor.base_difficulty_at(height=blocks, timestamp_seconds=12 * blocks) == pytest.approx(100, rel=1e-3)


def test_d_reaches_its_last_bit_when_said_on_a_quick_chain() -> None:
    seconds = seconds_to_saturation(10, 2, 2880, hashes_per_block=65536, nodes=1)
    assert seconds == (256 - 16) * 2880 / 4
    assert seconds_to_saturation(10, 2, 2880, hashes_per_block=65536, nodes=16) == (256 - 20) * 2880 / 4  # d is 2^20
    assert doublings_a_second(10, 2, 2880) == 4 / 2880
    assert seconds_to_saturation(10, 10, 2880, hashes_per_block=65536, nodes=1) == math.inf
