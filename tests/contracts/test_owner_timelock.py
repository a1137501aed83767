"""The timelock as owner: changes wait, the guardian objects, and nobody gets round it."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import pytest
import rlp
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address
from web3.contract import Contract
from web3.contract.contract import ContractFunction

from tests.contracts.stage import (
    GUARDIAN,
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
)

DELAY = 7_200
LEAST, MOST = 3_600, 30 * 86_400
PROPOSER_ROLE, EXECUTOR_ROLE, CANCELLER_ROLE = (
    bytes(keccak(f"{name}_ROLE".encode())) for name in ("PROPOSER", "EXECUTOR", "CANCELLER")
)
ADMIN_ROLE = bytes(32)
WAITING, READY = 1 << 1, 1 << 2  # bits of the states that the timelock expected
NEXT_GUARDIAN = account(5)


@dataclass(frozen=True)
class Batch:
    """Calls as an operation of the timelock."""

    timelock: Contract
    calls: Sequence[ContractFunction]
    salt: int = 0

    @property
    def arguments(self) -> tuple[Any, ...]:
        targets, payloads = (
            [call.address for call in self.calls],
            [call._encode_transaction_data() for call in self.calls],
        )
        return targets, [0] * len(targets), payloads, bytes(32), self.salt.to_bytes(32, "big")

    @property
    def id(self) -> bytes:
        return bytes(self.timelock.functions.hashOperationBatch(*self.arguments).call())

    def schedule(self, delay: int = DELAY) -> ContractFunction:
        made: ContractFunction = self.timelock.functions.scheduleBatch(*self.arguments, delay)
        return made

    @property
    def execution(self) -> ContractFunction:
        made: ContractFunction = self.timelock.functions.executeBatch(*self.arguments)
        return made


def next_contract(stage: Stage, *, after: int = 0) -> str:
    """The address of the owner's next contract, after so many other transactions."""
    nonce = stage.chain.nonce(stage.owner.address) + after
    created = keccak(rlp.encode([bytes.fromhex(stage.owner.address[2:]), nonce]))[12:]
    return str(stage.chain._w3.to_checksum_address(created))


def _constructor(stage: Stage, delay: int = DELAY, guardian: str = GUARDIAN.address) -> Any:
    return stage.constructor("OwnerTimelock", delay, stage.owner.address, guardian, stage.oracle.address)


def _handed_over(stage: Stage) -> Contract:
    stage.send(stage.oracle.functions.transferOwnership(next_contract(stage, after=1)))
    return stage.deploy("OwnerTimelock", DELAY, stage.owner.address, GUARDIAN.address, stage.oracle.address)


@pytest.fixture
def timelock(stage: Stage) -> Contract:
    """It owns the stage's contracts; the stage's owner proposes."""
    return _handed_over(stage)


def _bounds(stage: Stage, timelock: Contract, low_wad: int = 2 * THETA_MIN_WAD) -> Batch:
    return Batch(timelock, [stage.oracle.functions.setThetaBounds(low_wad, THETA_MAX_WAD)])


def _scheduled(stage: Stage, batch: Batch) -> int:
    """From when on it can be executed."""
    stage.send(batch.schedule())
    return stage.now + DELAY


def _done(stage: Stage, batch: Batch) -> None:
    stage.send(batch.execution, at=_scheduled(stage, batch))


def _unauthorized(stage: Stage, call: ContractFunction, sender: LocalAccount, role: bytes) -> None:
    stage.assert_reverts(call, "AccessControlUnauthorizedAccount", sender.address, role, sender=sender)


# Its making


def test_it_owns_from_its_own_block_on(stage: Stage) -> None:
    oracle = stage.oracle.functions
    stage.send(oracle.transferOwnership(next_contract(stage, after=1)))
    assert oracle.owner().call() == stage.owner.address
    receipt = stage.send(_constructor(stage))
    timelock = stage.chain._w3.eth.contract(to_checksum_address(str(receipt["contractAddress"])), abi=_abi(stage))
    moved = {"previousOwner": stage.owner.address, "newOwner": timelock.address}
    own = [log for log in receipt["logs"] if log["address"] == stage.oracle.address]
    assert stage.events({**receipt, "logs": own}) == [Event("OwnershipTransferred", moved)]
    assert (oracle.owner().call(), oracle.pendingOwner().call()) == (timelock.address, ZERO_ADDRESS)
    assert timelock.functions.getMinDelay().call() == DELAY


