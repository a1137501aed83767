"""`catalyst govern`: schedules, executes and cancels operations, and tells of them.

No file is kept: what was done is read from the chain. An operation's id follows from its calls and from how often they
were executed before, so that a run that was cut off can be run again and does nothing twice.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from oracle.agreements.sending import Sender, Sentences, needed
from oracle.chain.calls import try_call
from oracle.chain.connection import Chain, connect
from oracle.chain.deployment import Deployment, find_deployment
from oracle.errors import CallRefused, SettingsError, TransactionFailed
from oracle.governance.changes import Change
from oracle.governance.operation import Operation, numbered
from oracle.governance.timelock import CANCELLER, EXECUTOR, PROPOSER, Scheduled, State, Timelock, is_anyone
from oracle.governance.words import at, call_in_words, operation_as_json, operation_in_words, state_in_words

_MOST_REPEATS = 10_000  # of equal calls
_LEAST_DIGITS = 6  # of an id that is not given whole
_PENDING_SECONDS = 600
_POLL_SECONDS = 0.5
_ROLES = {PROPOSER: "schedules changes", EXECUTOR: "executes them", CANCELLER: "cancels them"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Governance:
    """A timelock, and the key that deals with it."""

    timelock: Timelock
    sender: Sender | None  # None: it only looks

    @property
    def chain(self) -> Chain:
        """Where it is."""
        return self.timelock.chain


def open_governance(rpc: str, deployments: Path, key: LocalAccount | None, max_fee_wei: int) -> Governance:
    """The timelock of a deployment.

    Raises:
        InputError: the node does not answer, the record does not fit its chain, or no timelock owns the contracts.
    """
    chain = connect(rpc)
    sender = None if key is None else Sender(chain, key, max_fee_wei=max_fee_wei)
    return governance(chain, find_deployment(chain, deployments), sender)


def governance(chain: Chain, record: Deployment, sender: Sender | None) -> Governance:
    """As `open_governance`, on a connection that there is."""
    return Governance(Timelock(chain, record), sender)


def schedule(governed: Governance, change: Callable[[Timelock], Change], say: Say) -> bytes | None:
    """Schedule a change; its operation's id. None if it is in force already.

    A change that is scheduled already is left as it is.

    Raises:
        CallRefused: the timelock would refuse it, or the contracts would refuse to carry it out now; nothing was sent.
        SettingsError: an operation that is open changes the same.
        TransactionFailed: it was not mined in time, or reverted.
    """
    timelock, sender = governed.timelock, needed(governed.sender)
    _await_own(sender)
    wanted = change(timelock)
    if wanted.is_in_force:
        say("it is so already: nothing is scheduled")
        return None
    operation = _next(timelock, wanted)
    if operation is None:
        say("these calls were executed before: nothing is scheduled; give --again to make them once more")
        return None
    if timelock.is_pending(operation):
        say(f"0x{operation.id.hex()} is scheduled already")
        return operation.id
    _refuse_overlap(timelock, operation)
    _try(timelock, operation)
    delay_seconds = timelock.delay_seconds()
    sent = sender.call(timelock.calls, _sentences(timelock), "scheduleBatch", *operation.batch, delay_seconds)
    ready_at = governed.chain.timestamp(sent.block) + delay_seconds
    say(f"0x{operation.id.hex()} is scheduled; it can be executed from {at(ready_at)} on, unless it is cancelled")
    for call in operation.calls:
        say(f"  {call_in_words(call, timelock.names)}")
    return operation.id


def execute(governed: Governance, identity: str, say: Say) -> None:
    """Execute an operation whose time has come; one that was executed is left as it is.

    Raises:
        CallRefused: it waits, it was cancelled, or the contracts would refuse it; nothing was sent.
        SettingsError: there is no such operation.
        TransactionFailed: it was not mined in time, or reverted.
    """
    timelock, sender = governed.timelock, needed(governed.sender)
    _await_own(sender)
    found, now_seconds = find(timelock, identity), timelock.now_seconds()
    state = found.state(now_seconds)
    said = f"0x{found.id.hex()}: {state_in_words(found, now_seconds)}"
    if state is State.DONE:
        say(said)
        return
    if state is not State.READY:
        again = "; schedule it again if it is still wanted" if state is State.CANCELLED else ""
        raise CallRefused(said + again, state.value)
    operation = found.operation
    _try(timelock, operation)
    if found.id == operation.id:
        sent = sender.call(timelock.calls, _sentences(timelock), "executeBatch", *operation.batch)
    else:
        sent = sender.call(timelock.calls, _sentences(timelock), "execute", *operation.single)
    say(f"0x{found.id.hex()} is executed, in block {sent.block}")


def cancel(governed: Governance, identity: str, say: Say) -> None:
    """Cancel an operation that was not executed; one that was cancelled is left as it is.

    Raises:
        CallRefused: it was executed, or the key may not cancel; nothing was sent.
        SettingsError: there is no such operation.
        TransactionFailed: it was not mined in time, or reverted.
    """
    timelock, sender = governed.timelock, needed(governed.sender)
    _await_own(sender)
    found = find(timelock, identity)
    if found.ended is State.CANCELLED:
        say(f"0x{found.id.hex()} was cancelled in block {found.ended_block}")
        return
    if found.ended is State.DONE:
        raise CallRefused(
            f"0x{found.id.hex()} was executed in block {found.ended_block}; schedule what undoes it", State.DONE.value
        )
    sent = sender.call(timelock.calls, _sentences(timelock), "cancel", found.id)
    say(f"0x{found.id.hex()} is cancelled, in block {sent.block}")


def pause(governed: Governance, say: Say) -> None:
    """Pause reports, at once; by the guardian's key.

    Raises:
        CallRefused: the key is not the guardian's; nothing was sent.
        TransactionFailed: it was not mined in time, or reverted.
    """
    timelock, sender = governed.timelock, needed(governed.sender)
    _await_own(sender)
    if timelock.contracts.oracle_state().paused:
        say("reports are paused already")
        return
    refused: Sentences = {
        "NotGuardianOrOwner": lambda account: (
            f"{account} may not pause reports; the guardian, {timelock.contracts.guardian()}, may"
        )
    }
    sent = sender.call(timelock.oracle, refused, "pause")
    say(f"reports are paused, in block {sent.block}; to resume, schedule `unpause`")


def standing(governed: Governance, *, everything: bool) -> list[str]:
    """Who may do what, and the operations that are open, or all."""
    timelock, now_seconds = governed.timelock, governed.timelock.now_seconds()
    lines = [
        f"{'contract':14}{timelock.oracle.name} {timelock.oracle.address}",
        f"{'owner':14}{timelock.calls.name} {timelock.calls.address}",
        f"{'delay':14}{timelock.delay_seconds()} s",
        f"{'guardian':14}{timelock.contracts.guardian()}",
    ]
    for role, accounts in timelock.roles().items():
        lines.append(f"{role:14}{'anyone' if is_anyone(accounts) else ', '.join(accounts)}")
    shown = [each for each in timelock.scheduled() if everything or each.is_open]
    for each in shown:
        lines += ["", *operation_in_words(each, timelock.names, now_seconds)]
    return lines if shown else [*lines, "", "no operation was ever scheduled" if everything else "no operation is open"]


def standing_as_json(governed: Governance, *, everything: bool) -> dict[str, Any]:
    """As `standing`, as data."""
    timelock, now_seconds = governed.timelock, governed.timelock.now_seconds()
    return {
        "contract": timelock.oracle.address,
        "timelock": timelock.calls.address,
        "delay_seconds": timelock.delay_seconds(),
        "guardian": timelock.contracts.guardian(),
        "roles": timelock.roles(),
        "operations": [
            operation_as_json(each, timelock.names, now_seconds)
            for each in timelock.scheduled()
            if everything or each.is_open
        ],
    }


def find(timelock: Timelock, identity: str) -> Scheduled:
    """The last scheduling of the operation whose id begins so.

    Raises:
        SettingsError: there is none, or there are several.
    """
    digits = identity.removeprefix("0x").lower()
    if len(digits) < _LEAST_DIGITS:
        raise SettingsError(
            f"{identity!r} is too short for the id of an operation; give {_LEAST_DIGITS} digits or more"
        )
    found = {each.id: each for each in timelock.scheduled() if each.id.hex().startswith(digits)}
    if len(found) != 1:
        raise SettingsError(
            f"{len(found)} operations have an id that begins with {identity}; `catalyst govern list --all` has all"
        )
    return next(iter(found.values()))


def _next(timelock: Timelock, wanted: Change) -> Operation | None:
    """The operation that makes these calls once more; None if they are to be made once, and were."""
    for number in range(_MOST_REPEATS):
        operation = numbered(wanted.calls, number)
        if not timelock.is_done(operation):
            return operation
        if wanted.once:
            return None
    raise SettingsError(f"these calls were executed {_MOST_REPEATS} times; no operation is left for them")


def _refuse_overlap(timelock: Timelock, operation: Operation) -> None:
    """Two open operations that set the same would undo each other: each was made for what stands now."""
    ours = {(call.target, call.data[:4]) for call in operation.calls}
    for each in timelock.scheduled():
        if each.is_open and ours & {(call.target, call.data[:4]) for call in each.operation.calls}:
            raise SettingsError(
                f"operation 0x{each.id.hex()} is open and changes the same; execute or cancel it first, since this "
                "change was made for what stands now"
            )


def _try(timelock: Timelock, operation: Operation) -> None:
    """See that the contracts would take each call now."""
    for call in operation.calls:
        name = timelock.names.get(call.target, call.target)
        try_call(timelock.chain, name, call.target, call.data, sender=timelock.calls.address, value_wei=call.value_wei)


def _sentences(timelock: Timelock) -> Sentences:
    return {
        "AccessControlUnauthorizedAccount": lambda account, role: (
            f"{account} is not who {_ROLES.get(role, 'may do that')} at the timelock {timelock.calls.address}; "
            "`catalyst govern list` says who is"
        ),
        "TimelockUnexpectedOperationState": lambda identity, _: (
            f"operation 0x{identity.hex()} has changed meanwhile; `catalyst govern show` says how it stands"
        ),
    }


def _await_own(sender: Sender) -> None:
    """Wait for what an earlier run of this key sent, so that what is read next includes it.

    Raises:
        TransactionFailed: it is not mined in time.
    """
    chain, address = sender.chain, sender.key.address
    deadline = time.monotonic() + _PENDING_SECONDS
    while chain.nonce(address, pending=True) > chain.nonce(address):
        if time.monotonic() > deadline:
            raise TransactionFailed(
                f"{address} has had a transaction pending for {_PENDING_SECONDS} s; wait until it is mined, or send "
                "another one in its place"
            )
        time.sleep(_POLL_SECONDS)
