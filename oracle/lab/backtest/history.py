"""Recorded history as windows: a file of blocks, or the directory of a network run."""

import itertools
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from deploy.parameters import BOUNDS, CADENCE, THETA0_WAD
from oracle.errors import SettingsError
from oracle.formulas.lanes import UNITS_PER_ONE
from oracle.lab.network.run_directory import BLOCKS, ROUNDS, SETTINGS, TRANSACTIONS
from oracle.window.blocks import Block
from oracle.window.blocks_file import read_blocks
from oracle.window.window import Nodes, Window


@dataclass(frozen=True)
class RecordedBlock:
    """A block and what was known of the chain after it."""

    block: Block  # its traffic alone
    backlog_transactions: int | None  # None: the chain did not tell
    lane: int  # mean phi in force, as a lane


@dataclass(frozen=True)
class History:
    """Blocks in order; those that do not follow their predecessor begin a new stretch."""

    source: str
    records: tuple[RecordedBlock, ...]
    capacity_transactions: int  # of a block at theta = 1
    interval_seconds: int

    def windows(self, length: int) -> Iterator[Window]:
        """For every block the window that ends with it, of at most `length` blocks of its stretch."""
        stretch: deque[RecordedBlock] = deque(maxlen=length)
        for record in self.records:
            if stretch and record.block.number != stretch[-1].block.number + 1:
                stretch.clear()
            stretch.append(record)
            yield Window(
                chain_id=0,
                blocks=tuple(each.block for each in stretch),
                nodes=Nodes(theta0_wad=(THETA0_WAD,), lanes=(record.lane,), active=(True,)),
                capacity_transactions=self.capacity_transactions,
                interval_seconds=self.interval_seconds,
                bounds=BOUNDS,
                cadence=CADENCE,
                backlog_transactions=record.backlog_transactions,
            )


def history_of_blocks(path: Path, capacity_transactions: int | None, interval_seconds: int | None) -> History:
    """Blocks of a file; phi was 0, and what was pending is not known.

    Args:
        path: JSON lines of eth_getBlockByNumber(n, true).
        capacity_transactions: Of a block at theta = 1; where None, twice the transactions of the fullest block, which
            was then full at theta_0 = 0.5.
        interval_seconds: Target block interval; where None, the median time from a block to the next one of the file.

    Raises:
        BlocksFileError: the file cannot be read.
        SettingsError: it holds no block with a transaction, or no two blocks in a row to take the interval from.
    """
    blocks = list(read_blocks(path))
    fullest = max((len(block.transactions) for block in blocks), default=0)
    if fullest == 0:
        raise SettingsError(f"--blocks {path} holds no transaction; give a file with full blocks")
    return History(
        source=path.name,
        records=tuple(RecordedBlock(block, None, 0) for block in blocks),
        capacity_transactions=capacity_transactions or 2 * fullest,
        interval_seconds=interval_seconds or _median_interval(path, blocks),
    )


def history_of_run(directory: Path) -> History:
    """The chain of a network run, with phi and pending transactions as they were.

    Raises:
        SettingsError: the directory is not one that `catalyst network` wrote; names what is missing.
    """
    try:
        settings = json.loads((directory / SETTINGS).read_text())
        capacity, interval = int(settings["capacity_transactions"]), int(settings["interval_seconds"])
        rounds = pq.read_table(directory / ROUNDS, columns=["chain_block", "pending", "mean_phi"]).to_pylist()
        hashes = pq.read_table(directory / TRANSACTIONS, columns=["hash"])["hash"].to_pylist()
        sent = {bytes.fromhex(each.removeprefix("0x")) for each in hashes}
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise SettingsError(
            f"--run {directory} is no directory of a run ({type(error).__name__}: {str(error).splitlines()[0][:120]}); "
            "give one that `catalyst network` wrote"
        ) from error
    after = {row["chain_block"]: row for row in rounds}
    return History(
        source=directory.name,
        records=tuple(
            RecordedBlock(
                _traffic_of(block, sent),
                after[block.number]["pending"],
                round(after[block.number]["mean_phi"] * UNITS_PER_ONE),
            )
            for block in read_blocks(directory / BLOCKS)
            if block.number in after
        ),
        capacity_transactions=capacity,
        interval_seconds=interval,
    )


def _traffic_of(block: Block, sent: set[bytes]) -> Block:
    """The block without what miners and committee sent."""
    return replace(block, transactions=tuple(t for t in block.transactions if t.hash in sent))


def _median_interval(path: Path, blocks: list[Block]) -> int:
    gaps = sorted(
        after.timestamp_seconds - before.timestamp_seconds
        for before, after in itertools.pairwise(blocks)
        if after.number == before.number + 1
    )
    if not gaps:
        raise SettingsError(f"--blocks {path} holds no two blocks in a row; say --interval-seconds")
    return max(1, gaps[len(gaps) // 2])
