"""Hash time-locks: whole to one or whole back to the other, by the preimage or by time, once."""

from dataclasses import replace
from hashlib import sha256

import pytest
from eth_abi.abi import decode

from oracle.bridges.locks import LOCK_TYPE, NO_ACCOUNT, LockStatus, lock_arguments, lock_id, lock_of
from oracle.chain.events import event
from tests.contracts.route_stage import (
    MAKER,
    PREIMAGE,
    SENDER,
    STRANGER,
    Pair,
    changing,
    lock_failure,
    logged,
    send_lock,
)
from tests.trust.signing import address

OTHER = b"\x07" * 32


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_the_preimage_pays_the_recipient_whoever_brings_it(pair: Pair) -> None:
    side, lock = pair.source, pair.lock()
    send_lock(side, "lock", lock, key=SENDER)
    assert (side.balance(SENDER), side.held(side.locks)) == (-lock.amount, lock.amount)
    send_lock(side, "claim", lock, PREIMAGE, key=STRANGER)
    assert (side.balance(MAKER), side.balance(STRANGER), side.held(side.locks)) == (lock.amount, 0, 0)


def test_a_claim_shows_the_preimage_and_a_lock_all_of_its_terms(pair: Pair) -> None:
    side, lock = pair.source, pair.lock()
    found = lock_id(lock, chain_id=side.chain_id, contract=side.locks.address)
    send_lock(side, "lock", lock, key=SENDER)
    topics, data = logged(side)[0]
    assert topics[:2] == [event("HashLock", "Locked").topic, found]
    assert lock_of(decode([LOCK_TYPE], data)[0]) == lock
    send_lock(side, "claim", lock, PREIMAGE)
    assert logged(side)[0] == ([event("HashLock", "Claimed").topic, found], PREIMAGE)


def test_the_time_to_claim_ends_in_the_second_in_which_the_time_to_refund_begins(pair: Pair) -> None:
    side = pair.source
    for nonce, wait in enumerate((-1, 0)):
        lock = pair.lock(amount=1_000 + nonce, expiry_seconds=side.now + 100)
        send_lock(side, "lock", lock, key=SENDER)
        side.until(lock.expiry_seconds + wait)
        if wait:
            failed = lock_failure(side, "refund", lock)
            assert failed == ("TooEarly", lock.expiry_seconds - 1, lock.expiry_seconds)
            send_lock(side, "claim", lock, PREIMAGE)
        else:
            failed = lock_failure(side, "claim", lock, PREIMAGE)
            assert failed == ("TooLate", lock.expiry_seconds, lock.expiry_seconds)
            send_lock(side, "refund", lock, key=STRANGER)
    assert (side.balance(SENDER), side.balance(MAKER), side.held(side.locks)) == (-1_000, 1_000, 0)


def test_what_has_ended_neither_ends_nor_begins_again(pair: Pair) -> None:
    side = pair.source
    for amount, function, arguments in ((5, "claim", (PREIMAGE,)), (6, "refund", ())):
        lock = pair.lock(amount=amount, expiry_seconds=side.now + 100)
        send_lock(side, "lock", lock, key=SENDER)
        if function == "refund":
            side.until(lock.expiry_seconds)
        send_lock(side, function, lock, *arguments)
        ended = LockStatus.CLAIMED if function == "claim" else LockStatus.REFUNDED
        found = side.locks.read("idOf", lock_arguments(lock))
        assert side.locks.read("statusOf", found) == ended
        for again, more in (("claim", (PREIMAGE,)), ("refund", ())):
            assert lock_failure(side, again, lock, *more) == ("WrongStatus", found, ended, LockStatus.LOCKED)
    ended_lock = pair.lock(amount=5, expiry_seconds=side.now + 100)
    send_lock(side, "lock", ended_lock, key=SENDER)
    send_lock(side, "claim", ended_lock, PREIMAGE)
    assert lock_failure(side, "lock", ended_lock, key=SENDER)[0] == "WrongStatus"


