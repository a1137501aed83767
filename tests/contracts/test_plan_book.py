"""The book of plans: joining, each way through a step, ends, amendments, credit. Random plans: `tests/trust`."""

from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_hash.auto import keccak

from oracle.chain.artefacts import artefact
from oracle.plans import signing
from oracle.plans.plan import (
    ARBITER,
    DAY_SECONDS,
    EVERYONE,
    DueFrom,
    Payment,
    Plan,
    Status,
    Step,
    Verb,
    as_arguments,
    from_arguments,
    step_arguments,
)
from oracle.plans.signing import frame_arguments
from tests.contracts.plan_stage import (
    BUYER,
    CARRIER,
    CHAIN_ID,
    FEE,
    JUDGE,
    NO_PERMIT,
    OWNER,
    PENALTY,
    PRICE,
    SELLER,
    START_SECONDS,
    Town,
    sale,
)
from tests.trust.evm import Reverted
from tests.trust.hostile import Hostile
from tests.trust.signing import address

OWNER_KEY = 1
PARTIES = (SELLER, CARRIER, BUYER)
NOTE = bytes(keccak(b"delivery note"))
RECEIVE, ACCEPT, SETTLE = range(3)
_PERMIT = {
    "owner": "address",
    "spender": "address",
    "value": "uint256",
    "nonce": "uint256",
    "deadline": "uint256",
}


@pytest.fixture
def town() -> Town:
    return Town()


def perform(town: Town, plan: Plan, step: int, key: int, evidence: bytes = bytes(32), attested: Any = ()) -> None:
    town.send("perform", plan, step, evidence, list(attested), sender=address(key))


def refusal(town: Town, function: str, plan: Plan, *arguments: Any, key: int) -> tuple[Any, ...]:
    """The error of a call that must revert; nothing of the plan changes."""
    plan_id = town.plan_id(plan)
    before = town.book.read("standingOf", plan_id), [town.owed(each) for each in (*PARTIES, JUDGE)]
    failed = town.failure(function, plan, *arguments, sender=address(key))
    assert (town.book.read("standingOf", plan_id), [town.owed(each) for each in (*PARTIES, JUDGE)]) == before
    return failed


def status(town: Town, plan: Plan) -> Status:
    return Status(town.book.read("standingOf", town.plan_id(plan))[0])


# What is signed


@pytest.mark.parametrize("plan", [sale(), sale(arbiter=True, salt=7, model_hash=b"\x09" * 32)])
def test_ids_and_digests_are_those_of_eip_712(town: Town, plan: Plan) -> None:
    plan_id = town.plan_id(plan)
    assert signing.plan_id(plan) == plan_id
    assert bytes(signing.signable(signing.plan_document(plan, chain_id=1, book=plan.token)).body) == plan_id
    where: dict[str, Any] = {"chain_id": CHAIN_ID, "book": town.book.address}

    def signature(document: dict[str, Any]) -> bytes:
        signed = Account.sign_message(signing.signable(document), SELLER.to_bytes(32, "big"))
        return bytes(signed.signature)

    assert signature(signing.plan_document(plan, **where)) == town.signed_digest(town.digest(plan), SELLER)
    other = replace(plan, salt=8)
    amended = town.amendment(plan_id, 1, other)
    assert signature(signing.amendment_document(plan_id, 1, other, **where)) == town.signed_digest(amended, SELLER)
    attested = town.attestation(plan_id, 2, NOTE, 0, SELLER)
    assert signature(signing.attestation_document(plan_id, 2, NOTE, **where)) == attested[1]


def test_a_plan_is_the_same_after_the_way_through_arguments() -> None:
    plan = sale(arbiter=True)
    assert from_arguments(as_arguments(plan)) == plan


# Joining


def test_a_sale_is_settled_and_its_credit_withdrawn(town: Town) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    assert status(town, plan) is Status.ACTIVE
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    perform(town, plan, ACCEPT, BUYER)
    perform(town, plan, SETTLE, SELLER)
    assert status(town, plan) is Status.DONE
    assert [town.owed(key) for key in PARTIES] == [PRICE, FEE, 0]
    town.book.send("withdraw", town.money.address, address(99), sender=address(SELLER))
    assert town.money.read("balanceOf", address(99)) == PRICE
    assert town.book.failure("withdraw", town.money.address, address(99), sender=address(SELLER)) == (
        "NothingOwed",
        town.money.address.lower(),
        address(SELLER),
    )