def _abi(stage: Stage) -> Any:
    return stage.constructor("OwnerTimelock", DELAY, ZERO_ADDRESS, ZERO_ADDRESS, ZERO_ADDRESS).abi


def test_it_is_not_made_where_it_may_not_own(stage: Stage) -> None:
    stage.send(stage.oracle.functions.transferOwnership(STRANGER.address))
    here = next_contract(stage)
    assert stage.attempt(_constructor(stage))["status"] == 0
    failure = stage.failure(_constructor(stage))
    assert failure is not None
    assert failure.name == "OwnableUnauthorizedAccount"
    assert stage.chain.code(here) == b""


@pytest.mark.parametrize("delay", [0, LEAST - 1, MOST + 1, (1 << 256) - 1])
def test_refuses_a_delay_out_of_bounds(stage: Stage, delay: int) -> None:
    stage.assert_deployment_reverts(_constructor(stage, delay), "DelayOutOfBounds", delay, LEAST, MOST)


@pytest.mark.parametrize("delay", [LEAST, MOST])
def test_takes_a_delay_at_its_bounds(stage: Stage, delay: int) -> None:
    stage.send(stage.oracle.functions.transferOwnership(next_contract(stage, after=1)))
    made = stage.deploy("OwnerTimelock", delay, stage.owner.address, GUARDIAN.address, stage.oracle.address)
    assert made.functions.getMinDelay().call() == delay
    assert (made.functions.MIN_DELAY_SECONDS().call(), made.functions.MAX_DELAY_SECONDS().call()) == (LEAST, MOST)


def test_refuses_no_guardian_and_one_that_proposes(stage: Stage) -> None:
    for guardian in (ZERO_ADDRESS, stage.owner.address):
        constructor = _constructor(stage, guardian=guardian)
        stage.assert_deployment_reverts(constructor, "NoGuardian", guardian, stage.owner.address)


# Operations


def test_a_change_waits_for_the_delay_and_comes_once(stage: Stage, timelock: Contract) -> None:
    batch = _bounds(stage, timelock)
    ready_at = _scheduled(stage, batch)
    unready = ("TimelockUnexpectedOperationState", batch.id, READY.to_bytes(32, "big"))
    stage.assert_reverts(batch.execution, *unready, at=ready_at - 1)
    assert stage.oracle.functions.thetaBounds().call() == [THETA_MIN_WAD, THETA_MAX_WAD]
    stage.send(batch.execution, at=ready_at)
    assert stage.oracle.functions.thetaBounds().call() == [2 * THETA_MIN_WAD, THETA_MAX_WAD]
    stage.assert_reverts(batch.execution, *unready)
    stage.assert_reverts(batch.schedule(), "TimelockUnexpectedOperationState", batch.id, (1).to_bytes(32, "big"))


def test_a_change_cannot_be_scheduled_with_less_than_the_delay(stage: Stage, timelock: Contract) -> None:
    call = _bounds(stage, timelock).schedule(DELAY - 1)
    stage.assert_reverts(call, "TimelockInsufficientDelay", DELAY - 1, DELAY)


def test_what_waited_is_what_comes(stage: Stage, timelock: Contract) -> None:
    batch = _bounds(stage, timelock)
    ready_at = _scheduled(stage, batch)
    other = _bounds(stage, timelock, low_wad=3 * THETA_MIN_WAD)
    stage.assert_reverts(
        other.execution, "TimelockUnexpectedOperationState", other.id, READY.to_bytes(32, "big"), at=ready_at
    )


def test_an_operation_comes_whole_or_not_at_all(stage: Stage, timelock: Contract) -> None:
    functions = stage.oracle.functions
    batch = Batch(timelock, [functions.setThetaBounds(0, WAD), functions.unpause()])
    ready_at = _scheduled(stage, batch)
    stage.assert_reverts(batch.execution, "NotPaused", at=ready_at)
    stage.send(functions.pause(), sender=GUARDIAN)
    stage.send(batch.execution)
    assert functions.thetaBounds().call() == [0, WAD]
    assert not functions.paused().call()


