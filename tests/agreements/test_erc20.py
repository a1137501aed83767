"""The token of a plan: approvals in place of permits, and permits that are signed in the token's own domain."""

import pytest

from oracle.agreements import erc20
from oracle.agreements.erc20 import Draw, Erc20
from oracle.agreements.signatures import sign_plan
from oracle.chain.calls import calldata, creation_code
from oracle.chain.transactions import await_receipt, sign_transaction
from oracle.errors import InputError
from oracle.plans.plan import Status
from tests.agreements.stage import BUYER_KEY, MINTED, PARTIES, Stage
from tests.contracts.plan_stage import FEE, PRICE


def _send(stage: Stage, to: str | None, data: bytes) -> str:
    """Address of what a transaction of the faucet creates, if it does."""
    transaction = sign_transaction(
        chain=stage.chain,
        account=stage.faucet,
        nonce=stage.chain.nonce(stage.faucet.address),
        to=to,
        data=data,
        gas_limit=3_000_000,
    )
    stage.chain.send_raw(transaction.raw, transaction.hash)
    stage.later(10)
    receipt = await_receipt(stage.chain, transaction.hash, what="send", timeout_seconds=10)
    return str(receipt["contractAddress"])


def test_a_token_without_permits_is_approved(stage: Stage) -> None:
    token = Erc20(stage.chain, _send(stage, None, creation_code("WorkloadToken")))
    with pytest.raises(InputError, match=f"let {BUYER_KEY.address} approve the contract in their place"):
        token.permit_terms(BUYER_KEY.address)
    _send(stage, token.address, calldata("WorkloadToken", "mint", BUYER_KEY.address, MINTED))
    plan = stage.sale(token=token.address)
    plan_id, _ = stage.book().propose(plan)
    token.approve(stage.sender(BUYER_KEY), stage.contracts.book, PRICE + FEE)
    stage.book().join(plan, [sign_plan(plan, key, stage.book().place) for key in PARTIES])
    assert stage.book().standing(plan_id).status is Status.ACTIVE
    assert token.allowance(BUYER_KEY.address, stage.contracts.book) == 0
    assert token.balance(BUYER_KEY.address) == MINTED - PRICE - FEE


def test_permits_of_an_unknown_domain_are_not_signed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = stage.token.permit_terms(BUYER_KEY.address)
    assert (terms.name, terms.version, terms.token) == ("Sample Money", "1", stage.token.address)
    monkeypatch.setattr(erc20, "_VERSIONS", ("2",))
    with pytest.raises(InputError, match="signs permits in another domain than 'Sample Money', version 2"):
        stage.token.permit_terms(BUYER_KEY.address)


def test_where_all_have_and_allow_it_the_token_itself_is_at_fault(stage: Stage) -> None:
    stage.token.approve(stage.sender(BUYER_KEY), stage.contracts.book, 7)
    draw = Draw(BUYER_KEY.address, "the buyer", 7, by_permit=False)
    assert stage.token.why_not_drawn(stage.contracts.book, [draw]) == (
        f"the token {stage.token.address} lets nothing be drawn though all have it and allow it; ask its issuer why"
    )
    more = Draw(BUYER_KEY.address, "the buyer", 8, by_permit=False)
    assert f"have it sign a permit, or approve {stage.contracts.book}" in stage.token.why_not_drawn(
        stage.contracts.book, [more]
    )
