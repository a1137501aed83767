"""What someone who wants harm could try with hash locks, relay pools and their providers.

Beside `tests/contracts/test_hash_lock.py`, `test_relay_pool.py` and `test_route_conditions.py`.
"""

from dataclasses import astuple, replace
from typing import Any

import pytest

from oracle.bridges import orders
from oracle.bridges.locks import NO_ACCOUNT, Lock, LockStatus, hash_of, lock_arguments
from oracle.bridges.margins import Clocks, answer_expiry, lock_seconds, may_fill, may_reveal
from oracle.bridges.orders import OrderStatus
from tests.contracts.route_stage import (
    MAKER,
    OPERATORS,
    OWNER,
    PREIMAGE,
    PROVIDER,
    RELAYER,
    RIVAL,
    SENDER,
    STRANGER,
    TERMS,
    Pair,
    Side,
    lock_failure,
    send_lock,
    signed,
)
from tests.trust.evm import Deployed, Reverted
from tests.trust.hostile import REENTRANCY, Hostile
from tests.trust.signing import address

CLOCKS = Clocks(skew_seconds=60, settle_seconds=120, halt_seconds=60)


@pytest.fixture
def pair() -> Pair:
    pair = Pair()
    pair.bonded(RELAYER)
    return pair


def hostile_pool(side: Side) -> tuple[Hostile, Deployed]:
    """A token that means ill, of which all hold much, and a pool of it."""
    token = Hostile(side.chain, OWNER)
    for key in (SENDER, RELAYER, RIVAL, PROVIDER):
        token.send("mint", address(key), 10**9)
    return token, side.chain.deploy("RelayPool", astuple(replace(side.terms, token=token.address)), sender=OWNER)


def hostile_lock(pair: Pair) -> tuple[Hostile, Lock]:
    token = Hostile(pair.source.chain, OWNER)
    token.send("mint", address(SENDER), 10**9)
    return token, pair.lock(token=token.address)


# Hostile tokens


def test_a_token_that_takes_a_fee_is_neither_locked_nor_taken_by_a_pool(pair: Pair) -> None:
    token, lock = hostile_lock(pair)
    token.send("setFee", 100)
    assert lock_failure(pair.source, "lock", lock, key=SENDER) == ("WrongAmount", 99_000, 100_000)
    token, pool = hostile_pool(pair.source)
    token.send("setFee", 100)
    for function, arguments in (("bond", (50_000,)), ("deposit", (50_000, 0))):
        assert pool.failure(function, *arguments, sender=address(RELAYER)) == ("WrongAmount", 49_500, 50_000)
    order = pair.order(origin_settler=pool.address)
    failed = pool.failure("open", orders.onchain_arguments(order), sender=order.user)
    assert failed == ("WrongAmount", 99_000, 100_000)


def test_a_token_that_takes_a_fee_later_fills_no_order(pair: Pair) -> None:
    """The recipient would get less than the order says."""
    token, pool = hostile_pool(pair.target)
    token.send("setFee", 100)
    order = pair.order(destination_settler=pool.address, output_token=token.address)
    data = orders.filler_data(address(RELAYER), from_pool=False)
    failed = pool.failure("fill", orders.order_id(order), orders.origin_data(order), data, sender=address(RELAYER))
    assert failed == ("WrongAmount", 98_010, 99_000)


def test_a_token_that_freezes_holds_up_its_own_locks_alone(pair: Pair) -> None:
    token, frozen = hostile_lock(pair)
    other = pair.lock()
    for lock in (frozen, other):
        send_lock(pair.source, "lock", lock, key=SENDER)
    token.send("freeze", True)
    with pytest.raises(Reverted):
        send_lock(pair.source, "claim", frozen, PREIMAGE)
    send_lock(pair.source, "claim", other, PREIMAGE)
    token.send("freeze", False)
    send_lock(pair.source, "claim", frozen, PREIMAGE)


@pytest.mark.parametrize("function", ["claim", "refund"])
def test_a_token_that_calls_back_is_paid_once(pair: Pair, function: str) -> None:
    token, lock = hostile_lock(pair)
    send_lock(pair.source, "lock", lock, key=SENDER)
    arguments: tuple[Any, ...] = (PREIMAGE,) if function == "claim" else ()
    if function == "refund":
        pair.later(7_200)
    token.arm(pair.source.locks, function, lock_arguments(lock), *arguments)
    send_lock(pair.source, function, lock, *arguments)
    assert token.struck() == (1, False, REENTRANCY)
    assert token.read("balanceOf", pair.source.locks.address) == 0