@pytest.mark.parametrize("preimage", [OTHER, bytes(32), sha256(PREIMAGE).digest()])
def test_no_other_preimage_opens_a_lock(pair: Pair, preimage: bytes) -> None:
    lock = pair.lock()
    send_lock(pair.source, "lock", lock, key=SENDER)
    failed = lock_failure(pair.source, "claim", lock, preimage)
    assert failed == ("WrongPreimage", sha256(preimage).digest(), lock.hash)


def test_an_id_is_of_one_chain_and_one_contract(pair: Pair) -> None:
    lock = pair.lock()
    ids = {bytes(side.locks.read("idOf", lock_arguments(lock))) for side in (pair.source, pair.target)}
    other = pair.source.chain.deploy("HashLock", sender=address(1))
    ids.add(bytes(other.read("idOf", lock_arguments(lock))))
    assert len(ids) == 3
    assert lock_id(lock, chain_id=pair.source.chain_id, contract=other.address) in ids


def test_another_lock_than_the_one_that_was_made_is_unknown(pair: Pair) -> None:
    """A recipient, a sender, an amount, a time or a token is changed in what a call brings."""
    lock = pair.lock()
    send_lock(pair.source, "lock", lock, key=SENDER)
    pair.later(10_000)
    changed = [
        replace(lock, recipient=address(STRANGER)),
        replace(lock, sender=address(STRANGER)),
        replace(lock, amount=lock.amount + 1),
        replace(lock, expiry_seconds=lock.expiry_seconds + 9_000),
        replace(lock, token=address(STRANGER)),
        replace(lock, hash=sha256(OTHER).digest()),
        replace(lock, counterpart=replace(lock.counterpart, amount=1)),
    ]
    for other in changed:
        for function, arguments in (("claim", (OTHER,)), ("refund", ())):
            failed = lock_failure(pair.source, function, other, *arguments, key=STRANGER)
            assert failed[0] == "WrongStatus", other
            assert failed[2:] == (LockStatus.UNKNOWN, LockStatus.LOCKED)


def test_only_the_sender_locks_and_only_what_is_a_lock(pair: Pair) -> None:
    side, lock = pair.source, pair.lock()
    assert lock_failure(side, "lock", lock, key=STRANGER) == ("NotSender", address(STRANGER), address(SENDER))
    refused = [
        (replace(lock, amount=0), ("InvalidLock", "the amount is 0")),
        (replace(lock, recipient=NO_ACCOUNT), ("InvalidLock", "the recipient is 0")),
        (replace(lock, expiry_seconds=side.now), ("TooLate", side.now, side.now)),
        (replace(lock, expiry_seconds=side.now + 30 * 86_400 + 1), ("InvalidLock", "it expires after 30 days")),
    ]
    for other, failed in refused:
        assert lock_failure(side, "lock", other, key=SENDER) == failed
    send_lock(side, "lock", replace(lock, expiry_seconds=side.now + 30 * 86_400), key=SENDER)


def test_a_swap_of_two_locks_pays_both_or_neither(pair: Pair) -> None:
    """The whole of it: the sender claims on the target, and the maker with what that shows on the source."""
    first = pair.lock()
    source, target = pair.source, pair.target
    answer = replace(
        first,
        token=target.money.address,
        sender=address(MAKER),
        recipient=address(SENDER),
        amount=99_000,
        expiry_seconds=first.expiry_seconds - 3_600,
    )
    send_lock(source, "lock", first, key=SENDER)
    send_lock(target, "lock", answer, key=MAKER)
    send_lock(target, "claim", answer, PREIMAGE, key=SENDER)
    shown = logged(target)[0][1]
    send_lock(source, "claim", first, shown, key=MAKER)
    assert (source.balance(SENDER), source.balance(MAKER)) == (-100_000, 100_000)
    assert (target.balance(SENDER), target.balance(MAKER)) == (99_000, -99_000)


def test_nobody_owns_it() -> None:
    """What changes anything is this alone, and none of it asks for an owner."""
    assert changing("HashLock") == {"claim", "lock", "refund"}
