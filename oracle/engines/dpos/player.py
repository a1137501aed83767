"""What a delegate does: stands for election, has its terms begin, and makes a block in each of its turns."""

import logging

from oracle.engines.dpos.submission import turn_submission
from oracle.engines.dpos.terms import ELECTION_GAS
from oracle.engines.seat import Seat, Seen
from oracle.engines.turns import OwnTurns

log = logging.getLogger(__name__)

_REST_SECONDS = 0.25
# Terms ahead of which no votes count.
_FIRST_TERM = 2


class Delegate:
    """The nodes of one process as delegates and candidates."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._turns = OwnTurns(seat)
        self._asked: dict[tuple[str, int], int] = {}  # what was asked for, and in which term

    def step(self) -> float:
        """Look at a new block of the chain, and answer it; how long to rest then."""
        seen = self._seat.look()
        if seen is not None:
            self._stand(seen)
            self._play(seen)
        return _REST_SECONDS

    def close(self) -> None:
        """Nothing was started."""

    def _stand(self, seen: Seen) -> None:
        """Whatever a node must ask for: to be elected, to be released, and for delegates where none make blocks."""
        calls, head, nodes = self._seat.ledger.calls, seen.head, self._seat.nodes
        term, candidates, (order, _) = calls.read_each(("term",), ("candidates",), ("delegates",), block=head)
        until = calls.read_each(*(("jailedUntil", node) for node in nodes), block=head)
        for node, jailed_until in zip(nodes, until, strict=True):
            if node not in candidates:
                self._ask("stand", node, term, node, 0)
            if 0 < jailed_until <= term:
                self._ask("release", node, term, node)
        # A lap without a block: votes may have moved since, and no block comes that would elect.
        lap_seconds = (len(order) + 1) * seen.round.difficulty
        if term >= _FIRST_TERM and seen.timestamp_seconds - seen.round.opened_at_seconds > lap_seconds:
            self._ask("elect", nodes[0], term)

    def _ask(self, function: str, node: int, term: int, *arguments: int) -> None:
        """Send a node's call once a term, and only if the ledger would accept it."""
        if self._asked.get((function, node)) == term:
            return
        if self._seat.submissions.ask(node, function, *arguments, more_gas=ELECTION_GAS):
            log.info("node %d calls %s in term %d", node, function, term)
        self._asked[function, node] = term

    def _play(self, seen: Seen) -> None:
        """Make the block of the turn that will last when the chain's next block comes, where it is ours."""
        turn = self._turns.take(seen)
        if turn is None:
            return
        turn_seconds, node = turn
        calldata = turn_submission(
            self._seat.ledger.facts,
            seen.round,
            turn_seconds=turn_seconds,
            node=node,
            key=self._seat.submissions.keys[node],
            allowed=seen.allowed,
            offers=self._seat.follower.offers,
        )
        transaction_hash = self._seat.submissions.send_block(node, calldata, more_gas=ELECTION_GAS)
        log.info("node %d makes the block of round %d: 0x%s", node, seen.round.number, transaction_hash.hex())
