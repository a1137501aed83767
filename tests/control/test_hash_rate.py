"""The filter over hash rates: on drawn rounds, beside a mean over the last ones."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.control import hash_rate
from oracle.control.hash_rate import REGIME, ROUNDS, work_rate
from tests.control.interpreted import interpreted


def rounds(rates: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Lengths and difficulties of many runs, whose difficulty wanders: [runs, ROUNDS] each."""
    random = np.random.default_rng(seed)
    difficulties = 1_000.0 * np.exp(random.normal(0, 0.2, rates.shape))
    return random.exponential(size=rates.shape) * difficulties / rates, difficulties


def test_a_steady_rate_is_found_as_well_as_by_the_mean_of_all_rounds() -> None:
    rates = np.full((400, ROUNDS), 1_000.0)
    lengths, difficulties = rounds(rates, 1)
    off = np.log(work_rate(lengths, difficulties) / 1_000.0)
    of_all = np.log(difficulties.sum(axis=1) / lengths.sum(axis=1) / 1_000.0)
    assert abs(off.mean()) < 0.02
    assert off.std() < 1.4 * of_all.std()


def test_over_regimes_it_is_nearer_than_a_mean_over_any_number_of_rounds() -> None:
    random = np.random.default_rng(2)
    rates, last_jump = np.empty((3_000, ROUNDS)), np.full(3_000, -1)
    level = random.uniform(np.log(0.6), np.log(1.6), len(rates))
    for number in range(ROUNDS):
        jumps = random.random(len(rates)) < 1 / REGIME
        level = np.where(jumps, random.uniform(np.log(0.6), np.log(1.6), len(rates)), level)
        last_jump[jumps] = number
        rates[:, number] = 1_000.0 * np.exp(level)
    lengths, difficulties = rounds(rates, 3)

    def squared_error(found: np.ndarray, which: np.ndarray) -> float:
        return float((np.log(found / rates[:, -1])[which] ** 2).mean())

    found = work_rate(lengths, difficulties)
    means = [difficulties[:, -last:].sum(axis=1) / lengths[:, -last:].sum(axis=1) for last in (20, 40, 80, ROUNDS)]
    everywhere = np.ones(len(rates), dtype=bool)
    assert squared_error(found, everywhere) < min(squared_error(mean, everywhere) for mean in means)
    # The longest mean is best where nothing jumped, and there the filter loses little; where something did, it wins.
    jumped = (last_jump >= 0) & (last_jump < ROUNDS - 40)
    assert squared_error(found, jumped) < 0.8 * squared_error(means[-1], jumped)
    assert squared_error(found, last_jump < 0) < 1.2 * squared_error(means[-1], last_jump < 0)


@given(st.integers(0, 1_000), st.floats(1e-6, 1e6))
@settings(max_examples=20)
def test_the_unit_of_work_does_not_matter(seed: int, unit: float) -> None:
    lengths, difficulties = rounds(np.full((1, 30), 1_000.0), seed)
    np.testing.assert_allclose(
        work_rate(lengths, unit * difficulties), unit * work_rate(lengths, difficulties), rtol=1e-9
    )


def test_compiled_it_gives_the_bits_of_plain_floating_point() -> None:
    lengths, difficulties = rounds(np.full((3, 40), 1_000.0), 5)
    compiled = work_rate(lengths, difficulties)
    with interpreted(work_rate, hash_rate) as plain:
        assert (plain(lengths, difficulties) == compiled).all()


def test_rounds_of_no_likelihood_still_give_a_rate() -> None:
    """A find after a thousand times the expected time is beyond all levels, and does not divide by zero."""
    lengths = np.array([[1.0] * 20 + [1e6]])
    found = work_rate(lengths, np.ones((1, 21)))
    assert np.isfinite(found).all()
    assert found[0] > 0
