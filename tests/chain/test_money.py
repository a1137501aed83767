"""Who cannot pay is named, with what the account has and what is needed."""

from collections.abc import Iterator

import pytest
from eth_account import Account
from web3 import Web3

from oracle.chain.money import ether, most_wei
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.chain.transactions import Fees, sign_transaction
from oracle.errors import ConnectionFailed, InsufficientFunds
from oracle.formulas.lanes import WAD
from oracle.workload.calls import Call, workload_accounts
from oracle.workload.funding import fund
from oracle.workload.sender import Sender

GWEI = 10**9
FEES = Fees(max_fee_wei=10 * GWEI, priority_fee_wei=GWEI)
RECEIVER = Web3.to_checksum_address("0f" * 20)


@pytest.fixture(scope="module", params=["anvil"])
def owned(request: pytest.FixtureRequest) -> Iterator[OwnedBlocks]:
    chain = start_chain(request.param)
    yield chain
    chain.close()


def _fund(owned: OwnedBlocks, account: object, amount_wei: int) -> None:
    payer = Account.from_key(owned.faucet_key)
    fund(owned.chain, payer, [account], amount_wei, lambda: owned.next_block(10), least_wei=amount_wei)  # type: ignore[list-item]


def test_a_transaction_that_cannot_be_paid_names_its_sender(owned: OwnedBlocks) -> None:
    (poor,) = workload_accounts(b"poor", 1)
    _fund(owned, poor, WAD // 1000)
    transaction = sign_transaction(
        chain=owned.chain,
        account=poor,
        nonce=0,
        to=RECEIVER,
        data=b"",
        gas_limit=50_000,
        value_wei=2 * WAD // 1000,
        fees=FEES,
    )
    assert most_wei(transaction.raw) == 2 * WAD // 1000 + 50_000 * 10 * GWEI
    with pytest.raises(InsufficientFunds) as refused:
        owned.chain.send_raw(transaction.raw, transaction.hash)
    assert str(refused.value) == (
        f"{poor.address} holds 0.001 ETH and its transaction may take 0.0025; send it 0.0015 or more"
    )


def test_traffic_that_cannot_be_paid_names_its_account(owned: OwnedBlocks) -> None:
    (broke,) = workload_accounts(b"broke", 1)
    sender = Sender(owned.chain, [broke])
    call = Call(0, bytes.fromhex(RECEIVER[2:]), value_wei=WAD, gas_price_wei=100 * GWEI, gas_limit=21_000, calldata=b"")
    assert sender.short_of([call, call]) == {0: 2 * (WAD + 21_000 * 100 * GWEI)}
    with pytest.raises(InsufficientFunds) as refused:
        sender.send([call])
    assert f"{broke.address} holds 0 ETH and its transaction may take 1.0021; send it 1.0021" in str(refused.value)
    _fund(owned, broke, 3 * WAD)
    assert sender.short_of([call, call]) == {}
    assert sender.short_of([call, call, call]) == {0: 3 * (WAD + 21_000 * 100 * GWEI)}


def test_a_payer_that_cannot_fund_is_named(owned: OwnedBlocks) -> None:
    payer, *others = workload_accounts(b"payers", 3)
    with pytest.raises(InsufficientFunds, match=f"{payer.address} holds 0 ETH and funding 2 accounts may take 2.0"):
        fund(owned.chain, payer, others, WAD, None)


def test_another_refusal_is_left_as_it_is(owned: OwnedBlocks) -> None:
    payer = Account.from_key(owned.faucet_key)
    low = sign_transaction(
        chain=owned.chain, account=payer, nonce=10**6, to=RECEIVER, data=b"", gas_limit=100, fees=FEES
    )
    with pytest.raises(ConnectionFailed) as refused:
        owned.chain.send_raw(low.raw, low.hash)
    assert not isinstance(refused.value, InsufficientFunds)


def test_an_amount_is_written_with_all_its_digits() -> None:
    for wei, written in {0: "0", 1: "0.000000000000000001", WAD: "1", 25 * WAD // 10: "2.5", 10 * WAD: "10"}.items():
        assert ether(wei) == written
