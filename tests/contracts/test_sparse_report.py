"""Sparse reports: the same report with only the words that change. Same result, same refusals, fewer bytes."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import astuple

import pytest
from web3.contract.contract import ContractFunction

from oracle.chain.anvil import AnvilChain
from oracle.formulas.exp_table import sum_exp_q85
from oracle.formulas.lanes import pack
from oracle.report.signing import SignedReport
from tests.contracts.stage import (
    GENESIS_TIMESTAMP_SECONDS,
    LIMITS,
    WAD,
    Stage,
    deploy_stage,
)

NODE_COUNT = 16 * 300 + 5  # more words than one bitmap entry holds, the last one partly used


@pytest.fixture(scope="module")
def wide() -> Iterator[Stage]:
    blocks = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    stage = deploy_stage(blocks, theta0_wad=[WAD // 2] * NODE_COUNT, limits=LIMITS)
    stage.mine(5)
    yield stage
    blocks.close()


def sparse(stage: Stage, signed: SignedReport, changed: Sequence[int]) -> ContractFunction:
    """The sparse submission that gives the words at `changed`."""
    bitmap = [0] * -(-len(signed.phi_words) // 256)
    for word in changed:
        bitmap[word // 256] |= 1 << (word % 256)
    call: ContractFunction = stage.oracle.functions.submitSparseReport(
        astuple(signed.report),
        [astuple(signature) for signature in signed.signatures],
        bitmap,
        [signed.phi_words[word] for word in changed],
    )
    return call


def _differing(stage: Stage, lanes: Sequence[int]) -> list[int]:
    before, after = pack(stage.nodes().lanes), pack(lanes)
    return [w for w, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]


@pytest.mark.parametrize("count", [1, 7, 150, 301])
def test_a_sparse_report_ends_where_the_full_one_does(wide: Stage, count: int) -> None:
    chosen = random.Random(count)
    lanes = list(wide.nodes().lanes)
    for word in chosen.sample(range(301), count):
        lanes[16 * word + chosen.randrange(5)] = chosen.randrange(-1000, 1000)
    wide.space()
    changed = _differing(wide, lanes)
    receipt = wide.send(sparse(wide, wide.signed(lanes), changed))
    assert list(wide.nodes().lanes) == lanes
    assert wide.oracle.functions.sumExpQ85().call() == sum_exp_q85(lanes)
    event = wide.events(receipt)[0]
    assert (event.name, event.arguments["signers"]) == ("ReportApplied", 0b111)


def test_a_word_given_though_it_stays_does_no_harm(stage: Stage) -> None:
    lanes = [50, *[0] * 19]
    stage.space()
    stage.send(sparse(stage, stage.signed(lanes), [0, 1]))
    assert list(stage.nodes().lanes) == lanes


def test_a_changed_word_left_out_breaks_the_hash(stage: Stage) -> None:
    lanes = [*[10] * 16, *[20] * 4]
    stage.space()
    signed = stage.signed(lanes)
    kept = stage.sign(stage.report([*[10] * 16, *[0] * 4]), [*[10] * 16, *[0] * 4]).report.phi_hash
    stage.assert_reverts(sparse(stage, signed, [0]), "WrongPhiHash", signed.report.phi_hash, kept)


def test_the_bitmap_must_fit_the_words(stage: Stage) -> None:
    lanes = [10] * 20
    stage.space()
    signed = stage.signed(lanes)
    report = astuple(signed.report)
    signatures = [astuple(signature) for signature in signed.signatures]
    function = stage.oracle.functions.submitSparseReport
    words = list(signed.phi_words)
    stage.assert_reverts(function(report, signatures, [0b11], words[:1]), "WrongBitmap", 2, 1)
    stage.assert_reverts(function(report, signatures, [0b01], words), "WrongBitmap", 1, 2)
    stage.assert_reverts(function(report, signatures, [0b101], words), "WrongBitmap", 1, 2)
    stage.assert_reverts(function(report, signatures, [], words), "WrongBitmap", 0, 2)
    stage.assert_reverts(function(report, signatures, [0, 1], words), "WrongBitmap", 0, 2)
    # Bits for words that the network has not.
    stage.assert_reverts(function(report, signatures, [0b111], words), "WrongBitmap", 3, 2)
    stage.assert_reverts(function(report, signatures, [0b11, 1], words), "WrongBitmap", 3, 2)
    stage.send(function(report, signatures, [0b11, 0], words))


def test_words_that_stay_are_held_to_the_bounds_too(stage: Stage) -> None:
    """Bounds narrowed since: a full report of these lanes would be refused, and so is the sparse one."""
    lanes = [2000, *[0] * 19]
    stage.apply(lanes)
    stage.send(stage.oracle.functions.setThetaBounds(0, 3 * 10**17))
    stage.space()
    stage.mine()  # a call runs in the latest block
    following = [*lanes[:16], 5, *lanes[17:]]
    full = stage.submission(stage.signed(following, to_block=stage.head - 1))
    failure = stage.failure(full)
    assert failure is not None
    stage.assert_reverts(sparse(stage, stage.signed(following), [1]), failure.name, *failure.arguments)


def test_every_other_check_is_that_of_the_full_report(stage: Stage) -> None:
    lanes = [7] * 20
    stage.space()
    stage.assert_reverts(sparse(stage, stage.signed(lanes, epoch=2), [0, 1]), "EpochNotConsecutive", 2, 1)
    stage.assert_reverts(sparse(stage, stage.signed(lanes, signers=(0, 1)), [0, 1]), "TooFewSignatures", 2, 3)
    past = [LIMITS.max_step_lane + 1, *[0] * 19]
    stage.assert_reverts(sparse(stage, stage.signed(past), [0]), "StepTooLarge", 0, 2501, 0, 2500)
    stage.send(stage.oracle.functions.retire(3))
    retired = [*[0] * 3, 1, *[0] * 16]
    stage.assert_reverts(sparse(stage, stage.signed(retired), [0]), "RetiredLaneSet", 3, 1)
