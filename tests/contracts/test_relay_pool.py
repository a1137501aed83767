"""Orders between chains: opened by their user, filled once, paid once, and always ended by time."""

from dataclasses import astuple, replace
from typing import Any

import pytest
from eth_abi.abi import decode

from oracle.bridges import orders
from oracle.bridges.locks import NO_ACCOUNT
from oracle.bridges.orders import OrderStatus
from oracle.chain.events import event
from tests.contracts.route_stage import (
    OPERATORS,
    OWNER,
    PROVIDER,
    RELAYER,
    RIVAL,
    SENDER,
    STRANGER,
    TERMS,
    Pair,
    Side,
    changing,
    logged,
    signed,
    wallet_signature,
)
from tests.trust.evm import Reverted
from tests.trust.signing import address

PLEDGE = 10_000  # of an input of 100 000
_RESOLVED = (
    "(address,uint256,uint32,uint32,bytes32,(bytes32,uint256,bytes32,uint256)[],(bytes32,uint256,bytes32,uint256)[],"
    "(uint256,bytes32,bytes)[])"
)


@pytest.fixture
def pair() -> Pair:
    pair = Pair()
    pair.bonded(RELAYER)
    return pair


def word(account: str) -> bytes:
    return bytes.fromhex(account[2:]).rjust(32, b"\0")


# Opening


def test_an_open_order_is_in_the_form_that_any_filler_understands(pair: Pair) -> None:
    order = pair.opened()
    topics, data = logged(pair.source)[0]
    assert topics == [event("RelayPool", "Open").topic, orders.order_id(order)]
    (resolved,) = decode([_RESOLVED], data)
    assert resolved == (
        order.user,
        order.origin_chain_id,
        (1 << 32) - 1,
        order.fill_deadline,
        orders.order_id(order),
        ((word(order.output_token), order.output_amount, word(order.recipient), order.destination_chain_id),),
        ((word(pair.source.money.address), order.input_amount, bytes(32), order.origin_chain_id),),
        ((order.destination_chain_id, word(order.destination_settler), orders.origin_data(order)),),
    )
    again = pair.source.pool.chain.call(
        pair.source.pool.address,
        pair.source.pool.data("resolve", orders.onchain_arguments(order)),
        sender=order.user,
        static=True,
    )
    assert decode([_RESOLVED], again) == (resolved,)
    assert pair.source.pool.read("idOf", orders.order_arguments(order)) == orders.order_id(order)
    assert pair.source.pool.read("ORDER_TYPE") == orders.ORDER_TYPE


def test_a_signed_order_is_opened_by_anyone_once_and_in_time(pair: Pair) -> None:
    pool, order = pair.source.pool, pair.order()
    until = pair.source.now + 60
    gasless = orders.gasless_arguments(order, until)
    signature = wallet_signature(orders.gasless_document(order, until), SENDER)
    resolved = pool.read("resolveFor", gasless, b"")
    assert (resolved[0], resolved[2], resolved[4]) == (order.user, until, orders.order_id(order))
    pool.send("openFor", gasless, signature, b"", sender=address(RELAYER))
    assert pair.source.balance(SENDER) == -order.input_amount
    again = pool.failure("openFor", gasless, signature, b"", sender=address(RELAYER))
    assert again == ("WrongStatus", orders.order_id(order), OrderStatus.OPEN)
    late = pair.order(nonce=2)
    gasless = orders.gasless_arguments(late, until)
    signature = wallet_signature(orders.gasless_document(late, until), SENDER)
    pair.later(61)
    assert pool.failure("openFor", gasless, signature, b"", sender=OWNER) == ("TooLate", until + 1, until)