def test_parties_join_one_by_one_and_each_once(town: Town) -> None:
    plan = sale()
    town.send("propose", plan, [], sender=OWNER)
    for party, key in ((2, BUYER), (0, SELLER)):
        town.send("join", plan, [town.joining(party, key, plan)], sender=OWNER)
        assert status(town, plan) is Status.PROPOSED
    again = refusal(town, "join", plan, [town.joining(2, BUYER, plan)], key=BUYER)
    assert again == ("AlreadyJoined", 2)
    assert refusal(town, "perform", plan, RECEIVE, NOTE, [], key=CARRIER)[0] == "WrongStatus"
    town.send("join", plan, [town.joining(1, CARRIER, plan)], sender=OWNER)
    assert status(town, plan) is Status.ACTIVE


def test_nobody_joins_without_its_signature_over_this_very_plan(town: Town) -> None:
    plan = sale()
    town.send("propose", plan, [], sender=OWNER)
    assert refusal(town, "join", plan, [town.joining(0, BUYER, plan)], key=OWNER_KEY) == ("WrongSignature", 0)
    assert refusal(town, "join", plan, [town.joining(9, BUYER, plan)], key=OWNER_KEY) == ("WrongSignature", 9)
    for other in (replace(plan, salt=1), replace(plan, deposits=(0, 0, PRICE)), replace(plan, terms_hash=NOTE)):
        wrong = town.joining(2, BUYER, other)
        assert refusal(town, "join", plan, [wrong], key=OWNER_KEY) == ("WrongSignature", 2)


def test_a_wallet_of_code_joins_and_acts(town: Town) -> None:
    wallet = Hostile(town.chain, OWNER)
    plan = replace(sale(), parties=(wallet.address, *sale().parties[1:]))
    town.send("propose", plan, [], sender=OWNER)
    joinings = [(0, b"", NO_PERMIT), town.joining(1, CARRIER, plan), town.joining(2, BUYER, plan)]
    assert refusal(town, "join", plan, joinings, key=OWNER_KEY) == ("WrongSignature", 0)
    wallet.send("approveHash", town.digest(plan))
    town.send("join", plan, joinings, sender=OWNER)
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    perform(town, plan, ACCEPT, BUYER)
    wallet.act(town.book, "perform", *town.arguments("perform", plan, SETTLE, bytes(32), []))
    assert status(town, plan) is Status.DONE


def test_a_permit_takes_the_place_of_an_approval_even_if_someone_sends_it_ahead(town: Town) -> None:
    town.money.send("approve", town.book.address, 0, sender=address(BUYER))
    for salt, ahead in ((0, False), (1, True)):
        plan = sale(salt=salt)
        town.send("propose", plan, [], sender=OWNER)
        permit = _permit(town, salt)
        if ahead:
            arguments = (address(BUYER), town.book.address, PRICE + FEE, *permit)
            town.money.send("permit", *arguments, sender=address(66))
        keys = list(enumerate(PARTIES))
        joinings = [town.joining(party, key, plan, permit if key == BUYER else NO_PERMIT) for party, key in keys]
        town.send("join", plan, joinings, sender=OWNER)
        assert status(town, plan) is Status.ACTIVE
    plan = sale(salt=2)
    town.send("propose", plan, [], sender=OWNER)
    joining = town.joining(2, BUYER, plan, _permit(town, 7))  # of another nonce: no permit
    with pytest.raises(Reverted):
        town.send("join", plan, [joining], sender=OWNER)


def test_who_does_not_join_in_time_ends_the_plan_and_deposits_return(town: Town) -> None:
    plan = sale()
    town.send("propose", plan, [], sender=OWNER)
    town.send("join", plan, [town.joining(2, BUYER, plan)], sender=OWNER)
    town.later(7 * DAY_SECONDS)
    assert refusal(town, "timeout", plan, 0, key=66) == ("TooEarly", START_SECONDS + 7 * DAY_SECONDS)
    town.later(1)
    late = refusal(town, "join", plan, [town.joining(0, SELLER, plan)], key=66)
    assert late == ("TooLate", START_SECONDS + 7 * DAY_SECONDS)
    town.send("timeout", plan, 0, sender=address(66))
    assert status(town, plan) is Status.REFUNDED
    assert town.owed(BUYER) == PRICE + FEE


