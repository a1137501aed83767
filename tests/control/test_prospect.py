"""Where plans start, from windows alone."""

import math
from dataclasses import replace

import numpy as np
import pytest

from oracle.control.prospect import start_of
from oracle.window.rounds import Round, Rounds
from oracle.window.window import Cadence, PhiBounds, Window
from tests.examples import WAD, block, nodes, transaction, window


def with_rounds(*, count: int = 150, seconds: int = 10, unit_seconds: int | None = None, p: int = 2_000) -> Window:
    """Rounds so many seconds apart at one p, 8 transactions offered in each; 4 nodes, interval 10 s, capacity 32."""
    won = tuple(
        Round(100 + number, 1_700_000_000 + seconds * number, number % 4, p, 4 * p, 8 * number, 8, 8)
        for number in range(count)
    )
    return replace(window([block(1)]), rounds=Rounds(won, 2_880, unit_seconds), backlog_transactions=40)


def test_the_pace_is_the_work_done_over_the_work_to_do() -> None:
    assert start_of(with_rounds()).prospect.pace[0, 0] == pytest.approx(1, rel=0.05)
    assert start_of(with_rounds(seconds=5)).prospect.pace[0, 0] == pytest.approx(2, rel=0.05)
    # The same times at phi above 0, when p was lower than d / N: at phi = 0 rounds take longer.
    seen = with_rounds()
    assert seen.rounds is not None
    eased = tuple(replace(each, difficulty=1_600) for each in seen.rounds.won)
    assert start_of(replace(seen, rounds=replace(seen.rounds, won=eased))).prospect.pace[0, 0] == pytest.approx(
        0.8, rel=0.05
    )


def test_where_p_counts_the_clock_the_pace_follows_from_it_alone() -> None:
    for seconds in (5, 10, 30):
        assert start_of(with_rounds(seconds=seconds, unit_seconds=1, p=10)).prospect.pace[0, 0] == 1
        assert start_of(with_rounds(seconds=seconds, unit_seconds=2, p=10)).prospect.pace[0, 0] == 0.5


def test_load_backlog_and_phi_are_in_full_blocks_and_intervals() -> None:
    start = start_of(replace(with_rounds(seconds=20), nodes=nodes(4, lane=1 << 13)))
    assert start.usual_load[0] == pytest.approx(8 / 32 / 2)
    assert start.prospect.load[0] == pytest.approx(np.full(len(start.prospect.load[0]), 8 / 32 / 2))
    assert start.prospect.backlog[0] == 40 / 32
    assert start.prospect.phi[0] == 0.25


def test_without_a_ledger_phi_moves_no_block() -> None:
    blocks = [block(number, [transaction(100 * number + i) for i in range(16)]) for number in range(1, 20)]
    start = start_of(window(blocks))
    assert (start.rules.speeds, start.rules.half_life, start.prospect.pace[0, 0]) == (0, math.inf, 1)
    assert start.usual_load[0] == pytest.approx(0.5)


def test_rules_are_the_contracts_and_the_cadence_of_its_reports() -> None:
    seen = replace(
        with_rounds(),
        bounds=PhiBounds(1 << 13, 1 << 10, 4 * WAD // 10, 6 * WAD // 10),
        cadence=Cadence(epoch_blocks=20, lag_blocks=5),
    )
    rules = start_of(seen).rules
    assert (rules.epoch_blocks, rules.lag_blocks) == (20, 5)
    assert (rules.low, rules.high) == pytest.approx((-0.1, 0.1))
    assert rules.max_step == 1 / 32
    assert rules.half_life == 288
    first = start_of(replace(seen, cadence=Cadence(0, 0))).rules
    assert (first.epoch_blocks, first.lag_blocks) == (10, 3)


def test_reports_at_every_block_are_planned_by_longer_epochs_in_which_phi_may_move_as_far() -> None:
    rules = start_of(replace(with_rounds(), cadence=Cadence(epoch_blocks=2, lag_blocks=1))).rules
    assert rules.epoch_blocks == 10
    assert rules.max_step == pytest.approx(5 * 3276 / 2**15)


def test_on_a_chain_with_many_blocks_a_round_epochs_count_rounds() -> None:
    seen = with_rounds()
    assert seen.rounds is not None
    sparse = tuple(replace(each, chain_block=10 * each.chain_block) for each in seen.rounds.won)
    rules = start_of(
        replace(seen, rounds=replace(seen.rounds, won=sparse), cadence=Cadence(epoch_blocks=200, lag_blocks=30))
    ).rules
    assert (rules.epoch_blocks, rules.lag_blocks) == (20, 3)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_young_ledger_has_a_start_too(count: int) -> None:
    start = start_of(with_rounds(count=count))
    assert np.isfinite(start.prospect.pace).all()
    assert np.isfinite(start.prospect.load).all()


def test_a_clock_that_leaps_or_stands_still_gives_a_start_too() -> None:
    seen = with_rounds()
    assert seen.rounds is not None
    for leap in (0, 10**15):
        late = tuple(replace(each, timestamp_seconds=each.timestamp_seconds + leap) for each in seen.rounds.won[100:])
        still = tuple(replace(each, timestamp_seconds=1_700_000_000) for each in seen.rounds.won[:100])
        start = start_of(replace(seen, rounds=replace(seen.rounds, won=still + late)))
        assert np.isfinite(start.prospect.pace).all()
        assert (start.prospect.pace > 0).all()
        assert np.isfinite(start.prospect.load).all()
