"""One sale from its proposal to its payment on both chains; what the book refuses, in words; amendments; time."""

from dataclasses import replace

import pytest
from eth_hash.auto import keccak

from oracle.agreements.book import PlanBookClient
from oracle.agreements.signatures import NotSigned, sign_amendment, sign_attestation, sign_plan
from oracle.agreements.standing import Deadlines
from oracle.agreements.words import utc
from oracle.chain.addresses import ZERO_ADDRESS
from oracle.chain.calls import ContractCalls
from oracle.errors import CallRefused, DeploymentError, FeesTooHigh, InputError, SettingsError
from oracle.plans import signing
from oracle.plans.plan import ARBITER, DAY_SECONDS, DONE, REFUND, Payment, Status, Step, Verb, step_arguments
from tests.agreements.stage import (
    BUYER_KEY,
    CARRIER_KEY,
    JUDGE_KEY,
    MINTED,
    PARTIES,
    SELLER_KEY,
    Stage,
    account,
)
from tests.contracts.plan_stage import FEE, PENALTY, PRICE

NOTE = bytes(keccak(b"delivery note"))
RECEIVE, ACCEPT, SETTLE = range(3)


def test_a_sale_from_its_proposal_to_its_payment(stage: Stage) -> None:
    plan = stage.sale()
    before = stage.chain.head()
    assert stage.book().deadlines(plan) is None
    plan_id, proposed = stage.book().propose(plan)
    assert plan_id == signing.plan_id(plan)
    assert [each.kind for each in proposed.happenings] == ["Proposed"]
    assert stage.book().standing(plan_id).status is Status.PROPOSED
    ends = Deadlines(plan.join_by_seconds, plan.join_by_seconds)
    assert stage.book().deadlines(plan) == ends
    joined = stage.book().join(plan, stage.joinings(plan))
    assert [each.kind for each in joined.happenings] == ["Joined", "Joined", "Joined", "Activated"]
    standing = stage.book().standing(plan_id)
    assert (standing.status, standing.joined) == (Status.ACTIVE, frozenset({0, 1, 2}))
    assert standing.activated_at_seconds == stage.now
    assert stage.book().held(plan) == (0, 0, PRICE + FEE)
    read = ContractCalls(stage.chain, "PlanBook", stage.contracts.book).read(
        "deadlines", signing.frame_arguments(plan), step_arguments(plan.steps[RECEIVE])
    )
    assert stage.book().deadlines(plan) == Deadlines(*read)

    stage.book(CARRIER_KEY).perform(plan, RECEIVE, NOTE)
    stage.book(BUYER_KEY).perform(plan, ACCEPT)
    settled = stage.book(SELLER_KEY).perform(plan, SETTLE)
    assert [each.kind for each in settled.happenings] == ["Performed", "Credited", "Credited", "Ended"]
    assert stage.book().standing(plan_id).status is Status.DONE
    assert stage.book().deadlines(plan) is None
    assert [stage.book().owed(plan.token, key.address) for key in PARTIES] == [PRICE, FEE, 0]
    stage.book(SELLER_KEY).withdraw(plan.token, account(99).address)
    assert stage.token.balance(account(99).address) == PRICE

    assert stage.book().find(plan_id) == plan
    history = stage.book().history(plan_id, before)
    assert [each.kind for each in history] == [
        *("Proposed", "Joined", "Joined", "Joined", "Activated"),
        *("Performed", "Performed", "Performed", "Credited", "Credited", "Ended"),
    ]
    assert history[0].values["content"] == plan
    assert (history[0].block, history[0].transaction_hash) == (proposed.block, proposed.transaction_hash)
    assert history[5].values == {"plan": plan_id, "step": RECEIVE, "evidence": NOTE, "lateDays": 0}
    assert [each.time_seconds for each in history] == [stage.chain.timestamp(each.block) for each in history]
    assert [(each.values["account"], each.values["amount"]) for each in history if each.kind == "Credited"] == [
        (CARRIER_KEY.address, FEE),
        (SELLER_KEY.address, PRICE),
    ]
    assert tuple(history[-4:]) == settled.happenings
    assert stage.book().history(plan_id, settled.block + 1) == []
    with pytest.raises(InputError, match=f"has had no plan 0x{plan_id.hex()} since block {settled.block}; correct"):
        stage.book().find(plan_id, settled.block)


