"""Blocks to learn from: recorded ones, or generated calls as the blocks and transactions that a chain would show."""

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

from eth_hash.auto import keccak

from oracle.errors import BlocksFileError
from oracle.window.blocks import Block, Transaction
from oracle.window.blocks_file import read_blocks
from oracle.workload.calls import Call, Venue
from oracle.workload.crowds import Traffic
from oracle.workload.generator import generate
from oracle.workload.schedule import draw_schedule

INTERVAL_SECONDS = 10
_MADE_BLOCKS, _MADE_LOAD = 64, 100.0
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


def recorded_or_made(files: Sequence[Path], seed: int) -> list[Block]:
    """The blocks of all files; where there are none, some of the workload, decided by the seed.

    Raises:
        BlocksFileError: a file cannot be read, or no block is in them.
    """
    if files:
        recorded = [block for file in files for block in read_blocks(file)]
        if not recorded:
            raise BlocksFileError(f"{', '.join(map(str, files))}: no block is there; give a file with at least one")
        return recorded
    traffic = Traffic(_MADE_LOAD, draw_schedule(seed, _MADE_BLOCKS).crowds, accounts=200, seed=seed)
    calls = list(itertools.islice(generate(traffic, VENUE), _MADE_BLOCKS))
    return as_blocks(calls, random.Random(seed))  # noqa: S311 - simulation, not secrets
