"""`relax`: once the last report is stale, φ halves toward 0 once a relax period, whoever calls, paused or not."""

from dataclasses import replace

import pytest
from eth_account.signers.local import LocalAccount

from oracle.formulas.difficulty import check_sum_exp
from oracle.formulas.lanes import halve, lane_to_wad, pack
from tests.contracts.stage import GUARDIAN, LIMITS, NODE_COUNT, STRANGER, THETA0_WAD, WAD, Event, Stage

LANES = [(-1) ** node * (110 * node + 1) for node in range(NODE_COUNT)]  # odd ones of both signs, 1 and −111 among them
AGE = LIMITS.max_age_seconds
PERIOD = LIMITS.relax_period_seconds


def _reported(stage: Stage) -> int:
    """Apply LANES; the first second at which they are stale."""
    stage.apply(LANES)
    return stage.now + AGE + 1


def _staleness(stage: Stage) -> tuple[bool, int, int]:
    stale, age, limit = stage.oracle.functions.staleness().call()
    return bool(stale), int(age), int(limit)


# When


def test_a_report_at_its_maximum_age_is_not_stale(stage: Stage) -> None:
    stale_at = _reported(stage)
    stage.assert_reverts(stage.oracle.functions.relax(), "NotStale", stale_at - 1, stale_at, at=stale_at - 1)
    assert _staleness(stage) == (False, AGE, AGE)


def test_a_report_is_stale_one_second_past_its_maximum_age(stage: Stage) -> None:
    stale_at = _reported(stage)
    stage.send(stage.oracle.functions.relax(), at=stale_at)
    assert list(stage.nodes().lanes) == [halve(lane, 1) for lane in LANES]
    assert _staleness(stage) == (True, AGE + 1, AGE)


def test_a_fresh_report_is_not_stale(stage: Stage) -> None:
    stage.apply(LANES)
    assert _staleness(stage) == (False, 0, AGE)
    stage.assert_reverts(stage.oracle.functions.relax(), "NotStale", stage.now + 10, stage.now + AGE + 1)


def test_before_the_first_report_age_counts_from_the_deployment(stage: Stage) -> None:
    deployed_at = stage.contracts.oracle_state().reported.timestamp_seconds
    stage.mine(at=deployed_at + AGE)
    assert _staleness(stage) == (False, AGE, AGE)
    stage.mine(at=deployed_at + AGE + 1)
    assert _staleness(stage) == (True, AGE + 1, AGE)


def test_relaxes_once_a_period(stage: Stage) -> None:
    stale_at = _reported(stage)
    relax = stage.oracle.functions.relax()
    stage.send(relax, at=stale_at + 40)
    stage.assert_reverts(relax, "AlreadyRelaxed", stale_at + 41, stale_at + PERIOD, at=stale_at + 41)
    stage.assert_reverts(relax, "AlreadyRelaxed", stale_at + PERIOD - 1, stale_at + PERIOD, at=stale_at + PERIOD - 1)
    stage.send(relax, at=stale_at + PERIOD)
    assert list(stage.nodes().lanes) == [halve(lane, 2) for lane in LANES]
    stage.assert_reverts(
        relax, "AlreadyRelaxed", stale_at + PERIOD + 1, stale_at + 2 * PERIOD, at=stale_at + PERIOD + 1
    )


@pytest.mark.parametrize("late", [3 * PERIOD, 4 * PERIOD - 1])
def test_catches_up_with_every_period_begun(stage: Stage, late: int) -> None:
    """Late calls leave φ where timely calls would have left it."""
    stale_at = _reported(stage)
    receipt = stage.send(stage.oracle.functions.relax(), at=stale_at + late)
    assert stage.events(receipt)[-1].arguments["halvings"] == 4
    assert list(stage.nodes().lanes) == [halve(lane, 4) for lane in LANES]


def test_catches_up_from_where_the_last_call_left_off(stage: Stage) -> None:
    stale_at = _reported(stage)
    stage.send(stage.oracle.functions.relax(), at=stale_at + PERIOD)
    receipt = stage.send(stage.oracle.functions.relax(), at=stale_at + 4 * PERIOD + 5)
    assert stage.events(receipt)[-1].arguments["halvings"] == 3
    assert list(stage.nodes().lanes) == [halve(lane, 5) for lane in LANES]


# What


def test_halves_toward_zero_from_both_sides(stage: Stage) -> None:
    stage.apply([1, -1, 2, -2, 3, -3, 5, -5, 2499, -2499, *[0] * 10])
    stage.send(stage.oracle.functions.relax(), at=stage.now + AGE + 1)
    assert list(stage.nodes().lanes) == [0, 0, 1, -1, 1, -1, 2, -2, 1249, -1249, *[0] * 10]


def test_theta_and_the_sum_follow(stage: Stage) -> None:
    stale_at = _reported(stage)
    stage.send(stage.oracle.functions.relax(), at=stale_at)
    lanes = [halve(lane, 1) for lane in LANES]
    assert stage.thetas() == [t + lane_to_wad(q) for t, q in zip(THETA0_WAD, lanes, strict=True)]
    check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=lanes)
    assert stage.oracle.functions.phiWords(0, 9).call() == pack(lanes)


def test_emits_how_often_it_halved_and_the_sum_before_and_after(stage: Stage) -> None:
    stale_at = _reported(stage)
    before = stage.sum_exp_wad()
    receipt = stage.send(stage.oracle.functions.relax(), at=stale_at + PERIOD)
    after = stage.sum_exp_wad()
    assert stage.events(receipt) == [
        Event("Relaxed", {"epoch": 1, "halvings": 2, "previousSumExpWad": before, "sumExpWad": after}),
    ]


