"""The record of where the contracts are: written, read back, resumed, and held to what is on the chain."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from oracle.agreements.deployment import agreements_path, deploy_agreements, read_agreements
from oracle.agreements.sending import Sender
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.chain.transactions import sign_transaction
from oracle.errors import DeploymentError


@pytest.fixture(params=["anvil", "eth-tester"])
def owned(request: pytest.FixtureRequest) -> Iterator[OwnedBlocks]:
    chain = start_chain(request.param)
    yield chain
    chain.close()


def _sender(owned: OwnedBlocks) -> Sender:
    return Sender(owned.chain, Account.from_key(owned.faucet_key), mine=lambda: owned.next_block(10))


def _changed(path: Path, name: str, **values: Any) -> None:
    raw = json.loads(path.read_text())
    raw["contracts"][name] |= values
    path.write_text(json.dumps(raw))


def test_a_record_is_read_back_and_holds_what_is_deployed_once(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = agreements_path(tmp_path, owned.chain)
    assert path.name == f"{owned.chain.chain_id}.agreements.json"
    made = deploy_agreements(_sender(owned), path, with_money=False)
    assert made.money is None
    assert made.from_block == 1
    assert read_agreements(owned.chain, path) == made
    head = owned.chain.head()
    assert deploy_agreements(_sender(owned), path, with_money=False) == made
    assert owned.chain.head() == head
    more = deploy_agreements(_sender(owned), path, with_money=True)
    assert (more.book, more.clearing) == (made.book, made.clearing)
    assert owned.chain.code(str(more.money))


def test_a_wrong_address_is_refused(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = agreements_path(tmp_path, owned.chain)
    made = deploy_agreements(_sender(owned), path, with_money=False)
    for address in (made.clearing, "0x" + "11" * 20):
        _changed(path, "PlanBook", address=address)
        for read in (read_agreements, lambda chain, where: deploy_agreements(_sender(owned), where, with_money=False)):
            with pytest.raises(
                DeploymentError, match=r"names PlanBook at 0x\w+ but the code there is not this version's"
            ):
                read(owned.chain, path)


def test_a_record_of_another_chain_or_without_a_book_is_refused(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = agreements_path(tmp_path, owned.chain)
    deploy_agreements(_sender(owned), path, with_money=False)
    raw = json.loads(path.read_text())
    path.write_text(json.dumps(raw | {"genesisHash": "0x" + "22" * 32}))
    with pytest.raises(DeploymentError, match="another chain with id"):
        read_agreements(owned.chain, path)
    del raw["contracts"]["PlanBook"]
    path.write_text(json.dumps(raw))
    with pytest.raises(DeploymentError, match="has no PlanBook; deploy the contracts of agreements again"):
        read_agreements(owned.chain, path)


def test_an_interrupted_deployment_goes_on_where_it_stopped(owned: OwnedBlocks, tmp_path: Path) -> None:
    path = agreements_path(tmp_path, owned.chain)
    made = deploy_agreements(_sender(owned), path, with_money=False)
    written = path.read_text()
    _changed(path, "PlanBook", blockNumber=None)  # it ended before it saw the transaction mined
    with pytest.raises(DeploymentError, match="has no PlanBook"):
        read_agreements(owned.chain, path)
    assert deploy_agreements(_sender(owned), path, with_money=False) == made
    assert path.read_text() == written

    _changed(path, "PlanBook", blockNumber=None, transactionHash="0x" + "33" * 32)  # before it sent it
    again = deploy_agreements(_sender(owned), path, with_money=False)
    assert (again.book != made.book, again.clearing) == (True, made.clearing)

    _changed(path, "PlanBook", blockNumber=None, transactionHash="0x" + _reverted(owned).hex())
    third = deploy_agreements(_sender(owned), path, with_money=False)
    assert third.book not in {made.book, again.book}
    assert read_agreements(owned.chain, path) == third


def _reverted(owned: OwnedBlocks) -> bytes:
    """Hash of a transaction whose code begins with the invalid instruction."""
    account = Account.from_key(owned.faucet_key)
    transaction = sign_transaction(
        chain=owned.chain,
        account=account,
        nonce=owned.chain.nonce(account.address),
        to=None,
        data=b"\xfe",
        gas_limit=100_000,
    )
    owned.chain.send_raw(transaction.raw, transaction.hash)
    owned.next_block(10)
    return transaction.hash