def test_nobody_opens_an_order_that_its_user_did_not_sign(pair: Pair) -> None:
    pool, order = pair.source.pool, pair.order()
    until = pair.source.now + 60
    signature = wallet_signature(orders.gasless_document(order, until), SENDER)
    changed: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = [
        (orders.gasless_arguments(replace(order, recipient=address(STRANGER)), until), ("WrongSignature",)),
        (orders.gasless_arguments(replace(order, output_amount=1), until), ("WrongSignature",)),
        (orders.gasless_arguments(order, until + 1), ("WrongSignature",)),
        (orders.gasless_arguments(replace(order, user=address(STRANGER)), until), ("WrongSignature",)),
        (orders.gasless_arguments(replace(order, origin_settler=OWNER), until), ("WrongSettler", OWNER)),
        (orders.gasless_arguments(replace(order, origin_chain_id=5), until), ("WrongChain", 5)),
    ]
    for gasless, failed in changed:
        found = pool.failure("openFor", gasless, signature, b"", sender=address(STRANGER))
        assert found[: len(failed)] == failed
    two_nonces = list(orders.gasless_arguments(order, until))
    two_nonces[2] = 9
    failed = pool.failure("openFor", tuple(two_nonces), signature, b"", sender=OWNER)
    assert failed == ("InvalidOrder", "it has two nonces")
    other_type = list(orders.gasless_arguments(order, until))
    other_type[6] = b"\x01" * 32
    failed = pool.failure("openFor", tuple(other_type), signature, b"", sender=OWNER)
    assert failed == ("WrongOrderType", b"\x01" * 32, orders.ORDER_TYPE)


def test_what_is_no_order_is_not_opened(pair: Pair) -> None:
    now, order = pair.source.now, pair.order()
    refused: list[tuple[Any, tuple[Any, ...]]] = [
        (replace(order, input_amount=999), ("AmountTooSmall", 999, TERMS.least_amount)),
        (replace(order, output_amount=0), ("InvalidOrder", "the output is 0")),
        (replace(order, recipient=NO_ACCOUNT), ("InvalidOrder", "the recipient is 0")),
        (
            replace(order, destination_chain_id=pair.source.chain_id),
            ("InvalidOrder", "it leads to the chain that it is on"),
        ),
        (
            replace(order, recipient=order.destination_settler),
            ("InvalidOrder", "the settler is 0 or the recipient"),
        ),
        (replace(order, destination_settler=NO_ACCOUNT), ("InvalidOrder", "the settler is 0 or the recipient")),
        (replace(order, fill_deadline=now), ("TooLate", now, now)),
        (
            replace(order, fill_deadline=now + TERMS.most_fill_seconds + 1),
            ("InvalidOrder", "the fill deadline is too far away"),
        ),
    ]
    for other, failed in refused:
        found = pair.source.pool.failure("open", orders.onchain_arguments(other), sender=order.user)
        assert found == failed
    pair.opened(fill_deadline=now + TERMS.most_fill_seconds)


# Filling


def test_an_order_is_filled_once_in_time_and_with_the_exact_output(pair: Pair) -> None:
    order = pair.opened()
    pair.target.until(order.fill_deadline)
    pair.fill(order, RELAYER)
    assert pair.target.balance(SENDER) == order.output_amount
    assert pair.target.balance(RELAYER) == -order.output_amount - 50_000
    assert pair.target.pool.read("fillerOf", orders.order_id(order)) == address(RELAYER)
    failed = pair.fill_failure(order, RIVAL)
    assert failed == ("AlreadyFilled", orders.order_id(order), address(RELAYER))
    late = pair.order(nonce=2, fill_deadline=order.fill_deadline)
    pair.target.later(1)
    assert pair.fill_failure(late, RELAYER) == ("TooLate", order.fill_deadline + 1, order.fill_deadline)


