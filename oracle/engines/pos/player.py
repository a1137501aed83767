"""What a staker does: keeps a hash onion committed, and makes a block where the lottery gives it a slot."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from oracle.engines.pos.onion import RENEW_BELOW, Place, layers, place_of
from oracle.engines.pos.submission import slot_submission
from oracle.engines.seat import Seat, Seen
from oracle.formulas.lottery import chance_q128, slot_draw, wins

log = logging.getLogger(__name__)

_MOST_REST_SECONDS = 1.0


@dataclass(frozen=True)
class Lots:
    """What the slots of one term are drawn by."""

    seed: bytes
    total: int
    stakes: Mapping[int, int]  # by node


def last_drawn(node: int, slots: range, difficulty: int, by_slot: Mapping[int, Lots]) -> int | None:
    """The last of `slots` that the lottery gives to a node; None where it gives it none.

    Args:
        node: Its index.
        slots: Ascending.
        difficulty: p of the open round.
        by_slot: The lots of the slot's term, by slot.
    """
    for slot in reversed(slots):
        lots = by_slot[slot]
        chance = chance_q128(difficulty, lots.stakes[node], lots.total)
        if chance and wins(slot_draw(lots.seed, slot, node), chance):
            return slot
    return None


class Staker:
    """The nodes of one process as stakers."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        calls = seat.ledger.calls
        _, self._slot_seconds, self._term_slots, _, self._grace_slots = calls.read("stakeSetup")
        self._start_seconds = seat.contracts.chain.timestamp(seat.deployed_in_block)
        # The last slot for which a node signed a block. Two blocks of one slot are slashed, whatever became of them: so
        # each slot is signed once, and those up to the start count as signed, since a run before this one may have.
        chain = seat.contracts.chain
        self._signed = dict.fromkeys(seat.nodes, self._slot_at(chain.timestamp(chain.head())))
        self._committed: dict[int, int] = {}  # generation of the onion committed to last, by node
        self._places: dict[int, tuple[bytes, Place | None]] = {}  # the layer on the chain and its place, by node
        self._without_stake: set[int] = set()

    def step(self) -> float:
        """Look at a new block of the chain, and answer it; how long to rest then."""
        seen = self._seat.look()
        if seen is not None:
            self._answer(seen)
        return min(_MOST_REST_SECONDS, float(self._slot_seconds) / 4)

    def close(self) -> None:
        """Nothing was started."""

    def _answer(self, seen: Seen) -> None:
        calls, nodes = self._seat.ledger.calls, self._seat.nodes
        slots = self._open_slots(seen)
        by_slot = self._lots(slots, seen.head)
        stakers = calls.read_each(*(("stakerOf", node) for node in nodes), block=seen.head)
        tips = calls.read_each(*(("tipOf", node) for node in nodes), block=seen.head)
        for node, staker, tip in zip(nodes, stakers, tips, strict=True):
            if not self._is_ours(node, staker):
                continue
            place = self._place(node, bytes(tip))
            self._renew(node, place)
            fresh = range(max(slots.start, self._signed[node] + 1), slots.stop)
            drawn = last_drawn(node, fresh, seen.round.difficulty, by_slot)
            if place is not None and drawn is not None:
                self._submit(seen, node, drawn, place)

    def _open_slots(self, seen: Seen) -> range:
        """The slots up to now that may still have a block: the chain's next block may be slots away."""
        present = self._slot_at(seen.timestamp_seconds)
        parent_slot = int(self._seat.ledger.calls.read("slotOf", seen.round.number - 1, block=seen.head))
        return range(max(parent_slot, present - self._grace_slots) + 1, present + 1)

    def _slot_at(self, timestamp_seconds: int) -> int:
        return int((timestamp_seconds - self._start_seconds) // self._slot_seconds)

    def _lots(self, slots: range, head: int) -> dict[int, Lots]:
        """By slot. The seed of a term may change up to its first block, so that nothing is kept."""
        by_term: dict[int, Lots] = {}
        for term in {slot // self._term_slots for slot in slots}:
            views = (("stakeOf", node, term) for node in self._seat.nodes)
            seed, total, *stakes = self._seat.ledger.calls.read_each(
                ("seedOf", term), ("totalStake", term), *views, block=head
            )
            by_term[term] = Lots(bytes(seed), total, dict(zip(self._seat.nodes, stakes, strict=True)))
        return {slot: by_term[slot // self._term_slots] for slot in slots}

    def _is_ours(self, node: int, staker: str) -> bool:
        address = self._seat.submissions.keys[node].address
        if staker != address and node not in self._without_stake:
            self._without_stake.add(node)
            log.warning("node %d has no stake of its own key %s: run `catalyst stake deposit`", node, address)
        return staker == address

    def _place(self, node: int, tip: bytes) -> Place | None:
        """Where the layer on the chain is in the node's onions; looked for where it is another than before."""
        known = self._places.get(node)
        if known is None or known[0] != tip:
            key = bytes(self._seat.submissions.keys[node].key)
            self._places[node] = known = (tip, place_of(key, self._seat.ledger.address, node, tip))
        return known[1]

    def _renew(self, node: int, place: Place | None) -> None:
        """Commit to an onion where none of ours is on the chain, and to the next one ahead of the end of the last."""
        if place is not None and place.left >= RENEW_BELOW:
            return
        generation = 0 if place is None else place.generation + 1
        if self._committed.get(node) == generation:
            return
        if self._seat.submissions.ask(node, "commit", node, self._layers(node, generation)[0]):
            self._committed[node] = generation
            log.info("node %d commits to hash onion %d", node, generation)

    def _submit(self, seen: Seen, node: int, slot: int, place: Place) -> None:
        calldata = slot_submission(
            self._seat.ledger.facts,
            seen.round,
            slot=slot,
            node=node,
            key=self._seat.submissions.keys[node],
            reveal=self._layers(node, place.generation)[place.layer + 1],
            allowed=seen.allowed,
            offers=self._seat.follower.offers,
        )
        self._signed[node] = slot
        transaction_hash = self._seat.submissions.send_block(node, calldata)
        log.info("node %d makes the block of slot %d: 0x%s", node, slot, transaction_hash.hex())

    def _layers(self, node: int, generation: int) -> tuple[bytes, ...]:
        key = bytes(self._seat.submissions.keys[node].key)
        return layers(key, self._seat.ledger.address, node, generation)
