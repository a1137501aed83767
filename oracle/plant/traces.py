"""What happens to a plant, whoever controls it: arrivals, hash rates, and the luck of miners. Equal for equal seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.plant.definition import Definition
from oracle.plant.rounds import Work
from oracle.workload.crowds import Traffic
from oracle.workload.schedule import ANNOUNCED_SHARE, CROWD_EVERY, CROWD_FACTOR, Schedule, draw_schedule

# Arrivals are counted in bins of this part of T; within a bin they are spread evenly.
BINS_PER_T = 4
# Traces are at most this much longer than the blocks' expected time: runs drift apart, but ASERT bounds how far.
_SPARE_T = 1_500

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Traces:
    """Traces of some seeds, side by side."""

    seeds: tuple[int, ...]
    schedules: tuple[Schedule, ...]
    arrivals: Floats  # [seeds, tiers, bins]: the dearest transactions first; as drawn, high-value ones and the others
    mean_arrivals: Floats  # [seeds, bins]: what chance scatters around
    hash_rates: Floats  # [seeds, T], relative to that at the start; 1 where nobody hashes
    work: Floats  # [seeds, finds]: exponential variates of mean 1, one a find or a round
    luck: Floats  # [seeds, finds]: uniform variates that decide which finds go stale

    def arrivals_by_t(self) -> Floats:
        """[seeds, T]: all arrivals of each T."""
        total = self.arrivals.sum(axis=1)
        return np.asarray(total.reshape(len(total), -1, BINS_PER_T).sum(axis=2))


def draw_traces(
    definition: Definition,
    seeds: Sequence[int],
    *,
    crowd_every: float = CROWD_EVERY,
    announced_share: float = ANNOUNCED_SHARE,
    crowd_factor: tuple[float, float] = CROWD_FACTOR,
) -> Traces:
    """The traces of `seeds`, for as many blocks as the definition says; crowds as in `oracle.workload.schedule`."""
    length = definition.blocks + min(_SPARE_T, definition.blocks)
    finds = 2 * definition.blocks
    schedules, means, arrivals, hash_rates, work, luck = [], [], [], [], [], []
    for seed in seeds:
        schedule = draw_schedule(
            seed, length, crowd_every=crowd_every, announced_share=announced_share, crowd_factor=crowd_factor
        )
        traffic = Traffic(
            base_load=definition.load * definition.theta0 * definition.capacity,
            crowds=schedule.crowds,
            accounts=1,
            seed=seed,
        )
        mean = np.repeat([traffic.rate(t) for t in range(length)], BINS_PER_T) / BINS_PER_T
        random = np.random.default_rng([seed, 0x706C616E74])
        total = random.poisson(mean)
        high = random.binomial(total, definition.high_value_share)
        schedules.append(schedule)
        means.append(mean)
        arrivals.append(np.stack([high, total - high]).astype(np.float64))
        hashes = isinstance(definition.engine, Work)
        hash_rates.append([schedule.hash_rate_factor(t) if hashes else 1.0 for t in range(length)])
        work.append(random.exponential(size=finds))
        luck.append(random.random(finds))
    return Traces(
        seeds=tuple(seeds),
        schedules=tuple(schedules),
        arrivals=np.stack(arrivals),
        mean_arrivals=np.stack(means),
        hash_rates=np.array(hash_rates),
        work=np.stack(work),
        luck=np.stack(luck),
    )
