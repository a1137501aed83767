"""Turns by the chain's clock: in which of them the nodes of one process make a block, each turn once."""

from collections import deque
from itertools import pairwise
from statistics import median

from oracle.engines.seat import Seat, Seen

_BLOCKS_LOOKED_AT = 9  # for the chain's own interval


class OwnTurns:
    """The turns of one process's nodes at a ledger that says whose turn it is (`turnAt`).

    No turn is given out twice, whatever became of its block, since two blocks that a node signs for one turn may be
    held against it. Those that a run before this one may have signed are not given out either.
    """

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        chain = seat.contracts.chain
        head = chain.head()
        first = max(0, head - _BLOCKS_LOOKED_AT + 1)
        self._times = deque(map(chain.timestamp, range(first, head + 1)), maxlen=_BLOCKS_LOOKED_AT)
        turn_seconds = seat.ledger.open_round(head).difficulty
        self._given_seconds = self._times[-1] + max(self._block_seconds(), turn_seconds)

    def take(self, seen: Seen) -> tuple[int, int] | None:
        """The turn that will last when the chain's next block comes: when it begins, and the node.

        None where it is nobody's here, or was given out before.
        """
        if seen.timestamp_seconds != self._times[-1]:
            self._times.append(seen.timestamp_seconds)
        expected = seen.timestamp_seconds + self._block_seconds()
        turn_seconds, node = self._seat.ledger.calls.read("turnAt", expected, block=seen.head)
        if node not in self._seat.nodes or turn_seconds <= self._given_seconds:
            return None
        self._given_seconds = turn_seconds
        return turn_seconds, node

    def _block_seconds(self) -> int:
        """From one block of the chain to the next, as of late."""
        gaps = [after - before for before, after in pairwise(self._times)]
        return int(median(gaps)) if gaps else 1
