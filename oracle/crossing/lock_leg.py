"""A leg over hash locks, as its sender goes it: lock, wait for the answer, claim it, or be refunded.

    planned → locking → locked → revealing → done
                          └──────────┴→ refunding → refunded

The preimage is shown only to claim an answer that is settled, that pays what was agreed, and that leaves time. While it
is not shown, nobody can take the tokens, and from the expiry on they come back.
"""

import secrets

from oracle.bridges.locks import Counterpart, Lock, LockStatus, hash_of, lock_arguments, lock_of
from oracle.bridges.margins import lock_seconds, may_reveal
from oracle.crossing.bridges import Bridges
from oracle.crossing.crossing import Crossing
from oracle.crossing.leg import Leg, LegState
from oracle.crossing.outbox import Fate
from oracle.errors import CallRefused, ConnectionFailed

_PREIMAGE_BYTES = 32


def step_lock(leg: Leg, crossing: Crossing) -> Leg:
    """Do what can be done now for a leg; the leg as it stands then.

    Raises:
        ConnectionFailed: a chain that is needed for that does not answer.
    """
    if leg.state is LegState.PLANNED:
        return leg.at(LegState.LOCKING, preimage=secrets.token_bytes(_PREIMAGE_BYTES), lock=None)
    steps = {
        LegState.LOCKING: _locking,
        LegState.LOCKED: _locked,
        LegState.REVEALING: _revealing,
        LegState.REFUNDING: _refunding,
    }
    return steps[leg.state](leg, crossing)


def _new_lock(leg: Leg, crossing: Crossing) -> Lock:
    source, target = crossing.places[leg.source], crossing.places[leg.target]
    return Lock(
        token=source.addresses.token,
        sender=crossing.me,
        recipient=leg.provider,
        amount=leg.amount_in,
        hash=hash_of(leg.preimage),
        expiry_seconds=source.now() + lock_seconds(crossing.places.clocks),
        counterpart=Counterpart(
            chain_id=target.chain.chain_id,
            settler=target.addresses.locks,
            token=target.addresses.token,
            recipient=leg.recipient,
            amount=leg.amount_out,
        ),
    )


def _locking(leg: Leg, crossing: Crossing) -> Leg:
    here = crossing.at[leg.source]
    if not crossing.outbox.was_sent(here.place, f"{leg.id} lock"):
        if leg.lock is not None and here.lock_status(leg.lock) is not LockStatus.UNKNOWN:
            return leg.at(LegState.LOCKED)
        if not crossing.allowed(leg.source, leg.id, here.locks, leg.amount_in):
            return leg
        fresh = _new_lock(leg, crossing)
        # Written down ahead of the call, with the time that it has from now on; the caller keeps the leg in between.
        if leg.lock is None or leg.lock.expiry_seconds < fresh.expiry_seconds - crossing.places.clocks.settle_seconds:
            return leg.at(LegState.LOCKING, lock=fresh)
    return _lock(leg, crossing)


def _lock(leg: Leg, crossing: Crossing) -> Leg:
    here, lock = crossing.at[leg.source], _of(leg)
    try:
        fate = crossing.send(leg.source, f"{leg.id} lock", here.locks, "lock", lock_arguments(lock))
    except CallRefused as refused:
        if here.lock_status(lock) is not LockStatus.UNKNOWN:
            return leg.at(LegState.LOCKED)
        return leg.at(LegState.REFUNDED, note=f"nothing was locked: {refused}")
    if fate is Fate.FAILED:
        return leg.at(LegState.REFUNDED, note="nothing was locked: the transaction reverted")
    return leg.at(LegState.LOCKED) if fate is Fate.DONE else leg