# Steps


def test_only_the_actor_does_or_refuses_a_step(town: Town) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    for key in (SELLER, BUYER, 66):
        named = ("NotNamed", address(key), address(CARRIER))
        assert refusal(town, "perform", plan, RECEIVE, NOTE, [], key=key) == named
        assert refusal(town, "refuse", plan, RECEIVE, NOTE, key=key) == named


def test_steps_are_done_in_order_and_once(town: Town) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    assert refusal(town, "perform", plan, SETTLE, NOTE, [], key=SELLER) == ("NotPresentStep", SETTLE, RECEIVE)
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    assert refusal(town, "perform", plan, RECEIVE, NOTE, [], key=CARRIER) == ("NotPresentStep", RECEIVE, ACCEPT)
    assert refusal(town, "timeout", plan, RECEIVE, key=66) == ("NotPresentStep", RECEIVE, ACCEPT)
    perform(town, plan, ACCEPT, BUYER)
    perform(town, plan, SETTLE, SELLER)
    for step in range(3):
        ended = ("WrongStatus", town.plan_id(plan), Status.DONE)
        assert refusal(town, "perform", plan, step, NOTE, [], key=SELLER) == ended
        assert refusal(town, "timeout", plan, step, key=66) == ended


def test_a_plan_that_ended_never_begins_again(town: Town) -> None:
    plan = sale(join_by_seconds=START_SECONDS + 100 * DAY_SECONDS)
    plan_id = town.begin(plan, PARTIES)
    assert refusal(town, "propose", plan, [], key=66) == ("WrongStatus", plan_id, Status.ACTIVE)
    town.later(16 * DAY_SECONDS)
    town.send("timeout", plan, RECEIVE, sender=address(66))
    assert refusal(town, "propose", plan, [], key=66) == ("WrongStatus", plan_id, Status.REFUNDED)
    joinings = [town.joining(party, key, plan) for party, key in enumerate(PARTIES)]
    assert refusal(town, "join", plan, joinings, key=66) == ("WrongStatus", plan_id, Status.REFUNDED)


@pytest.mark.parametrize(
    ("late", "days"), [(0, 0), (1, 1), (DAY_SECONDS, 1), (DAY_SECONDS + 1, 2), (10 * DAY_SECONDS, 10)]
)
def test_each_late_day_that_began_costs_the_penalty(town: Town, late: int, days: int) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    town.later(5 * DAY_SECONDS + late)
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    assert town.owed(BUYER) == days * PENALTY
    perform(town, plan, ACCEPT, BUYER)
    perform(town, plan, SETTLE, SELLER)
    assert [town.owed(key) for key in PARTIES] == [PRICE - days * PENALTY, FEE, days * PENALTY]


def test_after_the_late_days_a_step_can_only_be_passed(town: Town) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    town.later(15 * DAY_SECONDS)
    last = START_SECONDS + 15 * DAY_SECONDS
    assert town.deadlines(plan) == (START_SECONDS + 5 * DAY_SECONDS, last)
    assert refusal(town, "timeout", plan, RECEIVE, key=66) == ("TooEarly", last)
    town.later(1)
    assert refusal(town, "perform", plan, RECEIVE, NOTE, [], key=CARRIER) == ("TooLate", last)
    town.send("timeout", plan, RECEIVE, sender=address(66))
    assert status(town, plan) is Status.REFUNDED
    assert town.owed(BUYER) == PRICE + FEE


def test_silence_leads_where_the_step_says(town: Town) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    town.later(3 * DAY_SECONDS + 1)
    town.send("timeout", plan, ACCEPT, sender=address(66))
    perform(town, plan, SETTLE, SELLER)
    assert town.owed(SELLER) == PRICE


def test_a_refusal_refunds_or_is_refused(town: Town) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    assert refusal(town, "refuse", plan, RECEIVE, NOTE, key=CARRIER) == ("NotRefusable", RECEIVE)
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    town.later(3 * DAY_SECONDS)
    town.send("refuse", plan, ACCEPT, NOTE, sender=address(BUYER))
    assert status(town, plan) is Status.REFUNDED
    assert town.owed(BUYER) == PRICE + FEE


def test_a_step_needs_its_evidence(town: Town) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    assert refusal(town, "perform", plan, RECEIVE, bytes(32), [], key=CARRIER) == ("EvidenceMissing", RECEIVE)