def test_a_pool_that_is_called_back_in_any_call_that_moves_tokens_stands(pair: Pair) -> None:
    """While tokens move, every guarded call fails; the others move credits alone, which the pool then holds."""
    side = pair.source
    token, pool = hostile_pool(side)
    order = pair.order(origin_settler=pool.address)
    pool.send("bond", 50_000, sender=address(RELAYER))
    token.arm(pool, "withdraw", OWNER)
    pool.send("open", orders.onchain_arguments(order), sender=order.user)
    assert token.struck() == (1, False, REENTRANCY)
    token.arm(pool, "unbond", 1)
    pool.send("deposit", 5_000, 0, sender=address(PROVIDER))
    assert token.struck() == (2, False, REENTRANCY)
    # The token itself claims while an order is opened: it has no bond.
    other = replace(order, nonce=2)
    token.arm(pool, "claim", orders.order_arguments(other))
    pool.send("open", orders.onchain_arguments(other), sender=other.user)
    assert token.struck()[1] is False
    assert token.read("balanceOf", pool.address) == 50_000 + 5_000 + 2 * order.input_amount


def test_a_withdrawal_that_calls_back_is_paid_once(pair: Pair) -> None:
    token, pool = hostile_pool(pair.source)
    order = pair.order(origin_settler=pool.address)
    pool.send("open", orders.onchain_arguments(order), sender=order.user)
    pair.later(10_000)
    pool.send("refund", orders.order_arguments(order), sender=OWNER)
    token.arm(pool, "withdraw", OWNER)
    pool.send("withdraw", address(SENDER), sender=address(SENDER))
    assert token.struck() == (1, False, REENTRANCY)
    assert token.read("balanceOf", address(SENDER)) == 10**9


# Replay


def test_an_order_of_one_chain_or_pool_is_none_of_another(pair: Pair) -> None:
    """A fork of the origin keeps the contract's address and not its chain id."""
    order = pair.opened()
    twin = Pair()
    for other in (replace(order, origin_chain_id=5), replace(order, origin_settler=OWNER)):
        assert pair.failure("claim", other, RELAYER)[0] == "WrongStatus"
        assert orders.order_id(other) != orders.order_id(order)
    assert twin.failure("refund", order) == ("WrongStatus", orders.order_id(order), OrderStatus.UNKNOWN)


def test_an_order_that_was_refunded_is_never_opened_again(pair: Pair) -> None:
    order = pair.opened(fill_deadline=pair.source.now + 10)
    pair.source.later(10_000)
    pair.call("refund", order)
    failed = pair.source.pool.failure("open", orders.onchain_arguments(order), sender=order.user)
    assert failed[0] == "TooLate"
    gasless = pair.order(nonce=7)
    document = orders.gasless_document(gasless, pair.source.now + 60)
    assert document["domain"]["chainId"] == pair.source.chain_id


def test_a_preimage_that_is_public_pays_nobody_but_the_recipient(pair: Pair) -> None:
    """Who copies a claim out of the pool of pending transactions pays the recipient for it."""
    lock = pair.lock()
    send_lock(pair.source, "lock", lock, key=SENDER)
    thief = replace(lock, recipient=address(STRANGER))
    assert lock_failure(pair.source, "claim", thief, PREIMAGE, key=STRANGER)[2] == LockStatus.UNKNOWN
    send_lock(pair.source, "claim", lock, PREIMAGE, key=STRANGER)
    assert pair.source.balance(MAKER) == lock.amount


# Griefing


def test_orders_below_the_least_are_not_taken_and_claims_on_small_ones_cost_the_least_pledge(pair: Pair) -> None:
    tiny = pair.order(input_amount=TERMS.least_amount - 1)
    failed = pair.source.pool.failure("open", orders.onchain_arguments(tiny), sender=tiny.user)
    assert failed == ("AmountTooSmall", 999, 1_000)
    small = pair.opened(input_amount=1_000, output_amount=990)
    pair.call("claim", small, RELAYER)
    pair.later(601)
    pair.decide(small, NO_ACCOUNT)
    assert pair.source.bond(RELAYER) == (50_000 - TERMS.least_pledge, 0)