def _locked(leg: Leg, crossing: Crossing) -> Leg:
    here, lock = crossing.at[leg.source], _of(leg)
    try:
        answer = _answer(leg, crossing.at[leg.target], here.lock_id(lock))
        if answer is not None and _is_time(answer, lock, leg, crossing):
            return leg.at(LegState.REVEALING, answer=answer)
        note = "nobody answered in time" if answer is None else "the answer left no time to claim it"
    except ConnectionFailed as error:
        note = f"the target did not answer: {error}"
    if here.place.now() >= lock.expiry_seconds:
        return leg.at(LegState.REFUNDING, note=note)
    return leg


def _answer(leg: Leg, there: Bridges, found: bytes) -> Lock | None:
    """A settled lock that pays what was agreed, and is still there."""
    for seen in there.lock_events():
        if seen.kind != "Locked":
            continue
        answer = lock_of(seen.values["content"])
        is_one = answer.counterpart.lock == found and answer.hash == hash_of(leg.preimage)
        if is_one and _pays(leg, there, answer):
            return answer
    return None


def _pays(leg: Leg, there: Bridges, answer: Lock) -> bool:
    is_ours = answer.recipient.lower() == leg.recipient.lower() and answer.token.lower() == there.token.address.lower()
    is_enough = answer.amount >= leg.amount_out
    return is_ours and is_enough and there.lock_status(answer, block=there.settled) is LockStatus.LOCKED


def _revealing(leg: Leg, crossing: Crossing) -> Leg:
    there, purpose, answer = crossing.at[leg.target], f"{leg.id} claim", leg.answer
    if answer is None:
        return leg.at(LegState.LOCKED)
    is_shown = crossing.outbox.was_sent(there.place, purpose)
    if not is_shown and not _is_time(answer, _of(leg), leg, crossing):
        return leg.at(LegState.LOCKED, answer=None)
    try:
        fate = crossing.send(leg.target, purpose, there.locks, "claim", lock_arguments(answer), leg.preimage)
    except CallRefused:
        fate = Fate.FAILED
    if fate is Fate.DONE:
        return leg.at(LegState.DONE)
    status = there.lock_status(answer, block=there.settled)
    if status is LockStatus.CLAIMED:
        return leg.at(LegState.DONE)
    if fate is Fate.FAILED and (status is LockStatus.REFUNDED or there.place.now() >= answer.expiry_seconds):
        return leg.at(LegState.REFUNDING, note="the claim came too late")
    return leg


def _is_time(answer: Lock, lock: Lock, leg: Leg, crossing: Crossing) -> bool:
    """Whether the answer can be claimed in time, and its maker can then claim the lock in time: nobody is to lose."""
    clocks = crossing.places.clocks
    return may_reveal(answer, crossing.places[leg.target].now(), clocks) and may_reveal(
        lock, crossing.places[leg.source].now(), clocks
    )


def _refunding(leg: Leg, crossing: Crossing) -> Leg:
    here, lock = crossing.at[leg.source], _of(leg)
    try:
        fate = crossing.send(leg.source, f"{leg.id} refund", here.locks, "refund", lock_arguments(lock))
    except CallRefused:
        fate = Fate.FAILED
    if fate is Fate.DONE:
        return leg.at(LegState.REFUNDED)
    settled = here.lock_status(lock, block=here.settled)
    if settled is LockStatus.REFUNDED:
        return leg.at(LegState.REFUNDED)
    if settled is LockStatus.CLAIMED:
        return leg.at(LegState.DONE if _was_paid(leg, crossing) else LegState.LOST)
    if fate is Fate.FAILED:
        crossing.outbox.retry(here.place, f"{leg.id} refund")  # too early by a block, or in another branch
    return leg


def _was_paid(leg: Leg, crossing: Crossing) -> bool:
    there = crossing.at[leg.target]
    return leg.answer is not None and there.lock_status(leg.answer) is LockStatus.CLAIMED


def _of(leg: Leg) -> Lock:
    if leg.lock is None:
        raise ValueError(f"leg {leg.id} has no lock, though it is {leg.state}")
    return leg.lock
