"""What someone who wants harm could try with a PlanBook or a Clearing, beside `tests/contracts/test_plan_book.py`."""

from dataclasses import replace
from typing import Any

import pytest

from oracle.plans.plan import DAY_SECONDS, Payment, Plan, Status, Step, Verb, as_arguments
from tests.contracts.plan_stage import (
    BUYER,
    CARRIER,
    FEE,
    NO_PERMIT,
    OWNER,
    PRICE,
    SELLER,
    Town,
    sale,
)
from tests.trust.evm import Reverted
from tests.trust.hostile import REENTRANCY, Hostile
from tests.trust.signing import address

PARTIES = (SELLER, CARRIER, BUYER)
THIEF = 6_666


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def token(town: Town) -> Hostile:
    """A token that means ill; the buyer holds enough of it."""
    token = Hostile(town.chain, OWNER)
    token.send("mint", address(BUYER), PRICE * 10)
    return token


def joinings(town: Town, plan: Plan) -> list[tuple[Any, ...]]:
    return [town.joining(party, key, plan) for party, key in enumerate(PARTIES)]


def settle(town: Town, plan: Plan) -> None:
    """All three steps."""
    for step, key in enumerate((CARRIER, BUYER, SELLER)):
        town.send("perform", plan, step, b"\x01" * 32, [], sender=address(key))


# Replay


def test_a_signature_is_good_for_one_chain_and_one_book(town: Town) -> None:
    plan = sale()
    for other in (Town(chain_id=town.chain_id + 1), Town()):
        if other.chain_id == town.chain_id:
            other.book = other.chain.deploy("PlanBook", sender=OWNER)  # another book on the same chain
        other.book.send("propose", as_arguments(plan), [], sender=OWNER)
        failed = other.failure("join", plan, joinings(town, plan), sender=address(THIEF))
        assert failed == ("WrongSignature", 0)


def test_a_signature_to_join_is_none_to_amend_and_none_to_attest(town: Town) -> None:
    plan, other = sale(), sale(salt=1)
    town.begin(plan, PARTIES)
    failed = town.failure("amend", plan, as_arguments(other), joinings(town, other), sender=address(THIEF))
    assert failed == ("WrongSignature", 0)


def test_the_same_agreement_twice_needs_another_salt(town: Town) -> None:
    plan = sale(join_by_seconds=town.now + 300 * DAY_SECONDS)
    town.begin(plan, PARTIES)
    settle(town, plan)
    for function, arguments in (("propose", ([],)), ("join", (joinings(town, plan),))):
        failed = town.failure(function, plan, *arguments, sender=address(THIEF))
        assert failed == ("WrongStatus", town.plan_id(plan), Status.DONE)
    assert town.owed(SELLER) == PRICE


# Another plan than the one that was signed


def test_no_other_plan_passes_for_the_one_that_was_signed(town: Town) -> None:
    """A payee, an amount, a time or a deposit is changed in what a call brings: it is another plan, and unknown."""
    plan = sale()
    town.begin(plan, PARTIES)
    settle_step = plan.steps[2]
    changed = [
        replace(plan, parties=(address(THIEF), *plan.parties[1:])),
        replace(plan, deposits=(0, 0, PRICE * 10)),
        replace(plan, steps=(*plan.steps[:2], replace(settle_step, payments=(Payment(2, 0, PRICE * 2),)))),
        replace(plan, steps=(replace(plan.steps[0], due_seconds=1), *plan.steps[1:])),
        replace(plan, token=address(THIEF)),
    ]
    for other in changed:
        for function, arguments in (
            ("perform", (0, b"\x01" * 32, [])),
            ("timeout", (0,)),
            ("refuse", (0, bytes(32))),
            ("join", ([],)),
        ):
            failed = town.failure(function, other, *arguments, sender=address(CARRIER))
            assert failed == ("WrongStatus", town.plan_id(other), Status.UNKNOWN), function


# Hostile tokens


