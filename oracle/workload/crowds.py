"""What a workload is: a base load with a daily cycle, and flash crowds that words sometimes announce."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

DAILY_SWING = 0.15
DAY_BLOCKS = 1440


@dataclass(frozen=True)
class Crowd:
    """A flash crowd, or the announcement of one that is called off."""

    start_block: int
    length_blocks: int
    factor: float
    announced_ahead_blocks: int = 0  # 0: not announced
    called_off: bool = False
    voice: int = 0  # which of the phrase families speaks of it, in the order of their names, round and round

    def load_factor(self, block: int) -> float:
        """What the arrival rate is multiplied by at `block`."""
        comes = not self.called_off and self.start_block <= block < self.start_block + self.length_blocks
        return self.factor if comes else 1.0

    def said_at(self, block: int) -> str | None:
        """`announced`, `called off` or None: what is said of it at `block`.

        A called-off crowd is announced for the first half of its lead and taken back in the second.
        """
        first = self.start_block - self.announced_ahead_blocks
        if not first <= block < self.start_block:
            return None
        return "called off" if self.called_off and block >= first + self.announced_ahead_blocks // 2 else "announced"


@dataclass(frozen=True)
class Traffic:
    """Rate, crowds, accounts. A block stands for a target interval."""

    base_load: float  # mean transactions per block
    crowds: Sequence[Crowd]
    accounts: int
    seed: int
    interval_seconds: int = 10  # target interval, for the times that texts name

    def rate(self, block: int) -> float:
        """Mean arrivals at `block`."""
        daily = 1.0 + DAILY_SWING * math.sin(2 * math.pi * block / DAY_BLOCKS)
        return self.base_load * daily * math.prod(crowd.load_factor(block) for crowd in self.crowds)