def test_enough_named_witnesses_must_attest_to_this_evidence(town: Town) -> None:
    step = Step(
        Verb.ATTEST,
        1,
        DAY_SECONDS,
        needs_evidence=True,
        witnesses=frozenset({0, 2, 3}),
        quorum=2,
        payments=(Payment(2, 1, FEE),),
    )
    plan = replace(sale(arbiter=True), steps=(step,))
    plan_id = town.begin(plan, (*PARTIES, JUDGE))

    def tried(*attested: tuple[int, bytes]) -> tuple[Any, ...]:
        return refusal(town, "perform", plan, 0, NOTE, list(attested), key=CARRIER)

    seller, buyer, judge = (
        town.attestation(plan_id, 0, NOTE, party, key) for party, key in ((0, SELLER), (2, BUYER), (3, JUDGE))
    )
    assert tried(seller) == ("WrongWitnesses", 0)
    assert tried(seller, seller) == ("WrongWitnesses", 0)
    assert tried(judge, seller) == ("WrongWitnesses", 0)
    assert tried(seller, town.attestation(plan_id, 0, NOTE, 1, CARRIER)) == ("WrongWitnesses", 0)
    assert tried(seller, (2, judge[1])) == ("WrongSignature", 2)
    assert tried(seller, town.attestation(plan_id, 0, b"\x01" * 32, 2, BUYER)) == ("WrongSignature", 2)
    assert tried(seller, town.attestation(plan_id, 1, NOTE, 2, BUYER)) == ("WrongSignature", 2)
    perform(town, plan, 0, CARRIER, NOTE, [buyer, judge])
    assert town.owed(CARRIER) == FEE


@pytest.mark.parametrize(
    ("due_from", "seconds"),
    [
        (DueFrom.STEP_BEFORE, DAY_SECONDS),
        (DueFrom.ACTIVATION, 3 * DAY_SECONDS),
        (DueFrom.DATE, START_SECONDS + 3 * DAY_SECONDS),
    ],
)
def test_time_counts_from_the_step_before_the_activation_or_a_date(town: Town, due_from: DueFrom, seconds: int) -> None:
    first = Step(Verb.ATTEST, 0, 10 * DAY_SECONDS, on_done=1)
    plan = replace(sale(), steps=(first, Step(Verb.ATTEST, 0, seconds, due_from)))
    town.begin(plan, PARTIES)
    town.later(2 * DAY_SECONDS)
    perform(town, plan, 0, SELLER)
    due = START_SECONDS + 3 * DAY_SECONDS
    assert town.deadlines(plan, 1) == (due, due)


def test_all_pay_by_their_shares_to_the_last_unit(town: Town) -> None:
    step = Step(Verb.ATTEST, 1, DAY_SECONDS, payments=(Payment(EVERYONE, 1, 100),))
    plan = replace(sale(arbiter=True), deposits=(100, 0, 200, 0), steps=(step,), arbiter=255, arbiter_seconds=0)
    town.begin(plan, (*PARTIES, JUDGE))
    perform(town, plan, 0, CARRIER)
    # 33.3 and 66.7: what rounding leaves is paid by the first.
    assert [town.owed(key) for key in (*PARTIES, JUDGE)] == [66, 100, 134, 0]


# Disputes


