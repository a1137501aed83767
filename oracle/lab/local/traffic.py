"""The traffic of a local run: generated or replayed, block by block."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from oracle.errors import BlocksFileError
from oracle.window.blocks import Block
from oracle.window.blocks_file import read_blocks
from oracle.workload.calls import Call, Venue
from oracle.workload.crowds import Crowd, Traffic
from oracle.workload.generator import generate
from oracle.workload.replay import MAX_CALLDATA_BYTES, MAX_INIT_CODE_BYTES, replay_calls, shortened

# The default workload: half of what blocks at theta = 0.5 hold, and a crowd in the middle third.
GENERATED_CAPACITY = 32
_BASE_LOAD = 0.5 * GENERATED_CAPACITY / 2
_CROWD_FACTOR = 3.0
_BLOCKS_NAMED = 5


@dataclass(frozen=True)
class PlannedTraffic:
    """Calls of successive blocks, and the block capacity at theta = 1 that suits them."""

    calls: Iterator[list[Call]]
    capacity_transactions: int
    description: str


def generated_traffic(*, seed: int, blocks: int, accounts: int, venue: Venue, value_divisor: int = 1) -> PlannedTraffic:
    """The project's own workload over `blocks` blocks, with an announced flash crowd in the middle.

    What calls send along is divided by `value_divisor`: where money is worth something.
    """
    start = blocks // 3 + 1
    crowd = Crowd(
        start_block=start,
        length_blocks=max(1, blocks // 3),
        factor=_CROWD_FACTOR,
        announced_ahead_blocks=max(1, start // 2),
    )
    traffic = Traffic(base_load=_BASE_LOAD, crowds=[crowd], accounts=accounts, seed=seed)
    return PlannedTraffic(
        calls=(
            [replace(call, value_wei=call.value_wei // value_divisor) for call in calls]
            for calls in generate(traffic, venue)
        ),
        capacity_transactions=GENERATED_CAPACITY,
        description=f"generated, seed {seed}: {_BASE_LOAD:.1f} transactions a block, × {_CROWD_FACTOR} in blocks "
        f"{crowd.start_block}–{crowd.start_block + crowd.length_blocks - 1} of traffic, announced in "
        f"{start - crowd.announced_ahead_blocks}–{start - 1}",
    )


def load_recorded(path: Path, blocks: int) -> list[Block]:
    """The first `blocks` recorded blocks of a file, or all where it has fewer.

    Raises:
        BlocksFileError: the file cannot be read, or holds no block.
    """
    recorded = list(itertools.islice(read_blocks(path), blocks))
    if not recorded:
        raise BlocksFileError(f"{path} holds no block; give a file with at least one")
    return recorded


def recorded_traffic(
    recorded: list[Block], *, blocks: int, accounts: int, venue: Venue, budget_wei: int
) -> PlannedTraffic:
    """Recorded blocks in their order, and from the first again where a run of `blocks` blocks needs more.

    `budget_wei` is what an account may send in that run.
    """
    passes = -(-blocks // len(recorded))
    calls = replay_calls(recorded, venue, accounts=accounts, budget_wei=budget_wei // passes)
    count = sum(map(len, calls))
    return PlannedTraffic(
        calls=itertools.cycle(calls),
        # Twice the mean, so that theta = 0.5 holds the mean block.
        capacity_transactions=max(2, round(2 * count / len(calls))),
        description=f"replayed: {len(calls)} recorded blocks ({recorded[0].number} to {recorded[-1].number}), "
        f"{count} transactions{_said_of_cuts(recorded)}",
    )


def _said_of_cuts(recorded: Sequence[Block]) -> str:
    """What was cut off, and in which blocks; empty where nothing was."""
    cut = shortened(recorded)
    if not cut:
        return ""
    more = f" and {len(cut) - _BLOCKS_NAMED} more" if len(cut) > _BLOCKS_NAMED else ""
    named = ", ".join(str(block.number) for block, _ in cut[:_BLOCKS_NAMED])
    return (
        f"; {sum(count for _, count in cut)} of them cut to what chains take, {MAX_INIT_CODE_BYTES} bytes of code in a "
        f"creation and {MAX_CALLDATA_BYTES} of calldata: of block {named}{more}"
    )
