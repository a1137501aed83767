"""The guardian can stop reports and nothing else; the owner resumes them."""

from dataclasses import astuple

from tests.contracts.stage import (
    GUARDIAN,
    LIMITS,
    MODEL_HASH,
    NODE_COUNT,
    STRANGER,
    WAD,
    ZERO_ADDRESS,
    Event,
    Stage,
)

LANES = [10 * node for node in range(NODE_COUNT)]


def test_the_guardian_pauses(stage: Stage) -> None:
    assert not stage.oracle.functions.paused().call()
    receipt = stage.send(stage.oracle.functions.pause(), sender=GUARDIAN)
    assert stage.oracle.functions.paused().call()
    assert stage.events(receipt) == [Event("ReportsPaused", {"by": GUARDIAN.address})]


def test_the_owner_pauses(stage: Stage) -> None:
    receipt = stage.send(stage.oracle.functions.pause())
    assert stage.events(receipt) == [Event("ReportsPaused", {"by": stage.owner.address})]


def test_nobody_else_pauses(stage: Stage) -> None:
    stage.assert_reverts(stage.oracle.functions.pause(), "NotGuardianOrOwner", STRANGER.address, sender=STRANGER)


def test_a_former_guardian_pauses_no_more(stage: Stage) -> None:
    stage.send(stage.oracle.functions.setGuardian(STRANGER.address))
    stage.assert_reverts(stage.oracle.functions.pause(), "NotGuardianOrOwner", GUARDIAN.address, sender=GUARDIAN)
    stage.send(stage.oracle.functions.pause(), sender=STRANGER)


def test_reports_are_refused_while_paused_and_taken_after(stage: Stage) -> None:
    stage.send(stage.oracle.functions.pause(), sender=GUARDIAN)
    stage.assert_report_refused(LANES, "Paused")
    receipt = stage.send(stage.oracle.functions.unpause())
    assert stage.events(receipt) == [Event("ReportsResumed", {"by": stage.owner.address})]
    assert not stage.oracle.functions.paused().call()
    stage.apply(LANES)
    assert list(stage.nodes().lanes) == LANES


def test_the_owner_cannot_report_while_paused_either(stage: Stage) -> None:
    stage.send(stage.oracle.functions.pause())
    stage.space()
    stage.assert_reverts(stage.submission(stage.signed(LANES, signers=range(5))), "Paused", sender=stage.owner)


def test_pausing_keeps_phi_theta_and_the_sum(stage: Stage) -> None:
    stage.apply(LANES)
    before = (stage.nodes(), stage.thetas(), stage.sum_exp_wad())
    stage.send(stage.oracle.functions.pause(), sender=GUARDIAN)
    assert (stage.nodes(), stage.thetas(), stage.sum_exp_wad()) == before


def test_pausing_twice_is_refused(stage: Stage) -> None:
    stage.send(stage.oracle.functions.pause())
    stage.assert_reverts(stage.oracle.functions.pause(), "Paused", sender=GUARDIAN)


def test_resuming_what_is_not_paused_is_refused(stage: Stage) -> None:
    stage.assert_reverts(stage.oracle.functions.unpause(), "NotPaused")


def test_the_guardian_can_do_nothing_but_pause(stage: Stage) -> None:
    stage.apply(LANES)
    stage.send(stage.oracle.functions.pause(), sender=GUARDIAN)
    oracle = stage.oracle.functions
    me = GUARDIAN.address
    for call in (
        oracle.unpause(),
        oracle.setGuardian(me),
        oracle.setOperators([me], 1),
        oracle.setModelHash(MODEL_HASH),
        oracle.setLimits(astuple(LIMITS)),
        oracle.transferOwnership(me),
        oracle.renounceOwnership(),
        oracle.register([me], [WAD // 2]),
        oracle.setTheta0(0, WAD // 2),
        oracle.setMiner(0, me),
        oracle.retire(0),
        oracle.setThetaBounds(0, WAD),
    ):
        stage.assert_reverts(call, "OwnableUnauthorizedAccount", me, sender=GUARDIAN)


def test_without_a_guardian_the_owner_alone_pauses(stage: Stage) -> None:
    stage.send(stage.oracle.functions.setGuardian(ZERO_ADDRESS))
    stage.assert_reverts(stage.oracle.functions.pause(), "NotGuardianOrOwner", GUARDIAN.address, sender=GUARDIAN)
    stage.send(stage.oracle.functions.pause())
