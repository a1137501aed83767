"""The grinding game: what withholding reveals wins, and where it wins nothing."""

import math

import pytest

from oracle.plant.grinding import grind

SLOTS = 400_000


def _shares(attacker: float, term_slots: int) -> tuple[float, float, float]:
    """Honest and grinding, and three standard errors of their difference."""
    games = [
        grind(attacker, term_slots=term_slots, p_slots=5, terms=SLOTS // term_slots, seed=3, withholds=withholds)
        for withholds in (False, True)
    ]
    honest, grinding = games
    return honest.share, grinding.share, 3 * math.sqrt(2 * honest.share * (1 - honest.share) / honest.blocks)


@pytest.mark.parametrize("attacker", [0.1, 0.25, 0.4])
def test_without_withholding_a_share_is_that_of_the_draws(attacker: float) -> None:
    """Of the slots that either draws, and both are the attacker's: a chance of 1 - 0.8^a out of 0.2."""
    share, _, error = _shares(attacker, 64)
    assert share == pytest.approx((1 - 0.8**attacker) / 0.2, abs=error)


def test_withholding_wins_more_than_luck_in_short_terms() -> None:
    honest, grinding, error = _shares(0.4, 32)
    assert grinding > honest + error


def test_a_longer_term_leaves_less_to_gain() -> None:
    gains = [grinding - honest for honest, grinding, _ in (_shares(0.4, slots) for slots in (16, 64, 1024))]
    assert gains[0] > gains[1] > gains[2]


def test_a_game_is_the_same_for_the_same_seed() -> None:
    one, same, other = (grind(0.3, term_slots=32, p_slots=5, terms=200, seed=seed) for seed in (1, 1, 2))
    assert one == same != other