def test_the_arbiter_divides_all_and_gets_nothing(town: Town) -> None:
    plan = sale(arbiter=True)
    town.begin(plan, (*PARTIES, JUDGE))
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    town.send("refuse", plan, ACCEPT, NOTE, sender=address(BUYER))
    shares = [PRICE // 2, FEE, PRICE - PRICE // 2, 0]
    assert refusal(town, "divide", plan, shares, NOTE, key=SELLER) == ("NotNamed", address(SELLER), address(JUDGE))
    for wrong in ([*shares[:3], 1], shares[:3], [shares[0] - 1, *shares[1:]]):
        assert refusal(town, "divide", plan, wrong, NOTE, key=JUDGE)[0] == "WrongDivision"
    own_part = [shares[0] - 1, *shares[1:3], 1]  # adds up, and yet is not the arbiter's to take
    assert refusal(town, "divide", plan, own_part, NOTE, key=JUDGE) == ("WrongDivision", 0, 0)
    town.send("divide", plan, shares, NOTE, sender=address(JUDGE))
    assert [town.owed(key) for key in (*PARTIES, JUDGE)] == shares
    assert status(town, plan) is Status.ARBITRATED


def test_an_arbiter_who_stays_silent_loses_the_say(town: Town) -> None:
    plan = sale(arbiter=True)
    town.begin(plan, (*PARTIES, JUDGE))
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    town.send("refuse", plan, ACCEPT, NOTE, sender=address(BUYER))
    town.later(14 * DAY_SECONDS)
    assert refusal(town, "timeout", plan, ARBITER, key=66)[0] == "TooEarly"
    town.later(1)
    assert refusal(town, "divide", plan, [0, 0, PRICE + FEE, 0], NOTE, key=JUDGE)[0] == "TooLate"
    town.send("timeout", plan, ARBITER, sender=address(66))
    assert town.owed(BUYER) == PRICE + FEE


# Amendments


def amend(town: Town, plan: Plan, replacement: Plan, step: int, keys: Any = PARTIES) -> tuple[Any, ...]:
    """The arguments of an amendment that all have signed."""
    digest = town.amendment(town.plan_id(plan), step, replacement)
    joinings = [(party, town.signed_digest(digest, key), NO_PERMIT) for party, key in enumerate(keys)]
    return frame_arguments(plan), as_arguments(replacement), joinings


@pytest.mark.parametrize("ahead", [False, True])
def test_all_parties_replace_a_plan_and_money_follows(town: Town, ahead: bool) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    cheaper = replace(plan, salt=1, deposits=(50, 0, PRICE), steps=plan.steps[1:2])
    cheaper = replace(cheaper, steps=(replace(plan.steps[1], on_done=255, on_timeout=253),))
    if ahead:  # whoever sees the amendment on its way can propose what it brings
        town.send("propose", cheaper, [], sender=address(66))
    town.book.send("amend", *amend(town, plan, cheaper, ACCEPT), sender=address(66))
    assert (status(town, plan), status(town, cheaper)) == (Status.AMENDED, Status.ACTIVE)
    assert town.owed(BUYER) == FEE  # held beyond the new deposit
    assert town.book.read("heldBy", town.plan_id(cheaper), 0) == 50  # drawn anew
    assert refusal(town, "perform", plan, ACCEPT, NOTE, [], key=BUYER)[0] == "WrongStatus"
    perform(town, cheaper, 0, BUYER)
    assert town.owed(BUYER) == FEE + PRICE


def test_an_amendment_is_for_one_plan_where_it_stands_and_of_all_parties(town: Town) -> None:
    plan = sale()
    town.begin(plan, PARTIES)
    other = replace(plan, salt=1)
    early = amend(town, plan, other, RECEIVE)
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    assert town.book.failure("amend", *early, sender=address(66)) == ("WrongSignature", 0)
    good = amend(town, plan, other, ACCEPT)
    kept = "an amendment keeps token and parties, and all of them sign it"
    assert town.book.failure("amend", good[0], good[1], good[2][:2], sender=OWNER) == ("InvalidPlan", kept)
    turned = [(2 - party, *rest) for party, *rest in good[2]]  # each under another's number
    assert town.book.failure("amend", good[0], good[1], turned, sender=OWNER) == ("InvalidPlan", kept)
    swapped = amend(town, plan, replace(other, parties=plan.parties[::-1]), ACCEPT)
    assert town.book.failure("amend", *swapped, sender=OWNER) == ("InvalidPlan", kept)
    more = replace(other, parties=(*plan.parties, address(JUDGE)), deposits=(*plan.deposits, 7))
    joined = amend(town, plan, more, ACCEPT)  # the fourth would be a party that never signed
    assert town.book.failure("amend", *joined, sender=OWNER) == ("InvalidPlan", kept)
    coined = amend(town, plan, replace(other, token=town.money.address[:-1] + "0"), ACCEPT)
    assert town.book.failure("amend", *coined, sender=OWNER) == ("InvalidPlan", kept)
    begun = amend(town, plan, plan, ACCEPT)
    assert town.book.failure("amend", *begun, sender=OWNER)[0] == "WrongStatus"
    town.book.send("amend", *good, sender=OWNER)
    assert town.book.failure("amend", *good, sender=OWNER)[0] == "WrongStatus"


def test_a_plan_that_a_party_has_joined_takes_no_others_place(town: Town) -> None:
    """Else its deposit would be written over."""
    plan, other = sale(), sale(salt=1)
    town.begin(plan, PARTIES)
    town.send("propose", other, [town.joining(2, BUYER, other)], sender=OWNER)
    failed = town.book.failure("amend", *amend(town, plan, other, RECEIVE), sender=OWNER)
    assert failed == ("WrongStatus", town.plan_id(other), Status.PROPOSED)
    assert town.book.read("heldBy", town.plan_id(other), 2) == PRICE + FEE


def test_a_dispute_can_be_settled_by_amendment_and_a_proposal_replaced(town: Town) -> None:
    keys = (*PARTIES, JUDGE)
    plan, agreed = sale(arbiter=True), sale(arbiter=True, salt=1)
    town.begin(plan, keys)
    perform(town, plan, RECEIVE, CARRIER, NOTE)
    town.send("refuse", plan, ACCEPT, NOTE, sender=address(BUYER))
    town.book.send("amend", *amend(town, plan, agreed, ARBITER, keys), sender=OWNER)
    assert status(town, agreed) is Status.ACTIVE
    proposal, better = sale(salt=2), sale(salt=3)
    town.send("propose", proposal, [], sender=OWNER)
    town.book.send("amend", *amend(town, proposal, better, 0), sender=OWNER)
    assert status(town, better) is Status.ACTIVE


def test_a_token_that_fails_holds_up_its_own_plan_alone(town: Town) -> None:
    token = Hostile(town.chain, OWNER)
    token.send("mint", address(BUYER), PRICE * 10)
    ill, good = sale(token=token.address), sale(salt=1)
    for plan in (ill, good):
        town.begin(plan, PARTIES)
    token.send("freeze", True)
    for plan in (ill, good):
        perform(town, plan, RECEIVE, CARRIER, NOTE)
        perform(town, plan, ACCEPT, BUYER)
        perform(town, plan, SETTLE, SELLER)  # steps call no token, so even the plan of the frozen one goes to its end
    town.book.send("withdraw", town.money.address, address(SELLER), sender=address(SELLER))
    with pytest.raises(Reverted):
        town.book.send("withdraw", token.address, address(SELLER), sender=address(SELLER))
    assert town.owed(SELLER, token) == PRICE  # and is paid once the token moves again
    token.send("freeze", False)
    town.book.send("withdraw", token.address, address(SELLER), sender=address(SELLER))
    assert token.read("balanceOf", address(SELLER)) == PRICE


def test_there_is_nobody_to_ask() -> None:
    """No function is an owner's: those that write are these."""
    functions = [entry for entry in artefact("PlanBook")["abi"] if entry["type"] == "function"]
    writing = {entry["name"] for entry in functions if entry["stateMutability"] not in {"view", "pure"}}
    assert writing == {"propose", "join", "perform", "refuse", "timeout", "divide", "amend", "withdraw"}


def _permit(town: Town, nonce: int) -> tuple[int, int, bytes, bytes]:
    document = signing.typed_document(
        "Sample Money",
        "Permit",
        {"Permit": _PERMIT},
        {
            "owner": address(BUYER),
            "spender": town.book.address,
            "value": PRICE + FEE,
            "nonce": nonce,
            "deadline": START_SECONDS + 10**6,
        },
        chain_id=CHAIN_ID,
        contract=town.money.address,
    )
    signed = Account.sign_message(signing.signable(document), BUYER.to_bytes(32, "big"))
    return (START_SECONDS + 10**6, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))


def test_a_step_is_that_of_the_plan(town: Town) -> None:
    """Another step in the place of the present one is refused, whatever it says."""
    plan = sale()
    town.begin(plan, PARTIES)
    easier = step_arguments(replace(plan.steps[RECEIVE], needs_evidence=False, on_done=255))
    for function, arguments, key in (
        ("perform", (RECEIVE, bytes(32), []), CARRIER),
        ("refuse", (RECEIVE, bytes(32)), CARRIER),
        ("timeout", (RECEIVE,), 66),
    ):
        failed = town.book.failure(function, frame_arguments(plan), easier, *arguments, sender=address(key))
        assert failed == ("WrongStep", RECEIVE)
    with pytest.raises(Reverted):
        town.book.read("deadlines", frame_arguments(plan), easier)