def test_the_former_owner_changes_nothing(stage: Stage, timelock: Contract) -> None:
    functions = stage.oracle.functions
    for call in (
        functions.setOperators([STRANGER.address], 1),
        functions.setGuardian(STRANGER.address),
        functions.setModelHash(b"\x01" * 32),
        functions.setLimits(astuple(WIDE)),
        functions.setThetaBounds(0, WAD),
        functions.setTheta0(0, WAD),
        functions.setMiner(0, STRANGER.address),
        functions.retire(0),
        functions.register([STRANGER.address], [WAD]),
        functions.unpause(),
        functions.transferOwnership(STRANGER.address),
        functions.acceptOwnership(),
        functions.renounceOwnership(),
    ):
        stage.assert_reverts(call, "OwnableUnauthorizedAccount", stage.owner.address)
    stage.assert_reverts(functions.pause(), "NotGuardianOrOwner", stage.owner.address)


def test_ownership_moves_on_by_operations_alone(stage: Stage, timelock: Contract) -> None:
    functions = stage.oracle.functions
    _done(stage, Batch(timelock, [functions.transferOwnership(NEW_OWNER.address)]))
    assert functions.owner().call() == timelock.address
    stage.send(functions.acceptOwnership(), sender=NEW_OWNER)
    assert functions.owner().call() == NEW_OWNER.address


# The delay


def test_the_delay_changes_by_an_operation_alone(stage: Stage, timelock: Contract) -> None:
    functions = timelock.functions
    for sender in (stage.owner, GUARDIAN, STRANGER):
        stage.assert_reverts(functions.updateDelay(LEAST), "TimelockUnauthorizedCaller", sender.address, sender=sender)
    _done(stage, Batch(timelock, [functions.updateDelay(LEAST)]))
    assert functions.getMinDelay().call() == LEAST
    batch = _bounds(stage, timelock)
    stage.assert_reverts(batch.schedule(LEAST - 1), "TimelockInsufficientDelay", LEAST - 1, LEAST)
    stage.send(batch.schedule(LEAST))


@pytest.mark.parametrize("delay", [0, LEAST - 1, MOST + 1])
def test_no_operation_sets_a_delay_out_of_bounds(stage: Stage, timelock: Contract, delay: int) -> None:
    batch = Batch(timelock, [timelock.functions.updateDelay(delay)])
    stage.assert_reverts(batch.execution, "DelayOutOfBounds", delay, LEAST, MOST, at=_scheduled(stage, batch))
    assert timelock.functions.getMinDelay().call() == DELAY


# Roles


def test_only_the_proposer_schedules_and_executes(stage: Stage, timelock: Contract) -> None:
    batch = _bounds(stage, timelock)
    for sender in (GUARDIAN, STRANGER):
        _unauthorized(stage, batch.schedule(), sender, PROPOSER_ROLE)
    ready_at = _scheduled(stage, batch)
    stage.mine(at=ready_at)
    for sender in (GUARDIAN, STRANGER):
        _unauthorized(stage, batch.execution, sender, EXECUTOR_ROLE)
    stage.send(batch.execution)


@pytest.mark.parametrize("moment", ["waiting", "ready"])
def test_the_guardian_cancels_and_the_change_may_be_scheduled_anew(
    stage: Stage, timelock: Contract, moment: str
) -> None:
    batch = _bounds(stage, timelock)
    ready_at = _scheduled(stage, batch)
    if moment == "ready":
        stage.mine(at=ready_at)
    _unauthorized(stage, timelock.functions.cancel(batch.id), STRANGER, CANCELLER_ROLE)
    stage.send(timelock.functions.cancel(batch.id), sender=GUARDIAN)
    stage.assert_reverts(
        batch.execution,
        *("TimelockUnexpectedOperationState", batch.id, READY.to_bytes(32, "big")),
        at=max(ready_at, stage.now) + 10,
    )
    again = _scheduled(stage, batch)
    assert again > ready_at
    stage.send(batch.execution, at=again)


