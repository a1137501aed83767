"""Generated calls as the blocks and transactions that a chain would show."""

import random
from collections.abc import Sequence

from eth_hash.auto import keccak

from oracle.window.blocks import Block, Transaction
from oracle.workload.calls import Call, Venue

INTERVAL_SECONDS = 10
VENUE = Venue(token=b"\x01" * 20, exchange=b"\x02" * 20, register=b"\x03" * 20, noticeboard=b"\x04" * 20)


def as_blocks(calls: Sequence[Sequence[Call]], random_: random.Random) -> list[Block]:
    """One block for each list of calls, with block intervals drawn as proof of work draws them."""
    blocks = []
    timestamp = 1_700_000_000
    for number, block_calls in enumerate(calls):
        timestamp += max(1, round(random_.expovariate(1 / INTERVAL_SECONDS)))
        blocks.append(
            Block(
                number=number,
                hash=keccak(b"block" + number.to_bytes(8, "big")),
                parent_hash=keccak(b"block" + (number - 1).to_bytes(8, "big", signed=True)),
                timestamp_seconds=timestamp,
                gas_used=sum(call.gas_limit for call in block_calls) * 6 // 10,
                gas_limit=100_000_000,
                transactions=tuple(as_transaction(call, number, index) for index, call in enumerate(block_calls)),
            )
        )
    return blocks


def as_transaction(call: Call, number: int, index: int) -> Transaction:
    """The transaction of a call, at an index of a block."""
    return Transaction(
        hash=keccak(number.to_bytes(8, "big") + index.to_bytes(4, "big")),
        sender=keccak(call.sender.to_bytes(4, "big"))[:20],
        receiver=call.receiver,
        value_wei=call.value_wei,
        gas_price_wei=call.gas_price_wei,
        gas_limit=call.gas_limit,
        calldata=call.calldata,
    )