def test_an_order_is_filled_on_its_own_chain_and_settler_alone(pair: Pair) -> None:
    order = pair.order()
    refused: list[tuple[Any, tuple[Any, ...]]] = [
        (replace(order, destination_chain_id=5), ("WrongChain", 5, pair.target.chain_id)),
        (replace(order, destination_settler=OWNER), ("WrongSettler", OWNER, pair.target.pool.address)),
        (replace(order, output_token=OWNER), ("InvalidOrder", "the output is of another token")),
        (
            replace(order, recipient=pair.target.pool.address),
            ("InvalidOrder", "the recipient is the pool"),
        ),
    ]
    for other, failed in refused:
        assert pair.fill_failure(other, RELAYER) == failed
    data = orders.filler_data(address(RELAYER), from_pool=False)
    mixed = (orders.order_id(order), orders.origin_data(replace(order, output_amount=1)), data)
    assert pair.target.pool.failure("fill", *mixed, sender=address(RELAYER))[0] == "WrongOrder"
    nobody = orders.filler_data(NO_ACCOUNT, from_pool=False)
    whole = (orders.order_id(order), orders.origin_data(order), nobody)
    failed = pair.target.pool.failure("fill", *whole, sender=address(RELAYER))
    assert failed == ("InvalidOrder", "nobody would be paid")


# Claims


def test_a_claim_that_nobody_challenges_is_paid_after_its_time(pair: Pair) -> None:
    order = pair.opened()
    pair.fill(order, RELAYER)
    pair.call("claim", order, RELAYER)
    assert pair.source.bond(RELAYER) == (50_000, PLEDGE)
    claimed_at = pair.source.now
    pair.later(TERMS.challenge_seconds)
    failed = pair.failure("finalize", order)
    assert failed == ("TooEarly", pair.source.now, claimed_at + TERMS.challenge_seconds)
    pair.later(1)
    assert pair.failure("challenge", order)[0] == "TooLate"
    pair.call("finalize", order, STRANGER)
    assert pair.source.bond(RELAYER) == (50_000, 0)
    assert pair.source.owed(RELAYER) == order.input_amount
    assert pair.source.state(order)[0] == OrderStatus.SETTLED
    for function in ("claim", "challenge", "finalize", "refund"):
        assert pair.failure(function, order, RELAYER)[0] == "WrongStatus"
    failed = pair.decide_failure(order, address(RIVAL), signed(orders.verdict_document(order, address(RIVAL)), []))
    assert failed == ("WrongStatus", orders.order_id(order), OrderStatus.SETTLED)


def test_a_claim_needs_a_free_bond_and_time(pair: Pair) -> None:
    order = pair.opened()
    assert pair.failure("claim", order, RIVAL) == ("BondTooSmall", 0, PLEDGE)
    pair.source.pool.send("bond", PLEDGE - 1, sender=address(RIVAL))
    assert pair.failure("claim", order, RIVAL) == ("BondTooSmall", PLEDGE - 1, PLEDGE)
    last = order.fill_deadline + TERMS.claim_seconds
    pair.source.until(last + 1)
    assert pair.failure("claim", order, RELAYER) == ("TooLate", last + 1, last)
    pair.source.until(last)
    pair.call("claim", order, RELAYER)
    assert pair.failure("claim", order, RELAYER)[0] == "WrongStatus"


def test_a_small_order_pledges_no_less_than_the_least(pair: Pair) -> None:
    order = pair.opened(input_amount=TERMS.least_amount, output_amount=1)
    assert pair.source.pool.read("pledgeOf", orders.order_arguments(order)) == TERMS.least_pledge
    pair.call("claim", order, RELAYER)
    assert pair.source.bond(RELAYER) == (50_000, TERMS.least_pledge)


def test_the_bond_that_stands_for_a_claim_cannot_be_taken(pair: Pair) -> None:
    pair.call("claim", pair.opened(), RELAYER)
    failed = pair.source.pool.failure("unbond", 40_001, sender=address(RELAYER))
    assert failed == ("BondTooSmall", 40_000, 40_001)
    pair.source.pool.send("unbond", 40_000, sender=address(RELAYER))
    assert pair.source.bond(RELAYER) == (PLEDGE, PLEDGE)