def test_who_is_late_pays_for_each_day_and_who_is_silent_is_passed(stage: Stage) -> None:
    plan = stage.sale(salt=1)
    plan_id = stage.begin(plan)
    stage.later(6 * DAY_SECONDS)
    sent = stage.book(CARRIER_KEY).perform(plan, RECEIVE, NOTE)
    assert sent.happenings[0].values["lateDays"] == 2
    ends = stage.book().deadlines(plan)
    assert ends == Deadlines(stage.now + 3 * DAY_SECONDS, stage.now + 3 * DAY_SECONDS)
    with pytest.raises(CallRefused, match=f"lasts until {utc(ends.last_seconds)}; wait until it is over") as early:
        stage.book().timeout(plan, ACCEPT)
    assert early.value.error == "TooEarly"
    stage.later(3 * DAY_SECONDS + 1)
    with pytest.raises(CallRefused, match=f"over at {utc(ends.last_seconds)}; anyone can now lead the plan on"):
        stage.book(BUYER_KEY).perform(plan, ACCEPT)
    stage.book().timeout(plan, ACCEPT)
    owed = stage.book().owed(plan.token, SELLER_KEY.address)
    stage.book(SELLER_KEY).perform(plan, SETTLE)
    assert stage.book().owed(plan.token, SELLER_KEY.address) - owed == PRICE - 2 * PENALTY
    assert [each.kind for each in stage.book().history(plan_id)].count("TimedOut") == 1


def test_the_joining_ends_by_time_too(stage: Stage) -> None:
    plan = stage.sale(salt=2)
    plan_id, _ = stage.book().propose(plan)
    stage.book().join(plan, stage.joinings(plan, [BUYER_KEY]))
    owed = stage.book().owed(plan.token, BUYER_KEY.address)
    stage.later(7 * DAY_SECONDS)
    stage.book().timeout(plan, 0)
    assert stage.book().standing(plan_id).status is Status.REFUNDED
    assert stage.book().owed(plan.token, BUYER_KEY.address) - owed == PRICE + FEE


def test_an_arbiter_divides_what_is_held(stage: Stage) -> None:
    plan = stage.sale(salt=3, arbiter=True)
    plan_id = stage.begin(plan, [*PARTIES, JUDGE_KEY])
    stage.book(CARRIER_KEY).perform(plan, RECEIVE, NOTE)
    stage.book(BUYER_KEY).refuse(plan, ACCEPT, NOTE)
    assert stage.book().standing(plan_id).step == ARBITER
    for shares, said in (
        ([PRICE, FEE, 1, 0], f"come to {PRICE + FEE + 1} units where {PRICE + FEE} units are held; correct them"),
        ([PRICE, FEE, 0], "one share for each party and none for the arbiter; correct the shares"),
    ):
        with pytest.raises(CallRefused, match=said):
            stage.book(JUDGE_KEY).divide(plan, shares)
    with pytest.raises(CallRefused, match=f"give the key of {JUDGE_KEY.address}"):
        stage.book(SELLER_KEY).divide(plan, [PRICE, FEE, 0, 0])
    owed = stage.book().owed(plan.token, CARRIER_KEY.address)
    stage.book(JUDGE_KEY).divide(plan, [PRICE - 5, FEE, 5, 0], NOTE)
    assert stage.book().owed(plan.token, CARRIER_KEY.address) - owed == FEE
    divided = next(each for each in stage.book().history(plan_id) if each.kind == "Divided")
    assert divided.values["shares"] == (PRICE - 5, FEE, 5, 0)


def test_witnesses_attest_in_any_order(stage: Stage) -> None:
    step = Step(
        Verb.ATTEST,
        1,
        DAY_SECONDS,
        needs_evidence=True,
        witnesses=frozenset({0, 2}),
        quorum=2,
        payments=(Payment(2, 1, FEE),),
    )
    plan = stage.sale(salt=4, steps=(step,))
    stage.begin(plan)
    place = stage.book().place
    seller, buyer = (sign_attestation(plan, 0, NOTE, key, place) for key in (SELLER_KEY, BUYER_KEY))
    carrier = stage.book(CARRIER_KEY)
    with pytest.raises(CallRefused, match=r"needs 2 of its witnesses party 0 \(0x\w+\) and party 2 \(0x\w+\), each"):
        carrier.perform(plan, 0, NOTE, [seller])
    with pytest.raises(NotSigned, match="over this very Attestation"):
        carrier.perform(plan, 0, bytes(31) + b"\x01", [buyer, seller])
    carrier.perform(plan, 0, NOTE, [buyer, seller])
    assert stage.book().standing(signing.plan_id(plan)).status is Status.DONE


