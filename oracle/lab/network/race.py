"""The race of miners in driven time: real hashes, one after the other, each by the node whose turn the dice say.

Every hash of the network takes 1 / hash rate seconds of simulated time, so the time of a find is that of the work that
went into it. A node that has not heard of a won round yet goes on with the round before; what it finds then is a
competing block, and its work after that, upon its own block, is lost. Blocks take (0.005 + tau * size) target intervals
to reach the other nodes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from oracle.engines.pow.search import Find, Target, search

_BATCH = 256
# Intervals that a block of no size takes to the other nodes; tau is what a full one takes more.
_BASE_DELAY = 0.005


def delay_seconds(size: float, *, tau: float, interval_seconds: float) -> float:
    """Time that a block takes to the other nodes; `size` is its part of the capacity."""
    return (_BASE_DELAY + tau * size) * interval_seconds


@dataclass
class Race:
    """Who hashes when; the state that goes from round to round is the clock, the nonces and who has heard of what."""

    shares: NDArray[np.float64]  # of the hash rate, by node; they add up to 1
    seed: int
    is_dead: Callable[[int, float], bool] = lambda _node, _time: False  # a dead node's hashes are made by nobody
    time_seconds: float = 0.0
    _random: np.random.Generator = field(init=False, repr=False)
    _nonce: int = field(default=0, init=False)
    _late: Sequence[Target] | None = field(default=None, init=False)  # targets of who has not heard of the last find
    _heard_at: float = field(default=0.0, init=False)
    _winner: int = field(default=-1, init=False)
    _astray: set[int] = field(default_factory=set, init=False)  # nodes that found a competing block meanwhile

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)

    def announce(self, find: Find, targets: Sequence[Target], delay: float) -> None:
        """`find` won; until `delay` seconds later all others go on with `targets`, by node."""
        self._winner, self._late, self._heard_at = find.node, targets, find.time_seconds + delay
        self._astray.clear()

    def run(self, targets: Sequence[Target], *, hash_rate: float, until: float) -> tuple[Find | None, list[Find]]:
        """Hash until a node finds a block of the present round, or until a time.

        Args:
            targets: What each node searches once it has heard of the last find.
            hash_rate: Hashes a second of all nodes.
            until: When to stop without a find, in seconds.

        Returns:
            The find, None at `until`; and what late nodes found meanwhile for the round before.
        """
        step = 1.0 / hash_rate
        late_finds: list[Find] = []
        while self.time_seconds + step <= until:
            nodes = self._random.choice(len(self.shares), size=_BATCH, p=self.shares)
            for node in map(int, nodes):
                if self.time_seconds + step > until:
                    break
                self.time_seconds += step
                self._nonce += 1
                if self.is_dead(node, self.time_seconds):
                    continue
                late = self._late is not None and self.time_seconds < self._heard_at and node != self._winner
                if late and node in self._astray:
                    continue
                target = self._late[node] if late and self._late is not None else targets[node]
                if search(target.prefix, target.difficulty, (self._nonce,)) is None:
                    continue
                find = Find(node, target, self._nonce, self.time_seconds)
                if not late:
                    return find, late_finds
                self._astray.add(node)
                late_finds.append(find)
        self.time_seconds = until
        return None, late_finds
