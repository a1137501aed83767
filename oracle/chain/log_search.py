"""Finds the events of a contract over many blocks: the node says where, and the headers of those blocks what."""

from collections.abc import Iterator, Sequence
from typing import Any

from eth_utils.address import to_canonical_address

from oracle.chain.connection import Chain
from oracle.chain.proof.check import SealedBlock
from oracle.chain.proof.receipts import Log
from oracle.errors import ConnectionFailed

_BLOCKS_PER_REQUEST = 10_000  # of one search for logs; nodes allow little more


def found_logs(
    chain: Chain, address: str, topics: Sequence[bytes], from_block: int, to_block: int
) -> Iterator[tuple[SealedBlock, Log]]:
    """Logs of a contract whose first topic is one of some, in order, each with its block.

    A node can leave out a block, but neither change nor invent an event.

    Args:
        chain: Where it is.
        address: Of the contract.
        topics: First topics that are looked for, 32 bytes each.
        from_block: First block that is searched.
        to_block: Last one.

    Raises:
        ConnectionFailed: the node does not answer, or not with logs.
        FalseAnswer: a header disproves what it says.
    """
    canonical = to_canonical_address(address)
    for first in range(from_block, to_block + 1, _BLOCKS_PER_REQUEST):
        last = min(first + _BLOCKS_PER_REQUEST - 1, to_block)
        query = {
            "address": address,
            "topics": [["0x" + topic.hex() for topic in topics]],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        for number in blocks_of(chain, chain.request("eth_getLogs", [query]), first, last):
            sealed = chain.sealed_block(number)
            for log in chain.logs(sealed, canonical):
                if log.topics and log.topics[0] in topics:
                    yield sealed, log


def blocks_of(chain: Chain, answer: Any, first: int, last: int) -> list[int]:
    """The blocks of logs that a node answered a search with, ascending; only those that were asked for.

    Raises:
        ConnectionFailed: the answer is no list of logs.
    """
    try:
        numbers = {_number(log["blockNumber"]) for log in answer}
    except (KeyError, TypeError, ValueError) as error:
        raise ConnectionFailed(
            f"{chain.name} answers eth_getLogs with what is no list of logs; give --rpc another node"
        ) from error
    return sorted(number for number in numbers if first <= number <= last)


def _number(raw: Any) -> int:
    """A number as a node gives it, or as a chain in this process does."""
    return int(raw, 16) if isinstance(raw, str) else int(raw)