# Amendments


def test_all_parties_replace_a_plan_and_history_tells_both(stage: Stage) -> None:
    plan = stage.sale(salt=5)
    plan_id = stage.begin(plan)
    stage.book(CARRIER_KEY).perform(plan, RECEIVE, NOTE)
    shorter = (replace(plan.steps[ACCEPT], on_done=DONE, on_timeout=REFUND),)
    dearer = stage.sale(salt=6, deposits=(0, 0, PRICE + FEE + 70), steps=shorter)
    place = stage.book().place
    joinings = [
        sign_amendment(plan, ACCEPT, dearer, key, place, stage.permit(70) if key is BUYER_KEY else None)
        for key in PARTIES
    ]
    with pytest.raises(NotSigned, match=r"party 1 \(0x\w+\) and party 2 \(0x\w+\) did not sign the amendment"):
        stage.book().amend(plan, dearer, joinings[:1])
    early = [sign_amendment(plan, RECEIVE, dearer, key, place) for key in PARTIES]
    with pytest.raises(NotSigned, match=r"party 0 \(0x\w+\) is not by its key over this very Amendment"):
        stage.book().amend(plan, dearer, early)
    without = [replace(each, permit=None) for each in joinings]
    with pytest.raises(CallRefused, match=r"party 2 \(0x\w+\) lets 0 units of the token 0x\w+ be drawn, and 70 units"):
        stage.book().amend(plan, dearer, without)
    fewer = replace(
        dearer, parties=plan.parties[:2], deposits=(0, 0), token=ZERO_ADDRESS, steps=(replace(shorter[0], actor=0),)
    )
    signed = [sign_amendment(plan, ACCEPT, fewer, key, place) for key in PARTIES]
    with pytest.raises(CallRefused, match="cannot be enforced: an amendment keeps token and parties"):
        stage.book().amend(plan, fewer, signed)
    sent = stage.book().amend(plan, dearer, joinings[::-1])
    assert sent.happenings[0].values == {"plan": plan_id, "replacement": signing.plan_id(dearer)}
    assert stage.book().held(dearer) == (0, 0, PRICE + FEE + 70)
    assert stage.book().find(signing.plan_id(dearer)) == dearer
    kinds = [each.kind for each in stage.book().history(plan_id)]
    assert kinds[-3:] == ["Performed", "Replaced", "Ended"]
    with pytest.raises(CallRefused, match="was replaced by another one; go on with that"):
        stage.book(BUYER_KEY).perform(plan, ACCEPT)


# Refusals


def test_what_the_book_refuses_is_not_sent_and_says_what_to_do(stage: Stage) -> None:
    plan = stage.sale(salt=7)
    keys = (*PARTIES, stage.faucet)

    def said(key: object, *call: object, error: str) -> str:
        """The words of a call that sends nothing."""
        before = [stage.chain.nonce(each.address) for each in keys], stage.chain.head()
        method, *arguments = call
        with pytest.raises(CallRefused) as caught:
            getattr(stage.book(key), str(method))(*arguments)  # type: ignore[arg-type]
        assert ([stage.chain.nonce(each.address) for each in keys], stage.chain.head()) == before
        assert caught.value.error == error
        return str(caught.value)

    plan_id = signing.plan_id(plan)
    assert said(SELLER_KEY, "perform", plan, 0, NOTE, error="WrongStatus") == (
        f"plan 0x{plan_id.hex()} is not known to this book; propose it first, or correct the address of the book"
    )
    lost = replace(plan, steps=(replace(plan.steps[0], on_done=0),))
    assert said(None, "propose", lost, error="InvalidPlan") == (
        "the plan cannot be enforced: a step leads back, or to no step; correct it"
    )
    stage.book().propose(plan)
    assert "is proposed, and not all of its parties have joined" in said(None, "propose", plan, error="WrongStatus")
    signed = stage.joinings(plan)
    assert "lets 0 units" in said(None, "join", plan, [replace(signed[2], permit=None)], error="TransferFromFailed")
    for bad in (
        stage.permit(PRICE + FEE, nonce=99),
        stage.permit(PRICE),
        stage.permit(PRICE + FEE, deadline_seconds=stage.now - 1),
    ):
        line = said(None, "join", plan, [replace(signed[2], permit=bad)], error="TransferFromFailed")
        assert "are due from it; its permit is not good, so have it sign one for its present nonce" in line
    rich = replace(plan, deposits=(0, 0, 2 * MINTED))
    stage.book().propose(rich)
    line = said(None, "join", rich, stage.joinings(rich), error="TransferFromFailed")
    assert line.endswith(f"and {2 * MINTED} units are due from it; send it more")
    stage.book().join(plan, signed[:1])
    assert said(None, "join", plan, signed[:1], error="AlreadyJoined") == (
        f"party 0 ({SELLER_KEY.address}) has joined already; leave its signature out"
    )
    stage.book().join(plan, signed[1:])
    assert said(SELLER_KEY, "perform", plan, RECEIVE, NOTE, error="NotNamed") == (
        f"party 0 ({SELLER_KEY.address}) may not do this, party 1 ({CARRIER_KEY.address}) alone may; give the key of "
        f"{CARRIER_KEY.address}"
    )
    assert said(CARRIER_KEY, "perform", plan, RECEIVE, error="EvidenceMissing") == (
        "step 1 of 3 (receive) needs a hash that shows it done; give one as evidence"
    )
    assert said(CARRIER_KEY, "refuse", plan, RECEIVE, error="NotRefusable") == (
        "step 1 of 3 (receive) cannot be refused; do it, or wait until anyone can pass it"
    )
    assert said(BUYER_KEY, "perform", plan, ACCEPT, error="NotPresentStep") == (
        "step 2 of 3 (accept) is not the present one; the plan stands at step 1 of 3 (receive), so deal with that"
    )
    assert said(stage.faucet, "withdraw", plan.token, stage.faucet.address, error="NothingOwed") == (
        f"nothing of the token {plan.token} is credited to {stage.faucet.address}; wait until a payment is made to it"
    )


