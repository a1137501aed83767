"""The withholding game: what holding finds back wins under each rule of when the next challenge is known."""

import math

import pytest

from oracle.plant.withholding import BLOCK, FINDER, PARENT, play_withholding

ROUNDS, SEEDS = 2_500, 4


def _share(rule: str, attacker: float, **changes: float) -> tuple[float, float]:
    """The attacker's share of the rounds, and three standard errors of it."""
    games = [play_withholding(rule, attacker, rounds=ROUNDS, seed=seed, **changes) for seed in range(SEEDS)]
    share = sum(game.won for game in games) / (ROUNDS * SEEDS)
    return share, 3 * math.sqrt(share * (1 - share) / (ROUNDS * SEEDS))


@pytest.mark.parametrize("attacker", [0.10, 0.25, 0.33, 0.40])
def test_a_challenge_from_the_block_of_the_win_leaves_withholding_the_hash_share(attacker: float) -> None:
    share, error = _share(BLOCK, attacker, chain_interval=0.001)
    assert share == pytest.approx(attacker, abs=error)


@pytest.mark.parametrize("attacker", [0.25, 0.33, 0.40])
def test_where_the_finder_alone_knows_the_challenge_withholding_wins_far_more(attacker: float) -> None:
    """A lead that grows by each find of its own and shrinks by each of the others' wins a / (1 - a) of the rounds."""
    share, error = _share(FINDER, attacker, chain_interval=0.001)
    # Finds in a row make rounds depend on each other, hence the wider margin.
    assert share == pytest.approx(attacker / (1 - attacker), abs=3 * error)
    assert share > attacker + 3 * error


@pytest.mark.parametrize("attacker", [0.25, 0.33, 0.40])
def test_the_hash_of_the_parent_block_is_known_early_enough_to_build_upon(attacker: float) -> None:
    """One find is always held, and every further one lets it go: a / (a + (1 - a)^2) of the rounds."""
    share, error = _share(PARENT, attacker, chain_interval=0.001)
    assert share == pytest.approx(attacker / (attacker + (1 - attacker) ** 2), abs=2 * error)


def test_a_find_that_is_held_leaves_nothing_to_search_for() -> None:
    """Its holder's hashes rest until the others find: on average 1 / (1 - a) for each find of its own."""
    game = play_withholding(BLOCK, 0.33, rounds=20_000, seed=1, chain_interval=0.001)
    assert game.mining_share == pytest.approx(0.67, abs=0.02)
    assert play_withholding(FINDER, 0.33, rounds=500, seed=1).mining_share == 1.0


def test_games_of_one_seed_are_equal() -> None:
    assert play_withholding(PARENT, 0.3, rounds=300, seed=5) == play_withholding(PARENT, 0.3, rounds=300, seed=5)
    assert play_withholding(PARENT, 0.3, rounds=300, seed=5) != play_withholding(PARENT, 0.3, rounds=300, seed=6)
