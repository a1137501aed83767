"""A round of four parties on both chains: signed, settled, withdrawn; and what is refused, in words."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.agreements.clearing import (
    ClearingClient,
    Statement,
    round_id,
    sign_statement,
    statement_document,
    statement_of,
)
from oracle.agreements.signatures import NotSigned, Place, check_signature
from oracle.chain.calls import ContractCalls
from oracle.errors import CallRefused, DeploymentError, SettingsError
from oracle.plans.templates.clearing import ClearingTerms, Debt, Round, clearing_round
from oracle.plans.terms import Setting, When
from tests.agreements.stage import MINTED, Stage, account
from tests.contracts.clearing_stage import House

TEXT = bytes(keccak(b"terms"))
KEYS = {name: account(9_000 + at) for at, name in enumerate(("Ash", "Birch", "Cedar", "Dogwood"))}
DEBTS = (
    Debt("Ash", "Birch", 100),
    Debt("Birch", "Cedar", 80),
    Debt("Birch", "Dogwood", 5),
    Debt("Cedar", "Ash", 90),
)
NETS = {"Ash": -10, "Birch": 15, "Cedar": -10, "Dogwood": 5}


def make_round(stage: Stage, salt: int = 0, seconds: int = 1_000_000) -> Round:
    terms = ClearingTerms(tuple(KEYS), "EUR", DEBTS, When(seconds=seconds))
    accounts = {name: str(key.address) for name, key in KEYS.items()}
    return clearing_round(terms, Setting(accounts, stage.token.address, stage.now, TEXT, salt=salt))


def statements(stage: Stage, round_: Round) -> list[Statement]:
    return [sign_statement(round_, key, stage.clearing().place) for key in KEYS.values()]


def fund(stage: Stage, name: str) -> None:
    """A party holds money, and lets the clearing draw it."""
    stage.endow([KEYS[name]])
    stage.mint(KEYS[name].address)
    stage.token.approve(stage.sender(KEYS[name]), stage.contracts.clearing, MINTED)


def refusal(stage: Stage, round_: Round, signed: list[Statement], error: str) -> str:
    head = stage.chain.head()
    with pytest.raises(CallRefused) as caught:
        stage.clearing().settle(round_, signed)
    assert (caught.value.error, stage.chain.head()) == (error, head)
    return str(caught.value)


def test_a_round_is_settled_by_what_is_left(stage: Stage) -> None:
    round_ = make_round(stage)
    signed = statements(stage, round_)
    found = round_id(round_)
    assert found == ContractCalls(stage.chain, "Clearing", stage.contracts.clearing).read("idOf", round_.content())
    who = {account: f"party {index} ({account})" for index, account in enumerate(round_.parties)}
    payers = sorted(("Ash", "Cedar"), key=lambda name: round_.parties.index(KEYS[name].address))
    first, second = (who[KEYS[name].address] for name in payers)
    line = refusal(stage, round_, signed, "TransferFromFailed")
    assert line.startswith(f"{first} holds 0 units of the token {stage.token.address}, and 10 units are due from it")
    fund(stage, payers[0])
    stage.mint(KEYS[payers[1]].address)
    line = refusal(stage, round_, signed, "TransferFromFailed")
    assert line.startswith(f"{second} lets 0 units of the token {stage.token.address} be drawn, and 10 units are due")
    fund(stage, payers[1])
    assert stage.clearing().settled_at_seconds(found) is None
    sent = stage.clearing().settle(round_, signed[::-1])
    assert stage.clearing().settled_at_seconds(found) == stage.now
    history = stage.clearing().history(found)
    assert [each.kind for each in history] == ["Netted"] * 4 + ["Settled"]
    assert {each.values["party"]: each.values["net"] for each in history[:4]} == {
        KEYS[name].address: net for name, net in NETS.items()
    }
    assert {name: history[4].values[name] for name in ("obligations", "gross", "moved")} == {
        "obligations": 4,
        "gross": 275,
        "moved": 20,
    }
    assert [each for each in sent.happenings if each.kind in {"Netted", "Settled"}] == history
    assert "was settled before; make another with another salt" in refusal(stage, round_, signed, "AlreadySettled")
    stage.endow([KEYS["Birch"]])
    assert stage.clearing().owed(round_.token, KEYS["Birch"].address) == 15
    stage.clearing(KEYS["Birch"]).withdraw(round_.token, account(98).address)
    assert stage.token.balance(account(98).address) == 15
    with pytest.raises(CallRefused, match=f"is credited to {KEYS['Birch'].address}; wait until a payment is made"):
        stage.clearing(KEYS["Birch"]).withdraw(round_.token, account(98).address)


def test_a_round_is_settled_in_time_alone(stage: Stage) -> None:
    round_ = make_round(stage, salt=1, seconds=100)
    stage.later(200)
    until = f"{datetime.fromtimestamp(round_.settle_by_seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    assert refusal(stage, round_, statements(stage, round_), "TooLate") == (
        f"the time to settle was over at {until}; have all sign a round that can be settled later"
    )


def test_every_party_signs_its_own_obligations_of_this_round(stage: Stage) -> None:
    round_ = make_round(stage, salt=2)
    good = statements(stage, round_)
    other = statements(stage, make_round(stage, salt=3))
    client = stage.clearing()
    with pytest.raises(NotSigned, match=r"party \d \(0x\w+\) gave no statement; send the statements of all"):
        client.settle(round_, good[:3])
    with pytest.raises(NotSigned, match=r"party \d \(0x\w+\) is not by its key over this very Statement for Clearing"):
        client.settle(round_, [*good[:3], other[3]])
    with pytest.raises(NotSigned, match=r"party \d \(0x\w+\) stated other obligations or another net than the round"):
        client.settle(round_, [*good[:3], replace(good[3], net=9)])
    with pytest.raises(NotSigned, match="is no party's of this round"):
        sign_statement(round_, stage.faucet, client.place)


def test_another_contract_is_no_clearing_and_nothing_is_sent_without_a_key(stage: Stage) -> None:
    with pytest.raises(DeploymentError, match="is not a Clearing of this version"):
        ClearingClient(stage.chain, stage.contracts.book)
    round_ = make_round(stage, salt=4)
    with pytest.raises(SettingsError, match="give --key-file or --keystore"):
        ClearingClient(stage.chain, stage.contracts.clearing).settle(round_, statements(stage, round_))


def test_a_statement_is_read_back_as_it_was_sent(stage: Stage) -> None:
    for sent in statements(stage, make_round(stage, salt=5)):
        assert statement_of(json.loads(json.dumps(sent.as_json()))) == sent
    good = {"party": 0, "owes": [], "net": 0, "signature": "0x"}
    wrongs: tuple[dict[str, object], ...] = (
        {"owes": {}},
        {"net": "1"},
        {"net": True},
        {"owes": [{"creditor": 1}]},
        {"owes": [[1, 2]]},
    )
    for wrong in wrongs:
        with pytest.raises(NotSigned, match="what a party sen"):
            statement_of(good | wrong)


def test_the_typed_data_of_a_statement_is_the_contracts() -> None:
    """The same digest as the stage of the contract makes by hand."""
    house = House()
    keys: list[LocalAccount] = [account(number) for number in house.keys]
    content = house.round()
    owes = (((1, 100),), ((2, 80), (3, 5)), ((0, 90),), ())
    nets = (-10, 15, -10, 5)
    token, parties, until, terms, model, salt = content
    round_ = Round(token, tuple(parties), until, terms, model, salt, owes, nets)
    assert round_id(round_) == bytes(house.clearing.read("idOf", content))
    place = Place(31_337, house.clearing.address)
    for party, key in enumerate(keys):
        _, _, signature = house.statement(content, party, list(owes[party]), nets[party])
        check_signature(statement_document(round_, party, place), signature, key.address, "the party")