def test_a_token_that_takes_a_fee_is_not_taken(town: Town, token: Hostile) -> None:
    token.send("setFee", 100)
    plan = sale(token=token.address)
    town.send("propose", plan, [], sender=OWNER)
    failed = town.failure("join", plan, joinings(town, plan), sender=OWNER)
    assert failed == ("WrongDeposit", PRICE + FEE - (PRICE + FEE) // 100, PRICE + FEE)


def test_no_token_is_no_deposit(town: Town) -> None:
    """An address without code returns nothing, and is not taken for a transfer."""
    plan = sale(token=address(THIEF))
    town.send("propose", plan, [], sender=OWNER)
    with pytest.raises(Reverted):
        town.send("join", plan, joinings(town, plan), sender=OWNER)


@pytest.mark.parametrize("strike", ["join", "withdraw", "amend"])
def test_a_token_that_calls_back_while_it_moves_gets_nothing(town: Town, token: Hostile, strike: str) -> None:
    plan, other = sale(token=token.address), sale(salt=1)
    town.send("propose", plan, [], sender=OWNER)
    town.send("propose", other, [], sender=OWNER)
    arguments: dict[str, tuple[Any, ...]] = {
        "join": town.arguments("join", other, joinings(town, other)),
        "withdraw": (town.money.address, address(THIEF)),
        "amend": town.arguments("amend", other, as_arguments(sale(salt=2)), []),
    }
    token.arm(town.book, strike, *arguments[strike])
    town.send("join", plan, joinings(town, plan), sender=OWNER)
    assert token.struck() == (1, False, REENTRANCY)


def test_a_token_that_calls_back_during_a_withdrawal_finds_the_credit_spent(town: Town, token: Hostile) -> None:
    step = Step(Verb.PAY, 2, DAY_SECONDS, payments=(Payment(2, 0, PRICE),))
    plan = replace(sale(token=token.address), parties=(token.address, *sale().parties[1:]), steps=(step,))
    town.send("propose", plan, [], sender=OWNER)
    token.send("approveHash", town.digest(plan))
    signed = [(0, b"", NO_PERMIT), *joinings(town, plan)[1:]]
    town.send("join", plan, signed, sender=OWNER)
    town.send("perform", plan, 0, bytes(32), [], sender=address(BUYER))
    token.arm(town.book, "withdraw", token.address, token.address)
    token.act(town.book, "withdraw", token.address, token.address)
    assert token.struck() == (1, False, REENTRANCY)
    assert token.read("balanceOf", token.address) == PRICE


def test_tokens_that_are_given_to_the_book_belong_to_nobody(town: Town) -> None:
    """A gift neither blocks a deposit nor counts as one."""
    town.money.send("mint", town.book.address, 10**9)
    plan = sale()
    town.begin(plan, PARTIES)
    settle(town, plan)
    for key in PARTIES:
        if town.owed(key):
            town.book.send("withdraw", town.money.address, address(key), sender=address(key))
    assert town.money.read("balanceOf", town.book.address) == 10**9


# Griefing


def test_who_calls_ahead_with_what_parties_signed_only_does_their_work(town: Town) -> None:
    plan = sale()
    town.send("propose", plan, [], sender=address(THIEF))
    town.send("join", plan, joinings(town, plan), sender=address(THIEF))
    assert town.book.read("heldBy", town.plan_id(plan), 2) == PRICE + FEE
    assert town.owed(THIEF) == 0


def test_a_payee_that_takes_no_tokens_holds_up_nobody(town: Town, token: Hostile) -> None:
    """The carrier is a contract that can do nothing with its credit; the seller is paid all the same."""
    plan = replace(sale(), parties=(sale().parties[0], token.address, sale().parties[2]))
    town.send("propose", plan, [], sender=OWNER)
    token.send("approveHash", town.digest(plan))
    signed = joinings(town, plan)
    signed[1] = (1, b"", NO_PERMIT)
    town.send("join", plan, signed, sender=OWNER)
    token.act(town.book, "perform", *town.arguments("perform", plan, 0, b"\x01" * 32, []))
    for step, key in ((1, BUYER), (2, SELLER)):
        town.send("perform", plan, step, bytes(32), [], sender=address(key))
    town.book.send("withdraw", town.money.address, address(SELLER), sender=address(SELLER))
    assert town.money.read("balanceOf", address(SELLER)) == (1 << 100) + PRICE


def test_the_largest_plan_stays_within_a_block(town: Town) -> None:
    """16 parties, 16 steps of four payments by all, 15 witnesses: each call below 2^24 gas."""
    keys = range(8_000, 8_016)
    for key in keys:
        town.fund(town.money, key)
    steps = tuple(
        Step(
            Verb.ATTEST,
            0,
            DAY_SECONDS,
            witnesses=frozenset(range(1, 16)),
            quorum=15,
            needs_evidence=True,
            payments=tuple(Payment(254, payee, 3) for payee in range(4)),
            on_done=index + 1 if index < 15 else 255,
        )
        for index in range(16)
    )
    plan = Plan(
        kind="largest",
        parties=tuple(address(key) for key in keys),
        deposits=(1_000,) * 16,
        steps=steps,
        token=town.money.address,
        join_by_seconds=town.now + 5,
    )
    gas = [town.send("propose", plan, [], sender=OWNER)]
    plan_id = town.plan_id(plan)
    joined = [town.joining(party, key, plan) for party, key in enumerate(keys)]
    gas.append(town.send("join", plan, joined, sender=OWNER))
    for step in range(16):
        attested = [town.attestation(plan_id, step, b"\x01" * 32, party, keys[party]) for party in range(1, 16)]
        gas.append(town.send("perform", plan, step, b"\x01" * 32, attested, sender=address(keys[0])))
    assert max(gas) < 1 << 24
    assert Status(town.book.read("standingOf", plan_id)[0]) is Status.DONE