def test_a_challenge_of_itself_gains_a_false_claimant_nothing(pair: Pair) -> None:
    """Nor does it keep others from telling the committee."""
    order = pair.opened()
    before = pair.source.balance(RELAYER)
    pair.call("claim", order, RELAYER)
    pair.call("challenge", order, RELAYER)
    pair.later(601)
    pair.decide(order, NO_ACCOUNT)
    gained = pair.source.owed(RELAYER) + pair.source.balance(RELAYER) - before - (50_000 - pair.source.bond(RELAYER)[0])
    assert gained == -TERMS.pledge(order.input_amount) // 2
    assert pair.source.owed(SENDER) == order.input_amount + TERMS.pledge(order.input_amount) // 2


def test_one_bond_stands_for_no_more_claims_than_it_covers(pair: Pair) -> None:
    made = [pair.opened(nonce=nonce) for nonce in range(6)]
    for order in made[:5]:
        pair.call("claim", order, RELAYER)
    assert pair.failure("claim", made[5], RELAYER) == ("BondTooSmall", 0, 10_000)
    pair.later(601)
    for order in made[:5]:
        pair.decide(order, NO_ACCOUNT)
    assert pair.source.bond(RELAYER) == (0, 0)
    assert pair.source.owed(SENDER) == 5 * 110_000


def test_a_claim_on_an_order_that_was_never_filled_is_worth_less_than_its_challenge(pair: Pair) -> None:
    """Whoever sees it may challenge, and is paid for it by the claimant."""
    order = pair.opened()
    pair.call("claim", order, RELAYER)
    pair.later(TERMS.challenge_seconds)
    pair.call("challenge", order, STRANGER)
    pair.decide(order, NO_ACCOUNT)
    assert pair.source.owed(STRANGER) > TERMS.pledge(order.input_amount)


# Providers


def test_a_first_provider_cannot_make_shares_dear_by_sending_tokens(pair: Pair) -> None:
    """The classic attack: one unit in, a gift to the pool, and the next provider's deposit rounds to nothing."""
    side = pair.target
    side.pool.send("deposit", 1, 0, sender=address(RIVAL))
    side.money.send("transfer", side.pool.address, 10**9, sender=address(RIVAL))
    assert side.pool.read("pool")[0] == 1
    side.pool.send("deposit", 10**9, 10**12, sender=address(PROVIDER))
    side.later(TERMS.loan_seconds)
    shares, _ = side.pool.read("holdingOf", address(PROVIDER))
    side.pool.send("redeem", shares, 10**9 - 1, sender=address(PROVIDER))
    assert side.balance(PROVIDER) >= -1


def test_who_comes_and_leaves_gains_no_unit_of_others(pair: Pair) -> None:
    side, rounds = pair.target, 50
    side.pool.send("deposit", 77_777, 0, sender=address(PROVIDER))
    order = pair.opened(input_amount=40_000, output_amount=39_000)
    pair.fill(order, RELAYER, from_pool=True)
    side.pool.send("repay", orders.order_id(order), sender=address(RELAYER))  # so that shares are no round figure
    for index in range(rounds):
        side.pool.send("deposit", 2 + index * 13, 0, sender=address(RIVAL))
        side.later(TERMS.loan_seconds)
        shares, _ = side.pool.read("holdingOf", address(RIVAL))
        side.pool.send("redeem", shares, 0, sender=address(RIVAL))
    assert -rounds <= side.balance(RIVAL) <= 0


def test_who_deposits_just_before_a_fee_does_not_leave_with_it_at_once(pair: Pair) -> None:
    side = pair.target
    side.pool.send("deposit", 60_000, 0, sender=address(PROVIDER))
    order = pair.opened(input_amount=40_000, output_amount=39_000)
    pair.fill(order, RELAYER, from_pool=True)
    side.pool.send("deposit", 10**6, 0, sender=address(RIVAL))
    side.pool.send("repay", orders.order_id(order), sender=address(RELAYER))
    shares, until = side.pool.read("holdingOf", address(RIVAL))
    assert until == side.now + TERMS.loan_seconds
    assert side.pool.failure("redeem", shares, 0, sender=address(RIVAL))[0] == "TooEarly"


