"""What a miner does: searches the open round, and submits what it finds."""

import logging
import multiprocessing
import secrets
import time
from concurrent.futures import ProcessPoolExecutor

from oracle.engines.pow.search import Find, Target, search_slice
from oracle.engines.pow.submission import open_challenge, submission_calldata, targets
from oracle.engines.seat import Seat

log = logging.getLogger(__name__)

# Hashing between two looks at the head.
SLICE_SECONDS = 0.1
_FIRST_RATE = 200_000.0  # hashes a second of one process, before any was measured
_NONCE_BITS = 200  # a random start in 2^200 meets no other process's


class Miner:
    """The nodes of one process as miners."""

    def __init__(self, seat: Seat, *, hash_rate: float | None, processes: int) -> None:
        """At most `hash_rate` hashes a second of all nodes together."""
        self._seat = seat
        self._searchers = Searchers(processes, hash_rate)
        self.targets: dict[int, Target] = {}  # by node; none while a find of ours waits for its block

    def step(self) -> float:
        """Hash for about a tenth of a second; how long to rest then."""
        seen = self._seat.look()
        if seen is not None:
            challenge = open_challenge(self._seat.ledger, seen.round, seen.head)
            found = targets(
                self._seat.ledger.facts,
                seen.round,
                challenge,
                nodes=self._seat.nodes,
                allowed=seen.allowed,
                offers=self._seat.follower.offers,
            )
            self.targets = dict(zip(self._seat.nodes, found, strict=True))
        if not self.targets:
            return SLICE_SECONDS
        find = self._searchers.search(self.targets)
        if find is not None:
            self._submit(find)
        return 0.0

    def _submit(self, find: Find) -> None:
        """Send a block, and rest until the chain has another one: whoever wins, a new round begins."""
        transaction_hash = self._seat.submissions.send_block(find.node, submission_calldata(find))
        self.targets = {}
        log.info("node %d found a block of round %d: 0x%s", find.node, find.target.round, transaction_hash.hex())

    def close(self) -> None:
        """End the processes that search."""
        self._searchers.close()


class Searchers:
    """Hashing in this process, or in several, at no more than a rate."""

    def __init__(self, processes: int, hash_rate: float | None) -> None:
        self._processes, self._hash_rate = processes, hash_rate
        self._measured = _FIRST_RATE  # hashes a second of one process
        self._last = time.monotonic()
        self._pool = (
            ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) if processes > 1 else None
        )

    def search(self, by_node: dict[int, Target]) -> Find | None:
        """Hash for about a tenth of a second."""
        nodes, wanted = list(by_node), list(by_node.values())
        count = int(self._measured * SLICE_SECONDS)
        if self._hash_rate is not None:
            time.sleep(max(0.0, self._last + SLICE_SECONDS - time.monotonic()))
            allowed = self._hash_rate * min(1.0, time.monotonic() - self._last) / self._processes
            count = min(count, max(1, int(allowed + secrets.randbelow(1000) / 1000)))
        self._last = started = time.monotonic()
        arguments = [target.prefix for target in wanted], wanted[0].difficulty
        starts = [secrets.randbits(_NONCE_BITS) for _ in range(self._processes)]
        if self._pool is None:
            answers = [search_slice(*arguments, starts[0], count)]
        else:
            futures = [self._pool.submit(search_slice, *arguments, start, count) for start in starts]
            answers = [future.result() for future in futures]
        found = next((answer for answer in answers if answer is not None), None)
        if found is None:
            # A slice that ended early says less of the speed.
            self._measured = max(1_000.0, count / max(1e-6, time.monotonic() - started))
            return None
        position, nonce = found
        return Find(nodes[position], wanted[position], nonce, time.monotonic())

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
