"""Recorded blocks as calls that local accounts can send.

Kept: kind, calldata, relative order, relative amounts, gas prices. Changed: senders become local accounts, one and the
same for one and the same sender; receivers of calldata become the contract that accepts anything, for their code is not
here; amounts are scaled down by one common factor to what the accounts hold. A transaction that created a contract
creates it again from the same code. What is longer than chains take today is cut to that: code of creations from before
Shanghai, and calldata that no public pool would have carried.
"""

from collections import defaultdict
from collections.abc import Sequence

from eth_hash.auto import keccak

from oracle.window.blocks import Block, Transaction
from oracle.workload.calls import Call, Venue

_BASE_GAS = 21_000
_CREATION_GAS = 53_000
# EIP-7623's floor of 40 gas for each non-zero calldata byte, the dearest a byte can be.
_GAS_PER_BYTE = 40
_CALL_GAS = 10_000
# A creation runs recorded code; it may spend what it did then, up to this.
_MAX_CREATION_GAS = 8_000_000
# EIP-3860's bound on initialisation code, since Shanghai.
MAX_INIT_CODE_BYTES = 49_152
# Nodes' pools take transactions of 128 KiB with their envelope, and no transaction may have more than 2**24 gas.
MAX_CALLDATA_BYTES = 128_000
_GWEI = 10**9
_MAX_GAS_PRICE_WEI = 500 * _GWEI


def replay_calls(
    blocks: Sequence[Block], venue: Venue, *, accounts: int, budget_wei: int, min_gas_price_wei: int = 2 * _GWEI
) -> list[list[Call]]:
    """The calls of each recorded block, in order.

    Args:
        blocks: Recorded blocks.
        venue: The local contracts.
        accounts: Local accounts to send from.
        budget_wei: What each account may send in all, fees apart.
        min_gas_price_wei: Gas prices below are raised to this, so that the local chain takes them.
    """
    spent: dict[int, int] = defaultdict(int)
    for block in blocks:
        for transaction in block.transactions:
            spent[_account(transaction.sender, accounts)] += transaction.value_wei
    most = max(spent.values(), default=0)
    # One exact fraction for all, so that ratios between amounts stay.
    numerator, denominator = (1, 1) if most <= budget_wei else (budget_wei, most)
    return [
        [
            Call(
                sender=_account(transaction.sender, accounts),
                receiver=_receiver(transaction, venue),
                value_wei=transaction.value_wei * numerator // denominator,
                gas_price_wei=min(_MAX_GAS_PRICE_WEI, max(min_gas_price_wei, transaction.gas_price_wei)),
                gas_limit=_gas_limit(transaction),
                calldata=_calldata(transaction),
            )
            for transaction in block.transactions
        ]
        for block in blocks
    ]


def shortened(blocks: Sequence[Block]) -> list[tuple[Block, int]]:
    """The blocks in which `replay_calls` cuts transactions to what chains take, with how many of each."""
    cut = ((block, sum(len(t.calldata) > _most_calldata_bytes(t) for t in block.transactions)) for block in blocks)
    return [(block, count) for block, count in cut if count]


def _calldata(transaction: Transaction) -> bytes:
    return transaction.calldata[: _most_calldata_bytes(transaction)]


def _most_calldata_bytes(transaction: Transaction) -> int:
    return MAX_INIT_CODE_BYTES if transaction.receiver is None else MAX_CALLDATA_BYTES


def _account(sender: bytes, accounts: int) -> int:
    return int.from_bytes(keccak(sender)[:8], "big") % accounts


def _receiver(transaction: Transaction, venue: Venue) -> bytes | None:
    if transaction.receiver is None:
        return None
    return venue.noticeboard if transaction.calldata else transaction.receiver


def _gas_limit(transaction: Transaction) -> int:
    size = len(_calldata(transaction))
    if transaction.receiver is None:
        # EIP-3860 charges 2 gas a word of initialisation code beside its calldata.
        least = _CREATION_GAS + size * _GAS_PER_BYTE + size // 16 + 2
        return max(least, min(transaction.gas_limit, _MAX_CREATION_GAS))
    return _BASE_GAS + size * _GAS_PER_BYTE + _CALL_GAS