def test_a_relayer_that_invents_orders_for_itself_empties_its_bond_and_not_the_pool(pair: Pair) -> None:
    """No chain ever opened the order; the pool's tokens go to the relayer, and its bond pays them back with the fee."""
    side = pair.target
    side.pool.send("deposit", 100_000, 0, sender=address(PROVIDER))
    invented = pair.order(nonce=99, output_amount=49_975, recipient=address(STRANGER))
    pair.fill(invented, RELAYER, from_pool=True)
    assert pair.fill_failure(replace(invented, nonce=98), RELAYER, from_pool=True)[0] == "BondTooSmall"
    side.later(TERMS.loan_seconds + 1)
    side.pool.send("foreclose", orders.order_id(invented), sender=address(STRANGER))
    assert side.pool.read("pool")[:2] == (100_025, 0)
    assert pair.failure("claim", invented, RELAYER)[0] == "WrongStatus"


# Committees


def test_a_committee_can_move_an_input_only_to_a_filler_or_back(pair: Pair) -> None:
    """Even all operators together: an order that ended, or never was, has no input to move."""
    order = pair.opened()
    unknown = replace(order, nonce=50)
    verdict = signed(orders.verdict_document(unknown, address(RIVAL)), OPERATORS)
    assert pair.decide_failure(unknown, address(RIVAL), verdict)[0] == "WrongStatus"
    pair.decide(order, address(RELAYER), OPERATORS)
    verdict = signed(orders.verdict_document(order, address(RIVAL)), OPERATORS)
    assert pair.decide_failure(order, address(RIVAL), verdict)[0] == "WrongStatus"


# Time


def test_an_answer_expires_early_enough_for_its_maker_whatever_clocks_say(pair: Pair) -> None:
    """The taker claims in the last second of the answer, seen by the slower clock; the maker still claims in time."""
    lock = pair.lock(expiry_seconds=pair.source.now + lock_seconds(CLOCKS))
    expiry = answer_expiry(lock, pair.target.now, CLOCKS)
    assert expiry is not None
    for skew in (-CLOCKS.skew_seconds, 0, CLOCKS.skew_seconds):
        last_claim = expiry - 1 + skew + CLOCKS.halt_seconds  # by the clock of the source, if the target stopped
        assert last_claim + 2 * CLOCKS.settle_seconds < lock.expiry_seconds
    late = pair.target.now + lock_seconds(CLOCKS)
    assert answer_expiry(lock, late, CLOCKS) is None


def test_no_preimage_is_shown_without_time_to_claim(pair: Pair) -> None:
    answer = pair.lock(expiry_seconds=pair.target.now + 500)
    last = answer.expiry_seconds - CLOCKS.settle_seconds - CLOCKS.halt_seconds - 1
    assert may_reveal(answer, last, CLOCKS)
    assert not may_reveal(answer, last + 1, CLOCKS)


def test_no_order_is_filled_without_time_to_claim_its_input() -> None:
    deadline, claims = 1_000, TERMS.claim_seconds
    last = deadline + claims - CLOCKS.reaction_seconds
    assert may_fill(deadline, claims, last, CLOCKS)
    assert not may_fill(deadline, claims, last + 1, CLOCKS)


def test_no_order_is_filled_if_its_target_could_be_late_by_a_stop_that_claims_leave_no_time_for() -> None:
    """A fill that is mined at the fill deadline, by a target that lags as much as it may, can still be claimed."""
    deadline, claims = 1_000, CLOCKS.reaction_seconds
    assert may_fill(deadline, claims, 0, CLOCKS)
    mined_last = deadline + CLOCKS.skew_seconds + CLOCKS.halt_seconds  # by the clock of the origin
    assert mined_last + 2 * CLOCKS.settle_seconds <= deadline + claims
    assert not may_fill(deadline, claims - 1, 0, CLOCKS)


def test_two_locks_of_one_hash_open_together(pair: Pair) -> None:
    """Why a sender takes a new preimage for each leg: what opens one opens the other."""
    first = pair.lock()
    second = replace(first, amount=5)
    for lock in (first, second):
        send_lock(pair.source, "lock", lock, key=SENDER)
        send_lock(pair.source, "claim", lock, PREIMAGE, key=MAKER)
    assert hash_of(PREIMAGE) == first.hash == second.hash