def test_the_committee_settles_at_once(pair: Pair) -> None:
    order = pair.opened()
    pair.fill(order, RELAYER)
    pair.decide(order, address(RELAYER))
    assert pair.source.owed(RELAYER) == order.input_amount


def test_a_true_claim_wins_what_its_challenger_paid_in(pair: Pair) -> None:
    order = pair.opened()
    pair.fill(order, RELAYER)
    pair.call("claim", order, RELAYER)
    pair.call("challenge", order, RIVAL)
    assert pair.source.balance(RIVAL) == -PLEDGE
    pair.decide(order, address(RELAYER))
    assert pair.source.owed(RELAYER) == order.input_amount + PLEDGE
    assert pair.source.bond(RELAYER) == (50_000, 0)
    assert pair.source.owed(RIVAL) == 0


def test_a_false_claim_pays_its_challenger_and_the_user(pair: Pair) -> None:
    order = pair.opened()
    pair.call("claim", order, RELAYER)
    pair.call("challenge", order, RIVAL)
    pair.later(601)
    pair.decide(order, NO_ACCOUNT)
    assert pair.source.bond(RELAYER) == (50_000 - PLEDGE, 0)
    assert pair.source.owed(RIVAL) == PLEDGE + PLEDGE // 2
    assert pair.source.owed(SENDER) == order.input_amount + PLEDGE // 2
    assert pair.source.state(order)[0] == OrderStatus.REFUNDED


def test_a_false_claim_before_the_true_one_pays_who_filled(pair: Pair) -> None:
    """A rival claims what the relayer filled; nobody need challenge it where the committee speaks in time."""
    order = pair.opened()
    pair.bonded(RIVAL)
    pair.fill(order, RELAYER)
    pair.call("claim", order, RIVAL)
    pair.decide(order, address(RELAYER))
    assert pair.source.owed(RELAYER) == order.input_amount + PLEDGE
    assert pair.source.bond(RIVAL) == (50_000 - PLEDGE, 0)


def test_that_nobody_filled_can_be_said_only_after_the_deadline(pair: Pair) -> None:
    order = pair.opened()
    verdict = signed(orders.verdict_document(order, NO_ACCOUNT), OPERATORS[:2])
    pair.source.until(order.fill_deadline)
    failed = pair.decide_failure(order, NO_ACCOUNT, verdict)
    assert failed == ("TooEarly", order.fill_deadline, order.fill_deadline)
    pair.source.later(1)
    pair.decide(order, NO_ACCOUNT)
    assert pair.source.owed(SENDER) == order.input_amount


def test_a_verdict_needs_its_operators_and_is_of_one_order_filler_chain_and_pool(pair: Pair) -> None:
    order, filler = pair.opened(), address(RELAYER)
    document = orders.verdict_document(order, filler)
    foreign = dict(document, domain=dict(document["domain"], chainId=1))
    elsewhere = dict(document, domain=dict(document["domain"], verifyingContract=OWNER))
    refused = [
        (signed(document, OPERATORS[:1]), "TooFewSignatures"),
        (signed(document, (OPERATORS[1], OPERATORS[0])), "SignersNotAscending"),
        (signed(document, (OPERATORS[0], OPERATORS[0])), "SignersNotAscending"),
        (signed(document, (OPERATORS[0], RIVAL)), "NotOperator"),
        (signed(orders.verdict_document(order, address(RIVAL)), OPERATORS[:2]), "NotOperator"),
        (signed(orders.verdict_document(replace(order, nonce=2), filler), OPERATORS[:2]), "NotOperator"),
        (signed(foreign, OPERATORS[:2]), "NotOperator"),
        (signed(elsewhere, OPERATORS[:2]), "NotOperator"),
    ]
    for verdict, name in refused:
        assert pair.decide_failure(order, filler, verdict)[0] == name
    pair.decide(order, filler, OPERATORS)


# Refunds


