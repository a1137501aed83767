"""ExpTable at all 65 536 lanes: against mpmath, against its Python twin, monotone, exact at 0."""

import random
from itertools import pairwise

import pytest
from mpmath import mp, mpf

from deploy.exp_table import PATH, source
from oracle.formulas.exp_table import exp_q85, q85_to_wad, sum_exp_q85
from oracle.formulas.lanes import LANES_PER_WORD, MAX_LANE, MIN_LANE, UNITS_PER_ONE, WAD, unpack
from tests.conftest import Figure
from tests.contracts.harness import Harness
from tests.contracts.stage import BIAS

EVERY_LANE = range(MIN_LANE, MAX_LANE + 1)
_PAGE = 1 << 13  # lanes a call


@pytest.fixture(scope="module")
def exps(harness: Harness) -> list[int]:
    """exp(phi) * 2^85 of every lane, as the contract has it."""
    return [value for first in range(MIN_LANE, MAX_LANE + 1, _PAGE) for value in harness("exps", first, _PAGE)]


def test_exp_of_every_lane_is_within_4e13_of_mpmath(exps: list[int], figure: Figure) -> None:
    """1e-12 is asked."""
    assert len(exps) == 65_536
    worst = mpf(0)
    with mp.workdps(40):
        # e^(1/2^15) to the power q, one factor a step: an exponential for each lane would take seconds.
        step = mp.exp(mpf(1) / UNITS_PER_ONE)
        exact = mp.exp(-1) * 2**85
        for value in exps:
            worst = max(worst, abs(value - exact) / exact)
            exact *= step
        # The steps arrive where they should.
        assert abs(exact / 2**85 / mp.e - 1) < mpf(10) ** -34
    figure(f"exp at 65 536 lanes: largest relative error {mp.nstr(worst, 4)}")
    assert worst < mpf("4e-13")


def test_exp_rises_from_every_lane_to_the_next(exps: list[int]) -> None:
    assert all(lower < higher for lower, higher in pairwise(exps))


def test_exp_of_zero_is_exactly_one(exps: list[int]) -> None:
    assert exps[-MIN_LANE] == 1 << 85
    assert q85_to_wad(exps[-MIN_LANE]) == WAD


def test_every_lane_equals_the_twin(exps: list[int]) -> None:
    assert exps == [exp_q85(lane) for lane in EVERY_LANE]


def test_sums_of_words_equal_the_twin_to_the_last_bit(harness: Harness) -> None:
    chosen = random.Random(3)
    words = [0, (1 << 256) - 1, BIAS, *(chosen.getrandbits(256) for _ in range(2000))]
    sums = harness("sums", words)
    for word, total in zip(words, sums, strict=True):
        assert total == sum_exp_q85(unpack([word ^ BIAS], LANES_PER_WORD))


def test_the_table_in_the_contract_is_the_twins() -> None:
    assert PATH.read_text() == source(), "run `make abi`"
