"""What a delegate does: stands for election, has its terms begin, and makes a block in each of its turns."""

import logging
from collections import deque
from dataclasses import astuple
from itertools import pairwise
from statistics import median
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.chain.ledger import Ledger, OpenRound
from oracle.engines.seat import Seat, Seen
from oracle.engines.signing import sign_block

log = logging.getLogger(__name__)

CONTRACT = "DelegateLedger"
_FIELDS = [
    {"name": "round", "type": "uint64"},
    {"name": "turnSeconds", "type": "uint64"},
    {"name": "node", "type": "uint32"},
    {"name": "parent", "type": "bytes32"},
    {"name": "body", "type": "bytes32"},
]
_REST_SECONDS = 0.25
ELECTION_GAS = 2_500_000  # of an election among as many candidates as can stand
_BLOCKS_LOOKED_AT = 9  # for the chain's own interval
# Terms ahead of which no votes count.
_FIRST_TERM = 2


class Delegate:
    """The nodes of one process as delegates and candidates."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._times: deque[int] = deque(maxlen=_BLOCKS_LOOKED_AT)
        self._sent: tuple[int, int] | None = None  # round and turn of the last block
        self._asked: dict[tuple[str, int], int] = {}  # what was asked for, and in which term

    def step(self) -> float:
        """Look at a new block of the chain, and answer it; how long to rest then."""
        seen = self._seat.look()
        if seen is not None:
            self._times.append(seen.timestamp_seconds)
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
        """Send a call of a node, once a term."""
        if self._asked.get((function, node)) == term:
            return
        self._asked[function, node] = term
        calldata = self._seat.ledger.calls.calldata(function, *arguments)
        self._seat.submissions.send(node, calldata, more_gas=ELECTION_GAS)
        log.info("node %d calls %s in term %d", node, function, term)

    def _play(self, seen: Seen) -> None:
        """Make the block of the turn that will last when the chain's next block comes, where it is ours."""
        gaps = [after - before for before, after in pairwise(self._times)]
        expected = seen.timestamp_seconds + (int(median(gaps)) if gaps else 1)
        turn_seconds, node = self._seat.ledger.calls.read("turnAt", expected, block=seen.head)
        if turn_seconds == 0 or node not in self._seat.nodes or self._sent == (seen.round.number, turn_seconds):
            return
        body = self._seat.body(seen, node)
        key, ledger = self._seat.submissions.keys[node], self._seat.ledger
        block, signature = sign_turn_block(
            ledger, key, round_=seen.round, turn_seconds=turn_seconds, node=node, body=body
        )
        arguments = block, body, signature, astuple(seen.allowed.shown(node))
        calldata = ledger.calls.calldata("submitBlock", *arguments)
        transaction_hash = self._seat.submissions.send(node, calldata, more_gas=ELECTION_GAS)
        self._sent = (seen.round.number, turn_seconds)
        log.info("node %d makes the block of round %d: 0x%s", node, seen.round.number, transaction_hash.hex())


def sign_turn_block(
    ledger: Ledger, key: LocalAccount, *, round_: OpenRound, turn_seconds: int, node: int, body: bytes
) -> tuple[tuple[Any, ...], bytes]:
    """A TurnBlock of a node upon the last block, as the contract takes it, and its signature."""
    message = {
        "round": round_.number,
        "turnSeconds": turn_seconds,
        "node": node,
        "parent": round_.parent,
        "body": bytes(keccak(body)),
    }
    return tuple(message.values()), sign_block(ledger, key, CONTRACT, "TurnBlock", _FIELDS, message)
