"""What a staker does: keeps a hash onion committed, and makes a block where the lottery gives it a slot."""

import logging
from dataclasses import astuple
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.chain.ledger import Ledger, OpenRound
from oracle.engines.pos.onion import RENEW_BELOW, layers, place_of
from oracle.engines.seat import Seat, Seen
from oracle.engines.signing import sign_block
from oracle.formulas.lottery import chance_q128, slot_draw, wins

log = logging.getLogger(__name__)

CONTRACT = "StakeLedger"
_FIELDS = [
    {"name": "round", "type": "uint64"},
    {"name": "slot", "type": "uint64"},
    {"name": "node", "type": "uint32"},
    {"name": "parent", "type": "bytes32"},
    {"name": "body", "type": "bytes32"},
    {"name": "reveal", "type": "bytes32"},
]
_MOST_REST_SECONDS = 1.0


class Staker:
    """The nodes of one process as stakers."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        calls = seat.ledger.calls
        _, self._slot_seconds, self._term_slots, _, self._grace_slots = calls.read("stakeSetup")
        self._start_seconds = seat.contracts.chain.timestamp(seat.deployed_in_block)
        self._sent: dict[int, tuple[int, int]] = {}  # round and slot of the last block, by node
        self._committed: dict[int, int] = {}  # generation of the onion committed to last, by node
        self._without_stake: set[int] = set()

    def step(self) -> float:
        """Look at a new block of the chain, and answer it; how long to rest then."""
        seen = self._seat.look()
        if seen is not None:
            slot = (seen.timestamp_seconds - self._start_seconds) // self._slot_seconds
            for node in self._seat.nodes:
                self._play(seen, node, slot)
        return min(_MOST_REST_SECONDS, float(self._slot_seconds) / 4)

    def close(self) -> None:
        """Nothing was started."""

    def _play(self, seen: Seen, node: int, slot: int) -> None:
        calls, head = self._seat.ledger.calls, seen.head
        staker, tip = calls.read_each(("stakerOf", node), ("tipOf", node), block=head)
        key = self._seat.submissions.keys[node]
        if staker != key.address:
            if node not in self._without_stake:
                self._without_stake.add(node)
                log.warning("node %d has no stake of its own key %s: deposit with StakeLedger", node, key.address)
            return
        place = place_of(bytes(key.key), self._seat.ledger.address, node, bytes(tip))
        self._renew(node, place)
        if place is None:
            return
        drawn = self._drawn(seen, node, slot)
        if drawn is not None and self._sent.get(node) != (seen.round.number, drawn):
            self._submit(seen, node, drawn, place)

    def _renew(self, node: int, place: tuple[int, int] | None) -> None:
        """Commit to an onion where none of ours is on the chain, and to the next one ahead of the end of the last."""
        generation = 0 if place is None else place[0] + 1
        left = 0 if place is None else len(self._layers(node, place[0])) - 1 - place[1]
        if left >= RENEW_BELOW or self._committed.get(node) == generation:
            return
        tip = self._layers(node, generation)[0]
        self._seat.submissions.send(node, self._seat.ledger.calls.calldata("commit", node, tip))
        self._committed[node] = generation
        log.info("node %d commits to hash onion %d", node, generation)

    def _drawn(self, seen: Seen, node: int, slot: int) -> int | None:
        """The last slot up to now that is the node's and may still come: the chain's next block may be slots away."""
        calls, head = self._seat.ledger.calls, seen.head
        parent_slot = int(calls.read("slotOf", seen.round.number - 1, block=head))
        first = max(parent_slot, slot - self._grace_slots) + 1
        by_term: dict[int, tuple[Any, ...]] = {}
        for each in range(slot, first - 1, -1):
            term = each // self._term_slots
            if term not in by_term:
                by_term[term] = tuple(
                    calls.read_each(("seedOf", term), ("stakeOf", node, term), ("totalStake", term), block=head)
                )
            seed, stake, total = by_term[term]
            if stake and wins(slot_draw(bytes(seed), each, node), chance_q128(seen.round.difficulty, stake, total)):
                return each
        return None

    def _submit(self, seen: Seen, node: int, slot: int, place: tuple[int, int]) -> None:
        generation, at = place
        body = self._seat.body(seen, node)
        key, ledger = self._seat.submissions.keys[node], self._seat.ledger
        reveal = self._layers(node, generation)[at + 1]
        block, signature = sign_slot_block(
            ledger, key, round_=seen.round, slot=slot, node=node, body=body, reveal=reveal
        )
        arguments = block, body, signature, astuple(seen.allowed.shown(node))
        calldata = ledger.calls.calldata("submitBlock", *arguments)
        transaction_hash = self._seat.submissions.send(node, calldata)
        self._sent[node] = (seen.round.number, slot)
        log.info("node %d makes the block of slot %d: 0x%s", node, slot, transaction_hash.hex())

    def _layers(self, node: int, generation: int) -> tuple[bytes, ...]:
        key = bytes(self._seat.submissions.keys[node].key)
        return layers(key, self._seat.ledger.address, node, generation)


def sign_slot_block(
    ledger: Ledger, key: LocalAccount, *, round_: OpenRound, slot: int, node: int, body: bytes, reveal: bytes
) -> tuple[tuple[Any, ...], bytes]:
    """A SlotBlock of a node upon the last block, as the contract takes it, and its signature."""
    message = {
        "round": round_.number,
        "slot": slot,
        "node": node,
        "parent": round_.parent,
        "body": bytes(keccak(body)),
        "reveal": reveal,
    }
    return tuple(message.values()), sign_block(ledger, key, CONTRACT, "SlotBlock", _FIELDS, message)
