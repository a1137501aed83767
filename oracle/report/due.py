"""When a report is due, and by whom it is sent: functions of the settled chain, so that all operators agree on both.

A report becomes due with the first settled block at which a trigger holds. If it is not in force after a while, its
window moves on, by whole steps of `takeover_blocks`, so that a report that came late is not about an old window. It
stays in the epoch in which the report came due for a while, so that no epoch is skipped by a report that was late.
"""

from collections.abc import Callable
from dataclasses import dataclass

from oracle.errors import SettingsError


@dataclass(frozen=True)
class Triggers:
    """What makes a report due; where several are given, the first that holds does.

    Raises:
        SettingsError: none is given, or a threshold without a heartbeat.
    """

    epoch_blocks: int | None = None  # every so many blocks, counted from the deployment
    epoch_seconds: int | None = None  # so many seconds of chain time after the last report
    real_time: bool = False  # every settled block that the contract's spacing admits
    threshold_phi: float | None = None  # where a node's phi would move by this much

    def __post_init__(self) -> None:
        if self.epoch_blocks is None and self.epoch_seconds is None and not self.real_time:
            if self.threshold_phi is None:
                raise SettingsError("nothing makes a report due: give --epoch-blocks, --epoch-seconds or --real-time")
            raise SettingsError("--threshold needs a heartbeat beside it: give --epoch-blocks or --epoch-seconds")


@dataclass(frozen=True)
class Past:
    """What the chain says of the last report, at a settled block."""

    start_block: int  # the last block of its window; of no report, that from which blocks count
    in_force_block: int  # that applied it; 0 of no report
    timestamp_seconds: int  # of that block; of no report, of the deployment
    spacing_blocks: int  # least from one report's block to the next's


def first_due(
    triggers: Triggers,
    past: Past,
    *,
    anchor_block: int,
    settled_block: int,
    depth_blocks: int,
    timestamp_of: Callable[[int], int],
    moves_at: Callable[[int], float],
) -> int | None:
    """The first settled block at which a trigger holds after the last report; None where none holds yet.

    Args:
        triggers: What makes a report due.
        past: The last report.
        anchor_block: From which `epoch_blocks` count.
        settled_block: The last settled block.
        depth_blocks: Blocks below the head that count as settled.
        timestamp_of: Timestamp of a settled block, in seconds.
        moves_at: By how much the phi of some node would move at most, decided at a settled block.
    """
    least = past.start_block + 1
    if settled_block < least:
        return None
    due: list[int] = []
    if triggers.epoch_blocks is not None:
        epochs = (past.start_block - anchor_block) // triggers.epoch_blocks + 1
        due.append(anchor_block + epochs * triggers.epoch_blocks)
    if triggers.epoch_seconds is not None:
        wanted = past.timestamp_seconds + triggers.epoch_seconds
        found = _first_at(wanted, least, settled_block, timestamp_of)
        if found is not None:
            due.append(found)
    if triggers.real_time:
        due.append(max(least, past.in_force_block + past.spacing_blocks - depth_blocks))
    # What moves phi counts from where the last report is in force: ahead of that, the same report would be due again.
    until = min([settled_block, *(block - 1 for block in due)])
    if triggers.threshold_phi is not None:
        for block in range(max(least, past.in_force_block + 1), until + 1):
            if moves_at(block) >= triggers.threshold_phi:
                return block
    first = min(due, default=settled_block + 1)
    return first if first <= settled_block else None


def first_read(triggers: Triggers, *, anchor_block: int, head: int, window_blocks: int) -> int:
    """The first block that the window of a next report may hold, as far as the blocks up to `head` can tell."""
    end = head
    epoch_blocks = triggers.epoch_blocks
    if epoch_blocks is not None and triggers == Triggers(epoch_blocks):  # blocks alone say when it is due
        into_epoch = (head - anchor_block) % epoch_blocks
        # An epoch that ended lately may not be reported on yet, and its window then moves on.
        end = head if into_epoch < window_blocks else head - into_epoch + epoch_blocks
    return max(anchor_block + 1, end - window_blocks + 1)


def window_end(
    first_block: int, settled_block: int, *, takeover_blocks: int, own_end: int, patience_blocks: int
) -> int:
    """The last block of the window, of a report that is due since `first_block`.

    It leaves the epoch with the very block that becomes settled, so that no two windows share a reference block.

    Args:
        first_block: Since when it is due.
        settled_block: The last settled block.
        takeover_blocks: By how much the window moves on at once.
        own_end: The last block of the epoch in which it came due, see `own_epoch_end`.
        patience_blocks: For how many blocks after that the window still ends in that epoch, so that a report which
            came a little late skips none.
    """
    end, own = (
        first_block + (block - first_block) // takeover_blocks * takeover_blocks for block in (settled_block, own_end)
    )
    return own if own_end < end <= own_end + patience_blocks else end


def own_epoch_end(first_block: int, *, anchor_block: int, epoch_blocks: int | None) -> int:
    """The last block ahead of the next multiple of `epoch_blocks`; where blocks make nothing due, `first_block`."""
    if epoch_blocks is None:
        return first_block
    return first_block + epoch_blocks - 1 - (first_block - anchor_block) % epoch_blocks


def rank(index: int, epoch: int, operators: int) -> int:
    """Whose turn it is for an epoch: operators take turns, and rank 0 goes first."""
    return (index - epoch) % operators


def is_turn(rank_: int, *, due_block: int, settled_block: int, takeover_blocks: int) -> bool:
    """Whether an operator of this rank may send a report that could be made from `due_block` on."""
    return settled_block - due_block >= rank_ * takeover_blocks


def _first_at(timestamp_seconds: int, first: int, last: int, timestamp_of: Callable[[int], int]) -> int | None:
    """The first block from `first` to `last` that is not before a time."""
    if timestamp_of(last) < timestamp_seconds:
        return None
    before, since = first - 1, last
    while since - before > 1:
        middle = (before + since) // 2
        before, since = (middle, since) if timestamp_of(middle) < timestamp_seconds else (before, middle)
    return since