def test_signatures_are_checked_before_they_are_sent(stage: Stage) -> None:
    plan = stage.sale(salt=8)
    stage.book().propose(plan)
    place = stage.book().place
    good = sign_plan(plan, SELLER_KEY, place)
    for wrong in (
        sign_plan(replace(plan, salt=80), SELLER_KEY, place),
        sign_plan(plan, SELLER_KEY, replace(place, chain_id=1)),
        sign_plan(plan, SELLER_KEY, replace(place, contract=stage.contracts.clearing)),
        replace(good, party=1),
    ):
        with pytest.raises(NotSigned, match=r"is not by its key over this very Plan for PlanBook 0x\w+ on chain \d+"):
            stage.book().join(plan, [wrong])
    with pytest.raises(NotSigned, match="party 9, which the plan does not have, has signed"):
        stage.book().join(plan, [replace(good, party=9)])


def test_a_wallet_of_code_is_asked_by_the_book_itself(stage: Stage) -> None:
    """The clearing stands for one: it has code, and approves nothing."""
    sold = stage.sale(salt=9)
    plan = replace(sold, parties=(stage.contracts.clearing, *sold.parties[1:]))
    stage.book().propose(plan)
    signed = replace(sign_plan(plan, CARRIER_KEY, stage.book().place), party=0)
    with pytest.raises(
        CallRefused, match=r"party 0 \(0x\w+\) is not its own over what is sent; have it sign"
    ) as caught:
        stage.book().join(plan, [signed])
    assert caught.value.error == "WrongSignature"


def test_a_book_reads_without_a_key_but_does_not_send(stage: Stage) -> None:
    book = PlanBookClient(stage.chain, stage.contracts.book)
    assert book.standing(bytes(32)).status is Status.UNKNOWN
    with pytest.raises(SettingsError, match="give --key-file or --keystore"):
        book.propose(stage.sale())


def test_nothing_is_sent_above_the_fee_that_may_be_bid(stage: Stage) -> None:
    book = PlanBookClient(stage.chain, stage.contracts.book, stage.sender(stage.faucet, max_fee_wei=1))
    with pytest.raises(FeesTooHigh):
        book.propose(stage.sale(salt=10))


def test_another_contract_is_no_book(stage: Stage) -> None:
    for address, found in ((stage.contracts.clearing, "the code there is another"), (account(5).address, "no code")):
        with pytest.raises(DeploymentError, match=f"{address} is not a PlanBook of this version: .*{found}"):
            PlanBookClient(stage.chain, address)


def test_what_does_not_fit_the_contract_is_said(stage: Stage) -> None:
    with pytest.raises(InputError, match="propose cannot be called with that"):
        stage.book().propose(stage.sale(join_by_seconds=1 << 64))