def test_ends_with_every_phi_at_zero_and_the_sum_exact(stage: Stage) -> None:
    stale_at = _reported(stage)
    relax = stage.oracle.functions.relax()
    periods = max(abs(lane) for lane in LANES).bit_length()
    for period in range(periods):
        stage.send(relax, at=stale_at + period * PERIOD)
        assert list(stage.nodes().lanes) == [halve(lane, period + 1) for lane in LANES]
    assert not any(stage.nodes().lanes)
    assert stage.sum_exp_wad() == NODE_COUNT * WAD
    assert stage.thetas() == list(THETA0_WAD)
    stage.assert_reverts(relax, "NothingToRelax", at=stale_at + periods * PERIOD)


def test_one_call_after_a_very_long_silence_ends_at_zero(stage: Stage) -> None:
    _reported(stage)
    stage.send(stage.oracle.functions.relax(), at=stage.now + 10**9)
    assert not any(stage.nodes().lanes)
    assert stage.sum_exp_wad() == NODE_COUNT * WAD


def test_phi_at_zero_leaves_nothing_to_relax(stage: Stage) -> None:
    stage.mine(at=stage.now + AGE + 1)
    stage.assert_reverts(stage.oracle.functions.relax(), "NothingToRelax")


def test_a_retired_node_stays_out_of_the_sum(stage: Stage) -> None:
    stale_at = _reported(stage)
    stage.send(stage.oracle.functions.retire(3))
    stage.send(stage.oracle.functions.retire(18))
    stage.send(stage.oracle.functions.relax(), at=stale_at)
    active = [halve(lane, 1) for node, lane in enumerate(LANES) if node not in (3, 18)]
    check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=active)


def test_a_whole_word_of_zeros_counts_its_nodes(stage: Stage) -> None:
    stage.apply([*[0] * 16, 100, -100, 50, 0])
    stage.send(stage.oracle.functions.retire(2))
    stage.send(stage.oracle.functions.relax(), at=stage.now + AGE + 1)
    check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=[*[0] * 15, 50, -50, 25, 0])


# Who and in which state


@pytest.mark.parametrize("caller", [STRANGER, GUARDIAN], ids=["stranger", "guardian"])
def test_anyone_may_call_it(stage: Stage, caller: LocalAccount) -> None:
    stale_at = _reported(stage)
    stage.send(stage.oracle.functions.relax(), sender=caller, at=stale_at)
    assert list(stage.nodes().lanes) == [halve(lane, 1) for lane in LANES]


def test_works_while_reports_are_paused(stage: Stage) -> None:
    stale_at = _reported(stage)
    stage.send(stage.oracle.functions.pause(), sender=GUARDIAN)
    stage.send(stage.oracle.functions.relax(), sender=STRANGER, at=stale_at)
    assert list(stage.nodes().lanes) == [halve(lane, 1) for lane in LANES]


def test_does_not_count_as_a_report(stage: Stage) -> None:
    stale_at = _reported(stage)
    before = stage.oracle.functions.lastReport().call()
    stage.send(stage.oracle.functions.relax(), at=stale_at)
    assert stage.oracle.functions.lastReport().call() == before


# A report afterwards


def test_a_report_ends_staleness_and_counts_its_step_from_the_relaxed_lanes(stage: Stage) -> None:
    stale_at = _reported(stage)
    stage.send(stage.oracle.functions.relax(), at=stale_at)
    relaxed = stage.nodes().lanes[19]
    limit = LIMITS.max_step_lane
    call_lanes = [*[0] * 19, relaxed + limit + 1]
    stage.assert_report_refused(call_lanes, "StepTooLarge", 19, relaxed + limit + 1, relaxed, limit)
    stage.apply([*[0] * 19, relaxed + limit])
    assert _staleness(stage) == (False, 0, AGE)
    stage.assert_reverts(stage.oracle.functions.relax(), "NotStale", stage.now + 10, stage.now + AGE + 1)


def test_a_report_starts_the_count_of_halvings_anew(stage: Stage) -> None:
    """Three halvings were done for the first report; the first due for the second is not among them."""
    stale_at = _reported(stage)
    stage.send(stage.oracle.functions.relax(), at=stale_at + 2 * PERIOD)
    stage.apply(LANES)
    second_stale_at = stage.now + AGE + 1
    receipt = stage.send(stage.oracle.functions.relax(), at=second_stale_at)
    assert stage.events(receipt)[-1].arguments["halvings"] == 1
    assert list(stage.nodes().lanes) == [halve(lane, 1) for lane in LANES]
    stage.assert_reverts(stage.oracle.functions.relax(), "AlreadyRelaxed", stage.now + 10, second_stale_at + PERIOD)


def test_limits_changed_later_hold_for_the_report_in_force(stage: Stage) -> None:
    stage.apply(LANES)
    reported = stage.now
    stage.set_limits(replace(LIMITS, max_age_seconds=1000, relax_period_seconds=7))
    stage.assert_reverts(
        stage.oracle.functions.relax(), "NotStale", reported + 1000, reported + 1001, at=reported + 1000
    )
    receipt = stage.send(stage.oracle.functions.relax(), at=reported + 1001 + 14)
    assert stage.events(receipt)[-1].arguments["halvings"] == 3
