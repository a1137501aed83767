"""What a run goes through, drawn from a seed: flash crowds with their announcements, and hash-rate regimes.

Times are in target intervals T. Crowds come on average every 400 T, last 15 to 60 T and bring 1.25 to 2.5 times the
load; 80 % of them are announced 10 to 40 T ahead, and a third of all announcements are called off. The hash rate jumps
between five levels that last 1500 T on average. Synthetic: chosen to be hard for a controller that only reacts.
"""

import random
from dataclasses import dataclass

from oracle.workload.crowds import Crowd

CROWD_EVERY = 400
CROWD_LENGTH = (15, 60)
CROWD_FACTOR = (1.25, 2.5)
ANNOUNCED_SHARE = 0.8
ANNOUNCED_AHEAD = (10, 40)
CALLED_OFF_SHARE = 1 / 3
HASH_RATE_LEVELS = (0.6, 0.8, 1.0, 1.25, 1.6)
HASH_RATE_LENGTH = 1500
_VOICES = 1 << 16


@dataclass(frozen=True)
class Schedule:
    """Crowds, and from which interval on which hash rate holds, relative to that at the start."""

    crowds: tuple[Crowd, ...]
    hash_rates: tuple[tuple[int, float], ...]  # (first interval, factor), ascending

    def hash_rate_factor(self, interval: float) -> float:
        """Hash rate at a time, relative to that at the start."""
        return [factor for first, factor in self.hash_rates if first <= interval][-1]


def draw_schedule(
    seed: int,
    intervals: int,
    *,
    crowd_every: float = CROWD_EVERY,
    announced_share: float = ANNOUNCED_SHARE,
    crowd_factor: tuple[float, float] = CROWD_FACTOR,
) -> Schedule:
    """The schedule of a run of `intervals` target intervals; that of a shorter run is its beginning."""
    random_ = random.Random(f"schedule {seed}")  # noqa: S311 - simulation, not secrets
    # Of every crowd that comes, `announced_share` are announced; of those announced some more never come.
    called_off = announced_share * CALLED_OFF_SHARE / (1 - CALLED_OFF_SHARE)
    fates = {"announced": announced_share, "not announced": 1 - announced_share, "called off": called_off}
    gap = crowd_every / sum(fates.values())
    crowds = []
    start = random_.expovariate(1 / gap)
    while start < intervals:
        (fate,) = random_.choices(list(fates), list(fates.values()))
        crowds.append(
            Crowd(
                start_block=round(start),
                length_blocks=random_.randint(*CROWD_LENGTH),
                factor=random_.uniform(*crowd_factor),
                announced_ahead_blocks=0 if fate == "not announced" else random_.randint(*ANNOUNCED_AHEAD),
                called_off=fate == "called off",
                voice=random_.randrange(_VOICES),
            )
        )
        start += random_.expovariate(1 / gap)
    rates = [(0, 1.0)]
    random_ = random.Random(f"hash rates {seed}")  # noqa: S311
    change = random_.expovariate(1 / HASH_RATE_LENGTH)
    while change < intervals:
        rates.append((round(change), random_.choice([level for level in HASH_RATE_LEVELS if level != rates[-1][1]])))
        change += random_.expovariate(1 / HASH_RATE_LENGTH)
    return Schedule(crowds=tuple(crowds), hash_rates=tuple(rates))
