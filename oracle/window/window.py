"""The input window of one report: the last blocks, and the nodes as they stood at its end."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import lru_cache
from typing import Any

import rlp
from eth_hash.auto import keccak
from rlp.codec import length_prefix

from oracle.errors import ChainReorganised
from oracle.window.blocks import Block
from oracle.window.rounds import Rounds

# The first item of the canonical bytes; it changes whenever their meaning does.
_FORMAT = b"catalyst window 3"
_LIST = 0xC0  # where RLP's prefixes of lists begin
KEPT_BLOCKS = 64  # whose bytes and texts are kept: twice what a window holds


@dataclass(frozen=True)
class Nodes:
    """All nodes at one block. Retired nodes have theta0 0, lane 0 and are not active."""

    theta0_wad: tuple[int, ...]
    lanes: tuple[int, ...]
    active: tuple[bool, ...]

    @property
    def count(self) -> int:
        """Nodes ever registered."""
        return len(self.lanes)

    @property
    def active_lanes(self) -> tuple[int, ...]:
        """Lanes of the active nodes, in order."""
        return tuple(lane for lane, active in zip(self.lanes, self.active, strict=True) if active)


@dataclass(frozen=True)
class PhiBounds:
    """What the contract lets phi be, at the reference block."""

    max_phi_lane: int
    max_step_lane: int  # from one report to the next
    theta_min_wad: int
    theta_max_wad: int


@dataclass(frozen=True)
class Cadence:
    """How reports come: as the last one did. Both are 0 where none is in force."""

    epoch_blocks: int  # from the last report's window to this one
    lag_blocks: int  # from the last report's window to the block that applied it


@dataclass(frozen=True)
class Window:
    """x: all that the model reads for one report."""

    chain_id: int
    blocks: tuple[Block, ...]  # oldest first, consecutive
    nodes: Nodes  # at the last block
    capacity_transactions: int  # transactions in a block at theta = 1
    interval_seconds: int  # target block interval
    bounds: PhiBounds
    cadence: Cadence
    backlog_transactions: int | None = None  # pending after the last block, if a ledger of rounds tells
    rounds: Rounds | None = None  # of that ledger

    @property
    def from_block(self) -> int:
        """Number of the first block."""
        return self.blocks[0].number

    @property
    def to_block(self) -> int:
        """Number of the last block."""
        return self.blocks[-1].number


def build_window(
    *,
    chain_id: int,
    blocks: Sequence[Block],
    nodes: Nodes,
    capacity_transactions: int,
    interval_seconds: int,
    bounds: PhiBounds,
    cadence: Cadence,
    is_traffic: Callable[[bytes | None], bool],
    backlog_transactions: int | None = None,
    rounds: Rounds | None = None,
) -> Window:
    """A window over consecutive blocks, without the transactions whose receivers are no traffic.

    Raises:
        ChainReorganised: a block's parent is not the block before it.
        ValueError: there is no block.
    """
    if not blocks:
        raise ValueError("a window needs at least one block")
    for parent, block in itertools.pairwise(blocks):
        if block.parent_hash != parent.hash or block.number != parent.number + 1:
            raise ChainReorganised(
                f"block {block.number} does not follow block {parent.number} as read; the chain was reorganised"
            )
    return Window(
        chain_id=chain_id,
        blocks=tuple(traffic_of(block, is_traffic) for block in blocks),
        nodes=nodes,
        capacity_transactions=capacity_transactions,
        interval_seconds=interval_seconds,
        bounds=bounds,
        cadence=cadence,
        backlog_transactions=backlog_transactions,
        rounds=rounds,
    )


def traffic_of(block: Block, is_traffic: Callable[[bytes | None], bool]) -> Block:
    """A block without the transactions whose receivers are no traffic."""
    return replace(block, transactions=tuple(t for t in block.transactions if is_traffic(t.receiver)))


def canonical_bytes(window: Window) -> bytes:
    """The window as RLP: the one encoding that windowHash commits to.

    [format, chain id, capacity, interval,
     [[number, hash, timestamp, gas used, gas limit,
       [[hash, sender, receiver, value, gas price, gas limit, calldata], ...]], ...],
     [[theta0, lane as two's complement, active], ...],
     [greatest lane of phi, greatest step, least theta, greatest theta],
     [blocks of an epoch, blocks of lag],
     [backlog] or [],
     [half-life, [seconds of a unit of p] or [],
      [[chain block, timestamp, node, p, d, offered, confirmed, gas prices], ...]] or []]
    """
    nodes = [
        [theta0, lane & 0xFFFF, int(active)]
        for theta0, lane, active in zip(window.nodes.theta0_wad, window.nodes.lanes, window.nodes.active, strict=True)
    ]
    backlog = [] if window.backlog_transactions is None else [window.backlog_transactions]
    return _list(
        rlp.encode(_FORMAT),
        *map(rlp.encode, (window.chain_id, window.capacity_transactions, window.interval_seconds)),
        _list(*map(_block_bytes, window.blocks)),
        rlp.encode(nodes),
        rlp.encode(list(astuple(window.bounds))),
        rlp.encode(list(astuple(window.cadence))),
        rlp.encode(backlog),
        rlp.encode([] if window.rounds is None else _rounds_item(window.rounds)),
    )


def _rounds_item(rounds: Rounds) -> list[Any]:
    unit = [] if rounds.unit_seconds is None else [rounds.unit_seconds]
    return [rounds.half_life_seconds, unit, [list(astuple(each)) for each in rounds.won]]


@lru_cache(maxsize=KEPT_BLOCKS)
def _block_bytes(block: Block) -> bytes:
    """A block's part of the canonical bytes; windows that follow each other share most blocks."""
    transactions = [
        [t.hash, t.sender, t.receiver or b"", t.value_wei, t.gas_price_wei, t.gas_limit, t.calldata]
        for t in block.transactions
    ]
    head = [block.number, block.hash, block.timestamp_seconds, block.gas_used, block.gas_limit]
    return bytes(rlp.encode([*head, transactions]))


def _list(*items: bytes) -> bytes:
    """An RLP list of items that are encoded already."""
    payload = b"".join(items)
    return bytes(length_prefix(len(payload), _LIST)) + payload


def window_hash(window: Window) -> bytes:
    """WindowHash = keccak256 of the canonical bytes."""
    return bytes(keccak(canonical_bytes(window)))
