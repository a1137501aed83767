"""What texts add to the load to come: the laws of its docstring."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.control import announced as module
from oracle.control.announced import AHEAD, EXCESS, announced_load
from oracle.control.load import HORIZON
from tests.control.interpreted import interpreted

BLOCKS = 32
USUAL = 0.35


@dataclass
class Said:
    """What 32 blocks say."""

    times: np.ndarray
    announced: np.ndarray
    against: np.ndarray

    def added(self) -> np.ndarray:
        return np.asarray(announced_load(self.times, self.announced, self.against, np.array([USUAL]))[0])


def said(announce: dict[int, tuple[int, float]] | None = None, against: dict[int, float] | None = None) -> Said:
    """One block a T. `announce`: by block, how many T ahead and by what weight."""
    found = Said(np.arange(BLOCKS)[None], np.zeros((1, BLOCKS, AHEAD)), np.zeros((1, BLOCKS)))
    for block, (ahead, weight) in (announce or {}).items():
        found.announced[0, block, ahead] += weight
    for block, weight in (against or {}).items():
        found.against[0, block] += weight
    return found


@st.composite
def anything(draw: st.DrawFn) -> Said:
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    share = random.random((1, BLOCKS)) * draw(st.floats(0, 1))
    when = random.dirichlet(np.full(AHEAD, 0.1), (1, BLOCKS))
    against = random.random((1, BLOCKS)) * (1 - share) * (random.random((1, BLOCKS)) < draw(st.floats(0, 1)))
    times = np.cumsum(random.integers(0, 4, (1, BLOCKS)), axis=1)
    return Said(times, share[..., None] * when, against)


def test_nothing_announced_adds_exactly_nothing_whatever_is_called_off() -> None:
    assert (said().added() == 0).all()
    assert (said(against={31: 0.5, 20: 1.0}).added() == 0).all()


@settings(max_examples=50)
@given(anything(), st.integers(0, BLOCKS - 1), st.integers(0, AHEAD - 1), st.floats(0, 1))
def test_more_announced_never_lowers_what_is_expected(case: Said, block: int, ahead: int, weight: float) -> None:
    before = case.added()
    case.announced[0, block, ahead] += weight
    assert (case.added() >= before - 1e-12).all()


@settings(max_examples=50)
@given(anything(), st.integers(0, BLOCKS - 1), st.floats(0, 1))
def test_more_called_off_never_raises_what_is_expected(case: Said, block: int, weight: float) -> None:
    before = case.added()
    case.against[0, block] += weight
    assert (case.added() <= before + 1e-12).all()


@given(anything())
@settings(max_examples=50)
def test_it_stays_within_its_bound(case: Said) -> None:
    added = case.added()
    assert (added >= 0).all()
    assert (added < EXCESS * USUAL).all()


def test_an_announced_crowd_is_expected_from_when_it_is_to_begin() -> None:
    added = said({block: (40 - block, 0.2) for block in range(20, 32)}).added()
    assert (added[:8] == 0).all()
    assert added[10] > 0.2
    assert added[10] > added[60] > 0


def test_what_began_some_time_ago_adds_nothing() -> None:
    assert (said({block: (25 - block, 0.2) for block in range(5, 25)}).added() == 0).all()


def test_called_off_by_as_many_as_announced_it_is_gone_after_five_blocks() -> None:
    announced = {block: (50 - block, 0.2) for block in range(10, 27)}
    silent = said(announced).added().max()
    off = said(announced, dict.fromkeys(range(27, 32), 0.2)).added().max()
    assert silent > 0.1
    assert off < silent / 3


def test_fewer_call_off_nothing_that_more_announce() -> None:
    announced = {block: (50 - block, 0.11) for block in range(32)}
    always = dict.fromkeys(range(32), 0.1)
    assert said(announced, always).added().max() == said(announced).added().max()


def test_announcements_of_little_weight_add_something_too() -> None:
    added = [
        said({block: (50 - block, weight) for block in range(12, 32)}).added().max() for weight in (0.01, 0.03, 0.2)
    ]
    assert 0.1 * added[2] < added[0] < added[1] < added[2]


def test_compiled_it_gives_the_bits_of_plain_floating_point() -> None:
    case = said({block: (45 - block, 0.2) for block in range(5, 25)}, {28: 0.1})
    compiled = case.added()
    with interpreted(announced_load, module) as plain:
        assert (plain(case.times, case.announced, case.against, np.array([USUAL]))[0] == compiled).all()


def test_what_lies_beyond_the_horizon_is_not_played() -> None:
    assert len(said({31: (AHEAD - 1, 1.0)}).added()) == HORIZON


def test_a_chain_that_stood_still_or_whose_clock_runs_back_is_read_too() -> None:
    """A gap of years takes no more room, what was said ahead of it is over, and no clock leads out of the arrays."""
    late = said({30: (20, 0.2), 31: (19, 0.2)})
    before = late.added()
    late.times[0, :30] -= 10**15
    assert (late.added() == before).all()
    back = said(dict.fromkeys(range(BLOCKS), (5, 0.2)))
    back.times[0, :] = np.arange(BLOCKS)[::-1] * 10**9
    assert np.isfinite(back.added()).all()
    assert (back.added() < EXCESS * USUAL).all()