def test_the_proposer_withdraws_what_it_scheduled(stage: Stage, timelock: Contract) -> None:
    batch = _bounds(stage, timelock)
    stage.send(batch.schedule())
    stage.send(timelock.functions.cancel(batch.id))
    assert timelock.functions.getOperationState(batch.id).call() == 0


def test_what_was_executed_cannot_be_cancelled(stage: Stage, timelock: Contract) -> None:
    batch = _bounds(stage, timelock)
    _done(stage, batch)
    stage.assert_reverts(
        timelock.functions.cancel(batch.id),
        *("TimelockUnexpectedOperationState", batch.id, (WAITING | READY).to_bytes(32, "big")),
        sender=GUARDIAN,
    )


def test_there_is_no_administrator_and_roles_change_by_operations_alone(stage: Stage, timelock: Contract) -> None:
    functions = timelock.functions
    for sender in (stage.owner, GUARDIAN, STRANGER):
        assert not functions.hasRole(ADMIN_ROLE, sender.address).call()
        for role in (ADMIN_ROLE, PROPOSER_ROLE, EXECUTOR_ROLE, CANCELLER_ROLE):
            _unauthorized(stage, functions.grantRole(role, STRANGER.address), sender, ADMIN_ROLE)
            _unauthorized(stage, functions.revokeRole(role, GUARDIAN.address), sender, ADMIN_ROLE)
    _done(
        stage,
        Batch(
            timelock,
            [
                stage.oracle.functions.setGuardian(NEXT_GUARDIAN.address),
                functions.grantRole(CANCELLER_ROLE, NEXT_GUARDIAN.address),
                functions.revokeRole(CANCELLER_ROLE, GUARDIAN.address),
            ],
        ),
    )
    batch = _bounds(stage, timelock)
    stage.send(batch.schedule())
    _unauthorized(stage, functions.cancel(batch.id), GUARDIAN, CANCELLER_ROLE)
    stage.send(functions.cancel(batch.id), sender=NEXT_GUARDIAN)


def test_nobody_renounces_a_role(stage: Stage, timelock: Contract) -> None:
    for sender, role in ((stage.owner, PROPOSER_ROLE), (stage.owner, EXECUTOR_ROLE), (GUARDIAN, CANCELLER_ROLE)):
        call = timelock.functions.renounceRole(role, sender.address)
        stage.assert_reverts(call, "RoleNotRenounced", sender=sender)
        assert timelock.functions.hasRole(role, sender.address).call()


def test_the_guardian_pauses_at_once_and_resumes_nothing(stage: Stage, timelock: Contract) -> None:
    functions = stage.oracle.functions
    stage.send(functions.pause(), sender=GUARDIAN)
    assert functions.paused().call()
    for call in (functions.unpause(), functions.setOperators([OPERATORS[0].address], 1)):
        stage.assert_reverts(call, "OwnableUnauthorizedAccount", GUARDIAN.address, sender=GUARDIAN)
    _done(stage, Batch(timelock, [functions.unpause()]))
    assert not functions.paused().call()


# Rotation of operators


def test_a_report_signed_before_a_rotation_counts_if_its_signers_stayed(stage: Stage, timelock: Contract) -> None:
    lanes = [3 * node for node in range(NODE_COUNT)]
    addresses = [operator.address for operator in OPERATORS]
    rotation = Batch(
        timelock, [stage.oracle.functions.setOperators([*addresses[:2], STRANGER.address, *addresses[3:]], THRESHOLD)]
    )
    ready_at = _scheduled(stage, rotation)
    stage.space()
    deadline = ready_at + 1_000
    with_who_goes = stage.signed(lanes, signers=(0, 1, 2), deadline=deadline)
    without = stage.signed(lanes, signers=(0, 1, 3), deadline=deadline)
    stage.send(rotation.execution, at=ready_at)
    stage.assert_reverts(stage.submission(with_who_goes), "NotOperator", 2, addresses[2])
    stage.send(stage.submission(without))
    assert list(stage.nodes().lanes) == lanes
    stage.operators = (*OPERATORS[:2], STRANGER, *OPERATORS[3:])
    stage.apply(lanes)
    assert stage.contracts.oracle_state().epoch == 2