def test_an_order_that_nobody_claims_goes_back_by_time(pair: Pair) -> None:
    order = pair.opened()
    last = order.fill_deadline + TERMS.claim_seconds
    pair.source.until(last)
    assert pair.failure("refund", order) == ("TooEarly", last, last)
    pair.source.later(1)
    pair.call("refund", order, STRANGER)
    pair.source.pool.send("withdraw", address(SENDER), sender=address(SENDER))
    assert (pair.source.balance(SENDER), pair.source.owed(SENDER)) == (0, 0)
    assert pair.source.pool.failure("withdraw", address(SENDER), sender=address(SENDER))[0] == "NothingOwed"


@pytest.mark.parametrize("wait", [0, 2_300])
def test_a_dispute_that_nobody_decides_goes_back_to_all(pair: Pair, wait: int) -> None:
    """Not before the last moment at which the order could be claimed, so that no fill comes after the refund."""
    order = pair.opened()
    pair.source.later(wait)
    pair.call("claim", order, RELAYER)
    pair.call("challenge", order, RIVAL)
    last = max(order.fill_deadline + TERMS.claim_seconds, pair.source.now + TERMS.dispute_seconds)
    pair.source.until(last)
    assert pair.failure("refund", order) == ("TooEarly", last, last)
    pair.source.later(1)
    pair.call("refund", order)
    assert pair.source.bond(RELAYER) == (50_000, 0)
    assert (pair.source.owed(RIVAL), pair.source.owed(SENDER)) == (PLEDGE, order.input_amount)


def test_a_claimed_order_is_not_refunded_but_finalized(pair: Pair) -> None:
    order = pair.opened()
    pair.call("claim", order, RELAYER)
    pair.later(100_000)
    assert pair.failure("refund", order) == ("WrongStatus", orders.order_id(order), OrderStatus.CLAIMED)
    pair.call("finalize", order)


# Liquidity


def test_a_fill_from_the_pool_is_a_loan_that_the_bond_covers(pair: Pair) -> None:
    pool = pair.target.pool
    pool.send("deposit", 60_000, 0, sender=address(PROVIDER))
    order = pair.opened(input_amount=40_000, output_amount=39_000)
    pair.fill(order, RELAYER, from_pool=True)
    due = 39_000 + 20  # 0.05 %, rounded up
    assert pair.target.balance(SENDER) == 39_000
    assert pair.target.balance(RELAYER) == -50_000
    assert pair.target.bond(RELAYER) == (50_000, due)
    assert pool.read("pool")[:2] == (21_000, 39_000)
    pool.send("repay", orders.order_id(order), sender=address(RELAYER))
    assert pair.target.bond(RELAYER) == (50_000, 0)
    assert pool.read("pool")[:2] == (60_020, 0)
    assert pool.failure("repay", orders.order_id(order), sender=OWNER) == ("NoLoan", orders.order_id(order))


def test_no_loan_is_above_bond_or_liquidity(pair: Pair) -> None:
    order = pair.opened()
    failed = pair.fill_failure(order, RELAYER, from_pool=True)
    assert failed == ("LiquidityTooSmall", 0, 99_000)
    pair.target.pool.send("deposit", 99_000, 0, sender=address(PROVIDER))
    failed = pair.fill_failure(order, RELAYER, from_pool=True)
    assert failed == ("BondTooSmall", 50_000, 99_050)
    pair.target.pool.send("bond", 49_050, sender=address(RELAYER))
    pair.fill(order, RELAYER, from_pool=True)


