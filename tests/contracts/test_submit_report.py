"""`submitReport`: applies whole, in order, in time, on this contract only; else reverts and changes nothing."""

from dataclasses import astuple, replace

import pytest
from eth_account.signers.local import LocalAccount

from oracle.formulas.difficulty import check_sum_exp
from oracle.formulas.lanes import lane_to_wad, pack, phi_hash
from oracle.report.signing import digest
from tests.contracts.recovery import recovered
from tests.contracts.stage import (
    GUARDIAN,
    LIMITS,
    MODEL_HASH,
    NODE_COUNT,
    STRANGER,
    THETA0_WAD,
    WAD,
    WINDOW_HASH,
    Event,
    Stage,
)

LANES = [(-1) ** node * (100 * node + 7) for node in range(NODE_COUNT)]
ZEROS = [0] * NODE_COUNT


# What a report does


def test_sets_every_lane_and_theta_is_theta0_plus_phi(stage: Stage) -> None:
    stage.apply(LANES)
    assert list(stage.nodes().lanes) == LANES
    assert stage.oracle.functions.phiWords(0, 99).call() == pack(LANES)
    assert stage.thetas() == [t + lane_to_wad(q) for t, q in zip(THETA0_WAD, LANES, strict=True)]
    assert stage.oracle.functions.phi(19).call() == lane_to_wad(LANES[19])
    assert stage.oracle.functions.theta(19).call() == THETA0_WAD[19] + lane_to_wad(LANES[19])
    check_sum_exp(got_wad=stage.sum_exp_wad(), active_lanes=LANES)


def test_theta_counts_from_the_initial_value_and_never_accumulates(stage: Stage) -> None:
    stage.apply(LANES)
    once = stage.thetas()
    stage.apply(LANES)
    stage.apply(LANES)
    assert stage.thetas() == once
    assert stage.nodes().theta0_wad == THETA0_WAD


def test_remembers_epoch_window_block_and_time(stage: Stage) -> None:
    stage.space()
    signed = stage.signed(LANES)
    stage.send(stage.submission(signed), at=stage.now + 33)
    last = stage.oracle.functions.lastReport().call()
    assert tuple(last) == (1, signed.report.to_block, stage.head, stage.now)


def test_emits_the_sum_before_and_after_and_all_it_was_told(stage: Stage) -> None:
    receipt = stage.apply(LANES)
    report = stage.contracts.oracle_state()
    after = stage.sum_exp_wad()
    assert stage.events(receipt) == [
        Event(
            "ReportApplied",
            {
                "epoch": 1,
                "fromBlock": 1,
                "toBlock": report.to_block,
                "windowHash": WINDOW_HASH,
                "phiHash": phi_hash(pack(LANES)),
                "previousSumExpWad": NODE_COUNT * WAD,
                "sumExpWad": after,
                "signers": 0b111,
            },
        ),
    ]


def test_a_report_of_the_same_lanes_counts_as_fresh(stage: Stage) -> None:
    stage.apply(LANES)
    before = stage.sum_exp_wad()
    events = stage.events(stage.apply(LANES))
    assert [event.name for event in events] == ["ReportApplied"]
    assert events[0].arguments["previousSumExpWad"] == events[0].arguments["sumExpWad"] == before
    assert stage.contracts.oracle_state().epoch == 2


@pytest.mark.parametrize("carrier", [STRANGER, GUARDIAN], ids=["stranger", "guardian"])
def test_anyone_may_carry_it(stage: Stage, carrier: LocalAccount) -> None:
    stage.space()
    stage.send(stage.submission(stage.signed(LANES)), sender=carrier)
    assert list(stage.nodes().lanes) == LANES


def test_digest_is_that_of_the_typed_data(stage: Stage) -> None:
    report = stage.report(LANES)
    expected = digest(report, chain_id=stage.chain.chain_id, oracle_address=stage.oracle.address)
    assert bytes(stage.oracle.functions.reportDigest(astuple(report)).call()) == expected


# Epochs and replay


@pytest.mark.parametrize("epoch", [0, 1, 3, (1 << 64) - 1])
def test_refuses_an_epoch_that_is_not_the_next(stage: Stage, epoch: int) -> None:
    stage.apply(LANES)
    stage.space()
    stage.assert_reverts(stage.submission(stage.signed(ZEROS, epoch=epoch)), "EpochNotConsecutive", epoch, 2)


def test_epochs_count_from_one(stage: Stage) -> None:
    stage.space()
    stage.assert_reverts(stage.submission(stage.signed(LANES, epoch=0)), "EpochNotConsecutive", 0, 1)
    stage.apply(LANES)
    assert stage.contracts.oracle_state().epoch == 1
    stage.apply(ZEROS)
    assert stage.contracts.oracle_state().epoch == 2


