"""Schedules: as the documentation describes them, and equal for equal seeds."""

import itertools
import statistics

from oracle.workload.schedule import HASH_RATE_LEVELS, draw_schedule


def test_crowds_and_regimes_are_as_described() -> None:
    schedules = [draw_schedule(seed, 20_000) for seed in range(20)]
    crowds = [crowd for schedule in schedules for crowd in schedule.crowds]
    assert abs(sum(not crowd.called_off for crowd in crowds) / 20 - 50) < 4
    assert all(15 <= c.length_blocks <= 60 and 1.25 <= c.factor <= 2.5 for c in crowds)
    announced = [c for c in crowds if c.announced_ahead_blocks]
    coming = [c for c in crowds if not c.called_off]
    assert abs(sum(c.announced_ahead_blocks > 0 for c in coming) / len(coming) - 0.8) < 0.05
    assert all(10 <= c.announced_ahead_blocks <= 40 for c in announced)
    assert abs(sum(c.called_off for c in announced) / len(announced) - 1 / 3) < 0.06
    assert not any(c.called_off for c in crowds if not c.announced_ahead_blocks)
    lengths = [b - a for s in schedules for (a, _), (b, _) in itertools.pairwise(s.hash_rates)]
    assert abs(statistics.mean(lengths) - 1500) < 250
    assert {factor for s in schedules for _, factor in s.hash_rates} == set(HASH_RATE_LEVELS)


def test_equal_seeds_give_equal_schedules_and_others_do_not() -> None:
    assert draw_schedule(3, 5000) == draw_schedule(3, 5000) != draw_schedule(4, 5000)


def test_a_shorter_run_is_the_beginning_of_a_longer() -> None:
    short, long = draw_schedule(3, 3000), draw_schedule(3, 9000)
    assert short.crowds == long.crowds[: len(short.crowds)]
    assert short.hash_rates == long.hash_rates[: len(short.hash_rates)]
    assert len(short.hash_rates) < len(long.hash_rates)
    assert all(crowd.start_block >= 3000 for crowd in long.crowds[len(short.crowds) :])


def test_the_hash_rate_holds_until_it_changes() -> None:
    schedule = draw_schedule(1, 20_000)
    for (first, factor), (then, _) in itertools.pairwise(schedule.hash_rates):
        assert schedule.hash_rate_factor(first) == schedule.hash_rate_factor(then - 0.01) == factor
