"""Searches the events of contracts backwards from a place, a bounded number of blocks for each request.

A place is a block and an index of a log in it, as one number, so that a cursor can name it: what lies before is still
to be shown. Where one request's blocks are over before its page is full, the page ends there, and the next one goes on.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from oracle.chain.proof.receipts import Log
from oracle.service.applications.reader import Contract, Reader, ReadFailed

MOST_QUERIES = 20  # of one search; each counts toward the client's rate
MOST_BLOCKS = 10_000  # of one query; nodes allow little more
_FIRST_BLOCKS = 1_000  # of the first query: most pages are full by then
_LOGS_OF_A_BLOCK = 1 << 20  # more than the gas of any block pays for
_MOST_KEPT = 1_024


@dataclass(frozen=True)
class Sought:
    """Events that are looked for."""

    contracts: Sequence[Contract]
    topics: Sequence[Sequence[bytes]]  # of each place of topics, those that it may be

    @property
    def addresses(self) -> list[str]:
        """Where they are."""
        return [each.address for each in self.contracts]

    @property
    def first_block(self) -> int:
        """No event is older."""
        return min(each.block for each in self.contracts)


@dataclass(frozen=True)
class Found:
    """Some of them, newest first, and the place before which the search goes on; None at its end."""

    logs: list[Log]
    following: int | None


def after(block: int) -> int:
    """The place after all logs of a block."""
    return (block + 1) * _LOGS_OF_A_BLOCK


def place_of(log: Log) -> int:
    """The place of a log: what lies before it is older."""
    return log.block_number * _LOGS_OF_A_BLOCK + log.index


async def latest(reader: Reader, sought: Sought, before: int, limit: int) -> Found:
    """The newest events before a place, `limit` at most.

    Where the node refuses many blocks at once, or they hold too much, fewer are asked for.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer.
    """
    start = min(before, after(reader.block))
    last, blocks, most = (start - 1) // _LOGS_OF_A_BLOCK, min(_FIRST_BLOCKS, MOST_BLOCKS), MOST_BLOCKS
    logs: list[Log] = []
    for _ in range(MOST_QUERIES):
        if last < sought.first_block:
            return Found(logs, None)
        first = max(sought.first_block, last - blocks + 1)
        here = await reader.logs(sought.addresses, sought.topics, first, last)
        if here is None:
            if first == last:
                raise ReadFailed(f"the oracle's node does not give the logs of block {last}")
            blocks = most = (last - first + 1) // 2
            continue
        logs += islice((log for log in here if place_of(log) < start), limit + 1 - len(logs))
        if len(logs) > limit:
            return Found(logs[:limit], place_of(logs[limit - 1]))
        last, blocks = first - 1, min(2 * blocks, most)
    return Found(logs, None if last < sought.first_block else after(last))


class Searches:
    """Searches for single events that are known to be there: a later request goes on where an earlier one ended.

    For one thread.
    """

    def __init__(self) -> None:
        self._places: OrderedDict[bytes, int] = OrderedDict()  # by subject, where to begin

    async def one(self, reader: Reader, sought: Sought, subject: bytes) -> Log:
        """The event about a subject, which is the topic after the event's own.

        Raises:
            TooManyRequests: the client is beyond its rate.
            ReadFailed: the node does not answer, or the event lies further back than one request reaches.
        """
        about = Sought(sought.contracts, [sought.topics[0], [subject]])
        found = await latest(reader, about, self._places.get(subject, after(reader.block)), 1)
        if found.logs:
            self._keep(subject, after(found.logs[0].block_number))
            return found.logs[0]
        if found.following is None:
            self._places.pop(subject, None)  # a reorganisation may have brought it anew, further up
            raise ReadFailed("the oracle's node does not find the event that began it")
        self._keep(subject, found.following)
        raise ReadFailed("the event that began it lies far back: the search goes on when you ask again")

    def _keep(self, subject: bytes, place: int) -> None:
        self._places[subject] = place
        self._places.move_to_end(subject)
        if len(self._places) > _MOST_KEPT:
            self._places.popitem(last=False)
