"""What the owner changes: ownership in two steps, operators, guardian, model, limits. Each change says so."""

from dataclasses import astuple, replace
from typing import Any

import pytest

from tests.contracts.stage import (
    GUARDIAN,
    LIMITS,
    MODEL_HASH,
    NEW_OWNER,
    NODE_COUNT,
    OPERATORS,
    STRANGER,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
    THRESHOLD,
    WAD,
    WIDE,
    ZERO_ADDRESS,
    Event,
    Stage,
    account,
    oracle_arguments,
)

LANES = [11 * node for node in range(NODE_COUNT)]
OTHER_MODEL = bytes(31) + b"\x07"
ADDRESSES = [operator.address for operator in OPERATORS]
MANY = [account(4000 + index).address for index in range(32)]


# Deployment


def test_deployment_sets_what_it_was_given(stage: Stage) -> None:
    oracle = stage.oracle.functions
    state = stage.contracts.oracle_state()
    assert oracle.owner().call() == stage.owner.address
    assert stage.controller.functions.ORACLE().call() == stage.oracle.address
    assert oracle.guardian().call() == GUARDIAN.address
    assert oracle.MAX_OPERATORS().call() == 31
    assert (state.operators, state.threshold) == (tuple(ADDRESSES), THRESHOLD)
    assert (state.model_hash, state.limits, state.paused) == (MODEL_HASH, LIMITS, False)
    assert (state.epoch, state.to_block) == (0, 0)
    assert stage.contracts.theta_bounds(stage.head) == (THETA_MIN_WAD, THETA_MAX_WAD)


def _oracle(stage: Stage, **changes: Any) -> Any:
    """A constructor call of PhiOracle with some arguments changed."""
    names = ("owner", "theta_min", "theta_max", "guardian", "model", "operators", "threshold", "limits")
    arguments = dict(zip(names, oracle_arguments(stage.owner), strict=True)) | changes
    return stage.constructor("PhiOracle", *arguments.values())


def test_deployment_refuses_what_later_changes_would_refuse(stage: Stage) -> None:
    bad_limits = replace(LIMITS, relax_period_seconds=0)
    for changes, error, arguments in (
        ({"theta_min": WAD, "theta_max": 0}, "InvalidThetaBounds", (WAD, 0)),
        ({"owner": ZERO_ADDRESS}, "OwnableInvalidOwner", (ZERO_ADDRESS,)),
        ({"model": bytes(32)}, "ZeroModelHash", ()),
        ({"threshold": 6}, "InvalidThreshold", (6, 5)),
        ({"threshold": 2}, "ThresholdTooLow", (2, 3)),
        ({"operators": MANY}, "TooManyOperators", (32, 31)),
        ({"operators": [ADDRESSES[0]] * 3}, "InvalidOperator", (1, ADDRESSES[0])),
        ({"limits": astuple(bad_limits)}, "InvalidLimits", (astuple(bad_limits),)),
    ):
        stage.assert_deployment_reverts(_oracle(stage, **changes), error, *arguments)


# Ownership


def test_ownership_moves_when_the_new_owner_accepts(stage: Stage) -> None:
    contract = stage.oracle
    receipt = stage.send(contract.functions.transferOwnership(NEW_OWNER.address))
    parties = {"previousOwner": stage.owner.address, "newOwner": NEW_OWNER.address}
    assert stage.events(receipt) == [Event("OwnershipTransferStarted", parties)]
    assert contract.functions.owner().call() == stage.owner.address
    assert contract.functions.pendingOwner().call() == NEW_OWNER.address

    stage.assert_reverts(
        contract.functions.acceptOwnership(), "OwnableUnauthorizedAccount", STRANGER.address, sender=STRANGER
    )
    receipt = stage.send(contract.functions.acceptOwnership(), sender=NEW_OWNER)
    assert stage.events(receipt) == [Event("OwnershipTransferred", parties)]
    assert contract.functions.owner().call() == NEW_OWNER.address
    stage.assert_reverts(
        contract.functions.transferOwnership(STRANGER.address), "OwnableUnauthorizedAccount", stage.owner.address
    )


def test_ownership_is_not_renounced(stage: Stage) -> None:
    """Reports paused then, or by the guardian later, could never be resumed."""
    stage.assert_reverts(stage.oracle.functions.renounceOwnership(), "OwnerRequired")
    stage.send(stage.oracle.functions.pause(), sender=GUARDIAN)
    stage.assert_reverts(stage.oracle.functions.renounceOwnership(), "OwnerRequired")
    stage.send(stage.oracle.functions.unpause())
    assert stage.oracle.functions.owner().call() == stage.owner.address


def test_a_pending_owner_has_no_powers_yet(stage: Stage) -> None:
    stage.send(stage.oracle.functions.transferOwnership(NEW_OWNER.address))
    stage.assert_reverts(
        stage.oracle.functions.setLimits(astuple(WIDE)),
        "OwnableUnauthorizedAccount",
        NEW_OWNER.address,
        sender=NEW_OWNER,
    )
    stage.assert_reverts(stage.oracle.functions.pause(), "NotGuardianOrOwner", NEW_OWNER.address, sender=NEW_OWNER)


def test_only_the_owner_changes_anything(stage: Stage) -> None:
    functions = stage.oracle.functions
    for call in (
        functions.setOperators([STRANGER.address], 1),
        functions.setGuardian(STRANGER.address),
        functions.setModelHash(OTHER_MODEL),
        functions.setLimits(astuple(WIDE)),
        functions.unpause(),
        functions.transferOwnership(STRANGER.address),
    ):
        stage.assert_reverts(call, "OwnableUnauthorizedAccount", STRANGER.address, sender=STRANGER)


# Operators


