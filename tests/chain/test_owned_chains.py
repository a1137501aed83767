"""The two chains that the project starts behave alike, as a node does."""

import itertools
from typing import Any

import pytest
from eth_account import Account

from oracle.chain.connection import Chain
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.errors import ConnectionFailed
from oracle.workload.calls import workload_accounts

RECEIVER = "0x" + "31" * 20


def _send(owned: OwnedBlocks, nonce: int, **fields: Any) -> bytes:
    payer = Account.from_key(owned.faucet_key)
    signed = payer.sign_transaction(
        {
            "chainId": owned.chain.chain_id,
            "nonce": nonce,
            "to": RECEIVER,
            "value": 5,
            "gas": 100_000,
            "gasPrice": 10**10,
            "data": b"hello",
        }
        | fields
    )
    owned.chain.send_raw(bytes(signed.raw_transaction), bytes(signed.hash))
    return bytes(signed.hash)


def test_transactions_wait_for_the_next_block_and_keep_their_order(owned: OwnedBlocks) -> None:
    hashes = [_send(owned, nonce) for nonce in range(5)]
    assert owned.chain.receipt(hashes[0]) is None
    assert owned.chain.nonce(Account.from_key(owned.faucet_key).address) == 0
    owned.next_block(7)
    block = owned.chain.block(1)
    assert [transaction.hash for transaction in block.transactions] == hashes
    assert block.timestamp_seconds == owned.chain.timestamp(0) + 7
    assert block.transactions[0].calldata == b"hello"
    receipt = owned.chain.receipt(hashes[4])
    assert receipt is not None
    assert receipt["status"] == 1


def test_blocks_link_by_parent_hash(owned: OwnedBlocks) -> None:
    for _ in range(3):
        owned.next_block(10)
    blocks = [owned.chain.block(number) for number in range(4)]
    assert all(child.parent_hash == parent.hash for parent, child in itertools.pairwise(blocks))


def test_a_transaction_sent_twice_counts_once(owned: OwnedBlocks) -> None:
    assert _send(owned, 0) == _send(owned, 0)
    owned.next_block(10)
    assert len(owned.chain.block(1).transactions) == 1
    _send(owned, 0)  # known though mined: still no error
    owned.next_block(10)
    assert not owned.chain.block(2).transactions


def test_a_nonce_used_by_another_transaction_is_refused(owned: OwnedBlocks) -> None:
    _send(owned, 0)
    owned.next_block(10)
    with pytest.raises(ConnectionFailed, match="nonce"):
        _send(owned, 0, value=6)


def test_transactions_of_all_types_share_a_block(owned: OwnedBlocks) -> None:
    _send(owned, 0)
    payer = Account.from_key(owned.faucet_key)
    signed = payer.sign_transaction(
        {
            "type": 2,
            "chainId": owned.chain.chain_id,
            "nonce": 1,
            "to": RECEIVER,
            "value": 1,
            "gas": 21_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 10**9,
        }
    )
    owned.chain.send_raw(bytes(signed.raw_transaction), bytes(signed.hash))
    owned.next_block(10)
    assert len(owned.chain.block(1).transactions) == 2


def test_an_unknown_transaction_is_not_known(owned: OwnedBlocks) -> None:
    assert not owned.chain.knows_transaction(b"\x07" * 32)


def test_the_embedded_chain_drops_what_turned_invalid_and_mines_the_rest() -> None:
    owned = start_chain("eth-tester")
    poor = workload_accounts(b"poor", 1)[0]
    fields: dict[str, Any] = {
        "chainId": owned.chain.chain_id,
        "nonce": 0,
        "to": RECEIVER,
        "value": 1,
        "gas": 21_000,
        "gasPrice": 10**10,
    }
    signed = poor.sign_transaction(fields)
    owned.chain.send_raw(bytes(signed.raw_transaction), bytes(signed.hash))
    kept = _send(owned, 0)
    owned.next_block(10)
    assert [transaction.hash for transaction in owned.chain.block(1).transactions] == [kept]


def test_equal_calls_give_equal_embedded_blocks() -> None:
    hashes = []
    for _ in range(2):
        owned = start_chain("eth-tester")
        _send(owned, 0)
        owned.next_block(10)
        hashes.append(owned.chain.block(1).hash)
    assert hashes[0] == hashes[1]


def test_a_block_that_is_not_there_is_named(owned: OwnedBlocks) -> None:
    chain: Chain = owned.chain
    with pytest.raises(ConnectionFailed, match="in sync"):
        chain.block(99)