def test_a_bond_that_loans_have_used_up_pays_them_first_and_covers_no_claim(pair: Pair) -> None:
    """A relayer that vanishes costs providers nothing; its bond goes to them, whoever else waits."""
    pool, side = pair.target.pool, pair.target
    pool.send("deposit", 200_000, 0, sender=address(PROVIDER))
    order = pair.opened(input_amount=51_000, output_amount=49_975)
    pair.fill(order, RELAYER, from_pool=True)
    assert side.bond(RELAYER) == (50_000, 50_000)
    assert pool.failure("unbond", 1, sender=address(RELAYER)) == ("BondTooSmall", 0, 1)
    due = side.now + TERMS.loan_seconds
    side.until(due)
    assert pool.failure("foreclose", orders.order_id(order), sender=OWNER) == ("TooEarly", due, due)
    side.later(1)
    pool.send("foreclose", orders.order_id(order), sender=address(STRANGER))
    assert side.bond(RELAYER) == (0, 0)
    assert pool.read("pool")[:2] == (200_025, 0)
    assert pool.failure("foreclose", orders.order_id(order), sender=OWNER)[0] == "NoLoan"


def test_providers_get_their_part_and_stay_as_long_as_a_loan_may(pair: Pair) -> None:
    pool, side = pair.target.pool, pair.target
    pool.send("deposit", 60_000, 60_000_000, sender=address(PROVIDER))
    assert pool.read("holdingOf", address(PROVIDER)) == (60_000_000, side.now + TERMS.loan_seconds)
    failed = pool.failure("redeem", 1, 0, sender=address(PROVIDER))
    assert failed == ("TooEarly", side.now, side.now + TERMS.loan_seconds)
    order = pair.opened(input_amount=40_000, output_amount=39_000)
    pair.fill(order, RELAYER, from_pool=True)
    side.later(TERMS.loan_seconds)
    failed = pool.failure("redeem", 60_000_000, 0, sender=address(PROVIDER))
    assert failed == ("LiquidityTooSmall", 21_000, 60_000)
    pool.send("repay", orders.order_id(order), sender=address(RELAYER))
    failed = pool.failure("redeem", 60_000_001, 0, sender=address(PROVIDER))
    assert failed == ("SharesTooFew", 60_000_000, 60_000_001)
    failed = pool.failure("redeem", 60_000_000, 60_020, sender=address(PROVIDER))
    assert failed == ("TooLittle", 60_019, 60_020)  # rounded against who leaves
    pool.send("redeem", 60_000_000, 60_019, sender=address(PROVIDER))
    assert side.balance(PROVIDER) == 19
    assert pool.read("pool") == (1, 0, 0)


def test_a_bond_cannot_be_made_of_anothers_money(pair: Pair) -> None:
    side = pair.source
    side.money.send("approve", side.pool.address, 0, sender=address(RIVAL))
    with pytest.raises(Reverted):
        side.pool.send("bond", 5, sender=address(RIVAL))


# Terms


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"token": NO_ACCOUNT}, "there is no token"),
        ({"committee": NO_ACCOUNT}, "there is no committee"),
        ({"least_pledge": 0}, "a claim of a small order would pledge nothing"),
        ({"least_amount": 0}, "an order could have no input"),
        ({"pledge_bps": 10_001}, "a share is above the whole"),
        ({"loan_fee_bps": 10_001}, "a share is above the whole"),
        *(({name: 0}, "a time is 0") for name in vars(TERMS) if name.endswith("_seconds")),
    ],
)
def test_terms_that_are_none_make_no_pool(changes: dict[str, Any], reason: str) -> None:
    side = Side(31_001, keys=())
    with pytest.raises(Reverted) as refused:
        side.chain.deploy("RelayPool", astuple(replace(side.terms, **changes)), sender=OWNER)
    assert refused.value.failure == ("InvalidTerms", reason)


def test_terms_are_read_as_they_were_given() -> None:
    side = Side(31_001, keys=())
    assert side.pool.read("terms") == astuple(side.terms)


def test_nobody_owns_it() -> None:
    """What changes anything is this alone, and none of it asks for an owner."""
    about_orders = {"open", "openFor", "fill", "claim", "challenge", "finalize", "decide", "refund", "withdraw"}
    about_money = {"bond", "unbond", "deposit", "redeem", "repay", "foreclose"}
    assert changing("RelayPool") == about_orders | about_money