def test_refuses_a_replay(stage: Stage) -> None:
    stage.space()
    call = stage.submission(stage.signed(LANES))
    stage.send(call)
    stage.mine(LIMITS.min_spacing_blocks)
    stage.assert_reverts(call, "EpochNotConsecutive", 1, 2)


def test_of_two_carriers_in_one_block_the_second_is_refused(stage: Stage) -> None:
    stage.space()
    call = stage.submission(stage.signed(LANES))
    first = stage.pool(call)
    second = stage.pool(call, sender=STRANGER)
    stage.mine()
    assert [stage.receipt(sent)["status"] for sent in (first, second)] == [1, 0]
    assert stage.contracts.oracle_state().epoch == 1


def test_refuses_a_report_signed_for_another_contract(stage: Stage) -> None:
    """The twin has the same operators, limits and epoch: only its address differs."""
    twin = stage.second_oracle()
    stage.space()
    report = stage.report(LANES)
    signed = stage.sign(report, LANES, oracle_address=twin.address)
    seen = digest(report, chain_id=stage.chain.chain_id, oracle_address=stage.oracle.address)
    stage.assert_reverts(stage.submission(signed), "NotOperator", 0, recovered(signed.signatures[0], seen))


def test_refuses_a_report_signed_for_another_chain(stage: Stage) -> None:
    stage.space()
    report = stage.report(LANES)
    signed = stage.sign(report, LANES, chain_id=stage.chain.chain_id + 1)
    seen = digest(report, chain_id=stage.chain.chain_id, oracle_address=stage.oracle.address)
    stage.assert_reverts(stage.submission(signed), "NotOperator", 0, recovered(signed.signatures[0], seen))


# Time


def test_takes_a_report_at_its_deadline(stage: Stage) -> None:
    stage.space()
    stage.send(stage.submission(stage.signed(LANES, deadline=stage.now + 50)), at=stage.now + 50)
    assert stage.contracts.oracle_state().epoch == 1


def test_refuses_a_report_one_second_past_its_deadline(stage: Stage) -> None:
    stage.space()
    deadline = stage.now + 50
    call = stage.submission(stage.signed(LANES, deadline=deadline))
    stage.assert_reverts(call, "DeadlinePassed", deadline, deadline + 1, at=deadline + 1)


def test_takes_a_report_exactly_the_spacing_after_the_last(stage: Stage) -> None:
    stage.apply(LANES)
    reported = stage.head
    stage.mine(LIMITS.min_spacing_blocks - 1)
    assert stage.is_spaced(at=stage.now)
    stage.send(stage.submission(stage.signed(ZEROS)))
    assert stage.head == reported + LIMITS.min_spacing_blocks
    assert stage.contracts.oracle_state().epoch == 2


def test_refuses_a_report_one_block_early(stage: Stage) -> None:
    stage.apply(LANES)
    reported = stage.head
    stage.mine(LIMITS.min_spacing_blocks - 2)
    earliest = reported + LIMITS.min_spacing_blocks
    assert not stage.is_spaced(at=stage.now + LIMITS.max_age_seconds)
    stage.assert_reverts(stage.submission(stage.signed(ZEROS)), "TooSoon", earliest - 1, earliest)


def test_the_first_report_is_spaced_from_the_deployment(stage: Stage) -> None:
    deployed_at = stage.contracts.oracle_state().reported.number
    stage.set_limits(replace(LIMITS, min_spacing_blocks=100))
    call = stage.submission(stage.signed(LANES))
    stage.assert_reverts(call, "TooSoon", stage.head + 1, deployed_at + 100)


# The window


def test_refuses_a_window_that_is_reversed(stage: Stage) -> None:
    stage.space()
    call = stage.submission(stage.signed(LANES, from_block=4, to_block=3))
    stage.assert_reverts(call, "WindowReversed", 4, 3)


def test_takes_a_window_of_one_block(stage: Stage) -> None:
    stage.space()
    stage.send(stage.submission(stage.signed(LANES, from_block=3, to_block=3)))
    assert stage.contracts.oracle_state().to_block == 3


def test_windows_may_overlap_as_long_as_they_advance(stage: Stage) -> None:
    stage.apply(LANES)
    to_block = stage.contracts.oracle_state().to_block
    stage.space()
    stage.send(stage.submission(stage.signed(ZEROS, from_block=1, to_block=to_block + 1)))
    assert stage.contracts.oracle_state().to_block == to_block + 1


