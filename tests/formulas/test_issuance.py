"""Issuance: phi moves blocks in time; ASERT pays back, so the count of blocks stays with the schedule.

Blocks come by an exponential clock at rate (hash rate) / p, with p = d / sum of exp(phi) and d by ASERT, as the plant
of the design has it: half-life 288 intervals, |phi| at most 0.5.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.formulas.asert import Anchor
from oracle.formulas.exp_table import q85_to_wad, sum_exp_q85
from oracle.formulas.lanes import WAD
from tests.conftest import Figure

INTERVAL_SECONDS = 600  # coarse enough that whole seconds do not matter
HALF_LIFE_INTERVALS = 288
NODES = 4
MAX_LANE = 1 << 14  # phi = 0.5
BLOCKS = 6_000

Schedule = Callable[[int], int]  # the lane of every node in force at a height


def largest_lead(schedule: Schedule, *, seed: int) -> float:
    """Most blocks by which the chain is ahead of or behind one block an interval, over BLOCKS blocks."""
    anchor = Anchor(
        difficulty=(1 << 40) * NODES,
        height=0,
        timestamp_seconds=0,
        interval_seconds=INTERVAL_SECONDS,
        half_life_seconds=HALF_LIFE_INTERVALS * INTERVAL_SECONDS,
    )
    hashes_per_second = (1 << 40) / INTERVAL_SECONDS
    clock = np.random.default_rng(seed)
    time, lead = 0.0, 0.0
    for height in range(BLOCKS):
        base = anchor.base_difficulty_at(height=height, timestamp_seconds=int(time))
        p = base * WAD // q85_to_wad(sum_exp_q85([schedule(height)] * NODES))
        time += clock.exponential(p / hashes_per_second)
        lead = max(lead, abs(height + 1 - time / INTERVAL_SECONDS))
    return lead


@pytest.mark.parametrize(
    ("name", "schedule"),
    [
        ("phi 0", lambda _: 0),
        ("phi held at 0.5", lambda _: MAX_LANE),
        ("phi held at -0.5", lambda _: -MAX_LANE),
        ("phi turning every half-life", lambda height: MAX_LANE if height // 288 % 2 else -MAX_LANE),
        ("phi turning every 1 000 blocks", lambda height: MAX_LANE if height // 1000 % 2 else -MAX_LANE),
    ],
)
def test_blocks_stay_within_a_half_life_of_the_schedule(name: str, schedule: Schedule, figure: Figure) -> None:
    lead = largest_lead(schedule, seed=1)
    figure(f"issuance, {name}: at most {lead:.0f} blocks off schedule in {BLOCKS:,} (limit {HALF_LIFE_INTERVALS})")
    assert lead < HALF_LIFE_INTERVALS


@settings(max_examples=60)
@given(turns=st.lists(st.integers(-MAX_LANE, MAX_LANE), min_size=1, max_size=60), length=st.integers(1, 400))
def test_no_schedule_of_phi_within_bounds_leads_further(turns: list[int], length: int) -> None:
    assert largest_lead(lambda height: turns[height // length % len(turns)], seed=2) < HALF_LIFE_INTERVALS


def test_phi_held_is_paid_back_by_the_same_share_of_a_half_life() -> None:
    """In equilibrium d makes up for exp(phi): ahead by log2(exp(phi)) half-lives, and no further."""
    ahead = math.log2(math.exp(0.5)) * HALF_LIFE_INTERVALS
    assert largest_lead(lambda _: MAX_LANE, seed=3) == pytest.approx(ahead, rel=0.25)