def test_operators_change_whole_and_say_so(stage: Stage) -> None:
    receipt = stage.send(stage.oracle.functions.setOperators(MANY[:2], 2))
    assert stage.events(receipt) == [Event("OperatorsChanged", {"operators": tuple(MANY[:2]), "threshold": 2})]
    assert stage.oracle.functions.operators().call() == MANY[:2]
    assert stage.oracle.functions.threshold().call() == 2


def test_the_committee_may_have_31_members_and_not_32(stage: Stage) -> None:
    stage.send(stage.oracle.functions.setOperators(MANY[:31], 31))
    assert stage.oracle.functions.operators().call() == MANY[:31]
    stage.assert_reverts(stage.oracle.functions.setOperators(MANY, 31), "TooManyOperators", 32, 31)


@pytest.mark.parametrize(("size", "threshold"), [(3, 4), (0, 1), (3, 256), (3, (1 << 256) - 1)])
def test_refuses_a_threshold_the_committee_cannot_meet(stage: Stage, size: int, threshold: int) -> None:
    call = stage.oracle.functions.setOperators(MANY[:size], threshold)
    stage.assert_reverts(call, "InvalidThreshold", threshold, size)


@pytest.mark.parametrize(("size", "least"), [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (30, 16), (31, 16)])
def test_refuses_a_threshold_that_two_groups_without_a_common_operator_could_meet(
    stage: Stage, size: int, least: int
) -> None:
    for threshold in {0, least - 1}:
        call = stage.oracle.functions.setOperators(MANY[:size], threshold)
        stage.assert_reverts(call, "ThresholdTooLow", threshold, least)
    if size:
        stage.send(stage.oracle.functions.setOperators(MANY[:size], least))
        assert stage.oracle.functions.threshold().call() == least


def test_refuses_an_operator_twice_or_zero(stage: Stage) -> None:
    functions = stage.oracle.functions
    twice = [MANY[0], MANY[1], MANY[0]]
    stage.assert_reverts(functions.setOperators(twice, 2), "InvalidOperator", 2, MANY[0])
    stage.assert_reverts(functions.setOperators([MANY[0], ZERO_ADDRESS], 2), "InvalidOperator", 1, ZERO_ADDRESS)
    assert stage.oracle.functions.operators().call() == ADDRESSES


def test_a_former_operator_may_return(stage: Stage) -> None:
    """The list is cleared whole before the next is set: no trace of a former place is left."""
    stage.send(stage.oracle.functions.setOperators(MANY[:3], 2))
    stage.send(stage.oracle.functions.setOperators(ADDRESSES[::-1], 3))
    stage.operators = OPERATORS[::-1]
    stage.space()
    receipt = stage.send(stage.submission(stage.signed(LANES, signers=(2, 3, 4))))
    assert stage.events(receipt)[-1].arguments["signers"] == 0b11100


# Guardian, model, limits


def test_the_guardian_changes_and_says_so(stage: Stage) -> None:
    receipt = stage.send(stage.oracle.functions.setGuardian(STRANGER.address))
    change = {"previous": GUARDIAN.address, "guardian": STRANGER.address}
    assert stage.events(receipt) == [Event("GuardianChanged", change)]
    assert stage.oracle.functions.guardian().call() == STRANGER.address


def test_the_model_changes_says_so_and_ends_reports_of_the_former(stage: Stage) -> None:
    stage.space()
    signed = stage.signed(LANES)
    receipt = stage.send(stage.oracle.functions.setModelHash(OTHER_MODEL))
    assert stage.events(receipt) == [Event("ModelChanged", {"previous": MODEL_HASH, "modelHash": OTHER_MODEL})]
    stage.assert_reverts(stage.submission(signed), "WrongModel", MODEL_HASH, OTHER_MODEL)
    stage.apply(LANES)
    assert stage.contracts.oracle_state().model_hash == OTHER_MODEL


def test_refuses_no_model(stage: Stage) -> None:
    stage.assert_reverts(stage.oracle.functions.setModelHash(bytes(32)), "ZeroModelHash")


def test_the_limits_change_and_say_so(stage: Stage) -> None:
    receipt = stage.send(stage.oracle.functions.setLimits(astuple(WIDE)))
    change = {"previous": astuple(LIMITS), "limits": astuple(WIDE)}
    assert stage.events(receipt) == [Event("LimitsChanged", change)]
    assert stage.contracts.oracle_state().limits == WIDE


@pytest.mark.parametrize(
    "change",
    [{"max_phi_lane": 32_768}, {"max_sum_ratio_bps": 10_000}, {"max_sum_ratio_bps": 0}, {"relax_period_seconds": 0}],
    ids=str,
)
def test_refuses_limits_that_are_none(stage: Stage, change: dict[str, int]) -> None:
    limits = astuple(replace(LIMITS, **change))
    stage.assert_reverts(stage.oracle.functions.setLimits(limits), "InvalidLimits", limits)


def test_takes_limits_at_their_own_limits(stage: Stage) -> None:
    limits = replace(LIMITS, max_phi_lane=32_767, max_sum_ratio_bps=10_001, relax_period_seconds=1)
    stage.set_limits(limits)
    assert stage.contracts.oracle_state().limits == limits


def test_changes_of_the_owner_leave_phi_and_the_epoch(stage: Stage) -> None:
    stage.apply(LANES)
    before = (stage.nodes(), stage.sum_exp_wad(), stage.oracle.functions.lastReport().call())
    functions = stage.oracle.functions
    for call in (
        functions.setOperators(MANY[:3], 2),
        functions.setGuardian(STRANGER.address),
        functions.setModelHash(OTHER_MODEL),
        functions.setLimits(astuple(WIDE)),
    ):
        stage.send(call)
    assert (stage.nodes(), stage.sum_exp_wad(), stage.oracle.functions.lastReport().call()) == before