def test_refuses_a_window_that_does_not_advance(stage: Stage) -> None:
    stage.apply(LANES)
    to_block = stage.contracts.oracle_state().to_block
    stage.space()
    call = stage.submission(stage.signed(ZEROS, from_block=1, to_block=to_block))
    stage.assert_reverts(call, "WindowNotAdvancing", to_block, to_block)


def test_takes_a_window_that_ends_at_the_block_before(stage: Stage) -> None:
    stage.space()
    stage.send(stage.submission(stage.signed(LANES, to_block=stage.head)))
    assert stage.contracts.oracle_state().to_block == stage.head - 1


def test_refuses_a_window_that_ends_in_the_block_of_the_report(stage: Stage) -> None:
    stage.space()
    number = stage.head + 1
    call = stage.submission(stage.signed(LANES, to_block=number))
    stage.assert_reverts(call, "WindowNotPast", number, number)


# Model and lanes


def test_refuses_another_model(stage: Stage) -> None:
    stage.space()
    other = bytes(31) + b"\x01"
    stage.assert_reverts(stage.submission(stage.signed(LANES, model_hash=other)), "WrongModel", other, MODEL_HASH)


def test_refuses_words_that_are_not_those_signed(stage: Stage) -> None:
    stage.space()
    signed = stage.signed(LANES)
    altered = pack([*LANES[:7], LANES[7] + 1, *LANES[8:]])
    call = stage.submission(replace(signed, phi_words=tuple(altered)))
    stage.assert_reverts(call, "WrongPhiHash", signed.report.phi_hash, phi_hash(altered))


@pytest.mark.parametrize(("lanes", "words"), [(0, 0), (16, 1), (33, 3)])
def test_refuses_another_number_of_words(stage: Stage, lanes: int, words: int) -> None:
    stage.assert_report_refused([0] * lanes, "WrongPhiLength", words, 2)


@pytest.mark.parametrize(("lane", "value"), [(20, 1), (25, -1), (31, -32768)])
def test_refuses_a_lane_set_beyond_the_last_node(stage: Stage, lane: int, value: int) -> None:
    lanes = [*LANES, *([0] * (lane - NODE_COUNT)), value]
    stage.assert_report_refused(lanes, "UnusedLaneSet", lane, NODE_COUNT)


def test_names_the_first_unused_lane(stage: Stage) -> None:
    stage.assert_report_refused([*LANES, 0, 0, 5, 0, 6], "UnusedLaneSet", 22, NODE_COUNT)


def test_a_full_last_word_has_no_unused_lane(stage: Stage) -> None:
    stage.send(stage.oracle.functions.register([STRANGER.address] * 12, [WAD // 2] * 12))
    lanes = [*LANES, *range(-6, 6)]
    stage.apply(lanes)
    assert list(stage.nodes().lanes) == lanes
    stage.assert_report_refused([*lanes, 0], "WrongPhiLength", 3, 2)


def test_refuses_the_lane_of_a_retired_node(stage: Stage) -> None:
    stage.send(stage.oracle.functions.retire(17))
    stage.assert_report_refused(LANES, "RetiredLaneSet", 17, LANES[17])
    stage.apply([*LANES[:17], 0, *LANES[18:]])
    assert stage.nodes().lanes[17] == 0


def test_names_the_first_retired_lane(stage: Stage) -> None:
    stage.send(stage.oracle.functions.retire(0))
    stage.send(stage.oracle.functions.retire(15))
    stage.assert_report_refused([-1] * NODE_COUNT, "RetiredLaneSet", 0, -1)
    stage.assert_report_refused([0] + [-1] * (NODE_COUNT - 1), "RetiredLaneSet", 15, -1)


# All or nothing


def test_one_bad_lane_in_the_last_word_keeps_the_first_word_out(stage: Stage) -> None:
    stage.apply(LANES)
    before = stage.nodes()
    bad = [100] * 19 + [LANES[19] - LIMITS.max_step_lane - 1]
    stage.assert_report_refused(
        bad, "StepTooLarge", 19, LANES[19] - LIMITS.max_step_lane - 1, LANES[19], LIMITS.max_step_lane
    )
    assert stage.nodes() == before
    assert stage.contracts.oracle_state().epoch == 1


def test_a_refused_epoch_can_still_be_reported(stage: Stage) -> None:
    stage.assert_report_refused([LIMITS.max_step_lane + 1, *ZEROS[1:]], "StepTooLarge", 0, 2501, 0, 2500)
    stage.apply(LANES)
    assert stage.contracts.oracle_state().epoch == 1
