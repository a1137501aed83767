"""What the cycle leaves for readers after each step, so that no reader waits for the node or delays a step."""

import logging
import time
from dataclasses import dataclass, replace

from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts, DifficultyReading, MinersDifficulty
from oracle.chain.watch import one_branch
from oracle.errors import CatalystError, ReadReverted
from oracle.window.window import Nodes

log = logging.getLogger(__name__)

_NO_ACTIVE_NODE = "NoActiveNodes"  # of the library Difficulty


@dataclass(frozen=True)
class Snapshot:
    """The parameters in force after one block. A snapshot never changes; the next one replaces it as a whole."""

    number: int  # one more than that of the last snapshot with other content
    block: int
    block_hash: bytes
    timestamp_seconds: int  # of the block
    base_fee_wei: int  # per gas; 0 where the chain has none
    nodes: Nodes
    difficulty: DifficultyReading | None  # None while no active node is registered, since p is then undefined
    miners_difficulty: MinersDifficulty | None  # None likewise
    stale: bool  # the report behind them
    age_seconds: int  # of that report, in seconds of chain time
    since: float  # when this block was first seen, by the monotonic clock, in seconds
    looked_at: float  # when the chain was last seen at this block, by the monotonic clock, in seconds
    problem: str | None = None  # why the last look failed; the values are then those of the look before


def look(chain: Chain, contracts: Contracts, before: Snapshot | None) -> Snapshot | None:
    """The snapshot after the latest block.

    Args:
        chain: Where to read.
        contracts: The contracts there.
        before: The last snapshot; its values are kept while the chain stays at its block.

    Returns:
        None until something could be read. A failed read keeps the old values and says why; it never raises, since no
        report depends on it.
    """
    try:
        head = chain.head()
        header = chain.header(head)
        if before is not None and before.block_hash == header.hash:
            return replace(before, looked_at=time.monotonic(), problem=None)
        with one_branch(chain, head, header):
            since = time.monotonic()
            stale, age_seconds, _ = contracts.staleness(head)
            difficulty, miners_difficulty = difficulties(contracts, head)
            return Snapshot(
                number=0 if before is None else before.number + 1,
                block=head,
                block_hash=header.hash,
                timestamp_seconds=header.timestamp_seconds,
                base_fee_wei=header.base_fee_wei,
                nodes=contracts.nodes(head),
                difficulty=difficulty,
                miners_difficulty=miners_difficulty,
                stale=stale,
                age_seconds=age_seconds,
                since=since,
                looked_at=time.monotonic(),
            )
    except CatalystError as error:
        log.debug("the look after a step failed: %s", error)
        return None if before is None else replace(before, problem=str(error))


def difficulties(contracts: Contracts, block: int) -> tuple[DifficultyReading, MinersDifficulty] | tuple[None, None]:
    """Those of the controller and of miners after a block; None while no node is active, since p is then undefined."""
    try:
        return contracts.difficulty(block), contracts.miners_difficulty(block)
    except ReadReverted as error:
        if error.error != _NO_ACTIVE_NODE:
            raise
        return None, None
