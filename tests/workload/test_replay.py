"""Recorded blocks, as calls that local accounts send."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from oracle.chain.owned import start_chain
from oracle.training.lesson_blocks import VENUE
from oracle.window.blocks import Block
from oracle.window.blocks_file import read_blocks
from oracle.workload.calls import workload_accounts
from oracle.workload.funding import fund
from oracle.workload.replay import MAX_CALLDATA_BYTES, MAX_INIT_CODE_BYTES, replay_calls, shortened
from oracle.workload.sender import Sender
from tests.examples import block, transaction

_BUDGET = 10**18


def test_keeps_order_calldata_and_kind_and_maps_receivers() -> None:
    recorded = block(
        1,
        [
            transaction(1, receiver=b"\x31" * 20),
            transaction(2, calldata=b"\xa9\x05\x9c\xbb" + bytes(64)),
            transaction(3, receiver=None, calldata=b"\x60\x00"),
        ],
    )
    ((plain, call, creation),) = replay_calls([recorded], VENUE, accounts=3, budget_wei=_BUDGET)
    assert (plain.receiver, plain.calldata) == (b"\x31" * 20, b"")
    assert (call.receiver, call.calldata[:4]) == (VENUE.noticeboard, b"\xa9\x05\x9c\xbb")
    assert (creation.receiver, creation.calldata) == (None, b"\x60\x00")


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10**24)), min_size=1, max_size=30))
def test_scaled_amounts_keep_their_ratios_and_fit_the_budget(spends: list[tuple[int, int]]) -> None:
    recorded = block(1, [transaction(i, sender=s, value_wei=v) for i, (s, v) in enumerate(spends)])
    (calls,) = replay_calls([recorded], VENUE, accounts=4, budget_wei=_BUDGET)
    for account in range(4):
        assert sum(call.value_wei for call in calls if call.sender == account) <= _BUDGET
    most = max(value for _, value in spends)
    if most:
        scale = max(call.value_wei for call in calls) / most
        for call, (_, value) in zip(calls, spends, strict=True):
            assert abs(call.value_wei - value * scale) <= 2 + 1e-9 * value * scale


def test_one_sender_is_always_the_same_account() -> None:
    recorded = [block(n, [transaction(10 * n + s, sender=s) for s in range(8)]) for n in (1, 2)]
    first, second = replay_calls(recorded, VENUE, accounts=5, budget_wei=_BUDGET)
    assert [call.sender for call in first] == [call.sender for call in second]


def test_every_recorded_mainnet_transaction_can_be_put_into_a_call(recorded_blocks_path: Path) -> None:
    recorded = list(itertools.islice(read_blocks(recorded_blocks_path), 24))
    calls = replay_calls(recorded, VENUE, accounts=40, budget_wei=_BUDGET)
    assert [len(block) for block in calls] == [len(block.transactions) for block in recorded]
    limit = start_chain("eth-tester").chain._w3.eth.get_block(0)["gasLimit"]
    assert all(call.gas_limit < limit for block_calls in calls for call in block_calls)


# Code that ends at once, and what follows it is never run.
_LONG_CODE = b"\x00" + b"\xef" * 49_999


def _long() -> list[Block]:
    return [
        block(1, [transaction(1, calldata=b"\x01" * 100)]),
        block(2, [transaction(2, receiver=None, calldata=_LONG_CODE), transaction(3, calldata=b"hello")]),
        block(3, [transaction(4, calldata=b"\x02" * 200_000), transaction(5, receiver=None, calldata=_LONG_CODE)]),
        block(4, [transaction(6, receiver=None, calldata=_LONG_CODE[:MAX_INIT_CODE_BYTES])]),
    ]


def test_what_is_longer_than_chains_take_is_cut_and_counted_by_block() -> None:
    recorded = _long()
    calls = replay_calls(recorded, VENUE, accounts=3, budget_wei=_BUDGET)
    assert [[len(call.calldata) for call in block_calls] for block_calls in calls] == [
        [100],
        [MAX_INIT_CODE_BYTES, 5],
        [MAX_CALLDATA_BYTES, MAX_INIT_CODE_BYTES],
        [MAX_INIT_CODE_BYTES],
    ]
    assert [(each.number, count) for each, count in shortened(recorded)] == [(2, 1), (3, 2)]


@pytest.mark.parametrize("chain", ["eth-tester", "anvil"])
def test_a_chain_takes_what_was_cut_and_mines_all_of_it(chain: str) -> None:
    owned = start_chain(chain)
    try:
        accounts = workload_accounts(b"long", 3)
        payer = Account.from_key(owned.faucet_key)
        fund(owned.chain, payer, accounts, 10**19, lambda: owned.next_block(10))
        venue = replace(VENUE, noticeboard=b"\x99" * 20)
        for block_calls in replay_calls(_long(), venue, accounts=3, budget_wei=10**15):
            hashes = Sender(owned.chain, accounts).send(block_calls)
            owned.next_block(10)
            assert all(owned.chain.receipt(each) is not None for each in hashes)
    finally:
        owned.close()
