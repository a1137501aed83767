"""How often a file is read, of counts that are forgotten exponentially, and how warm that makes it.

A count halves every half-life h, so that it stands for the last h / ln 2 seconds. The rate of a file that is known for
a time t only is its count over the part of that which it was there for, (h / ln 2)·(1 - 2^(-t/h)). What reading the
file made one expect tells little more than the order of magnitude, so it counts as `PRIOR_READS` reads, less than one,
in the time in which so many would be expected:

    reads a month = (PRIOR_READS + count) / (PRIOR_READS / expected + months)        mean of a Gamma-Poisson model
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from oracle.storage.durability import YEAR_SECONDS
from oracle.storage.file_class import TEMPERATURES, Temperature

MONTH_SECONDS = YEAR_SECONDS / 12
HALF_LIFE_SECONDS = 7 * 24 * 3600.0
PRIOR_READS = 0.5
# Reads a month: what a temperature makes one expect, and from how many on a file is at least so warm.
EXPECTED_READS: Mapping[Temperature, float] = {"hot": 500.0, "warm": 50.0, "cold": 5.0, "archive": 0.5}
LEAST_READS: Mapping[Temperature, float] = {"hot": 150.0, "warm": 15.0, "cold": 1.5, "archive": 0.0}
BAND = 1.5  # times a border that the rate must pass, up or down, before a known temperature changes


@dataclass(frozen=True)
class ReadCounts:
    """Reads of one file by region, forgotten exponentially."""

    since_seconds: float  # when it was added
    at_seconds: float  # what the counts are of
    by_region: Mapping[str, float] = field(default_factory=dict)

    def with_read(self, region: str, at_seconds: float) -> "ReadCounts":
        """With one read more, not before the last."""
        counts = dict(self.at(at_seconds).by_region)
        counts[region] = counts.get(region, 0.0) + 1.0
        return ReadCounts(self.since_seconds, max(at_seconds, self.at_seconds), counts)

    def at(self, at_seconds: float) -> "ReadCounts":
        """What is left of the counts at a later moment."""
        kept = math.exp2(-max(at_seconds - self.at_seconds, 0.0) / HALF_LIFE_SECONDS)
        counts = {region: count * kept for region, count in self.by_region.items()}
        return ReadCounts(self.since_seconds, max(at_seconds, self.at_seconds), counts)

    def months(self) -> float:
        """Time that the counts stand for."""
        age = max(self.at_seconds - self.since_seconds, 0.0)
        return HALF_LIFE_SECONDS / math.log(2) * (1 - math.exp2(-age / HALF_LIFE_SECONDS)) / MONTH_SECONDS

    def reads_a_month(self, expected: float | None) -> float:
        """Estimate over all regions; `expected` is what reading the file made one expect, None if it was not read."""
        count, months = sum(self.by_region.values()), self.months()
        if expected is None:
            return count / months if months else 0.0
        return (PRIOR_READS + count) / (PRIOR_READS / expected + months)

    def by_region_a_month(self, expected: float | None) -> dict[str, float]:
        """The estimate, shared out as the reads were."""
        total = sum(self.by_region.values())
        rate = self.reads_a_month(expected)
        return {region: rate * count / total for region, count in self.by_region.items()} if total else {}


def temperature_of(reads_a_month: float, before: Temperature | None = None) -> Temperature:
    """How warm a file is by its reads; a known temperature changes only once a border is passed by `BAND`."""
    plain = _by_border(reads_a_month)
    if before is None or plain == before:
        return plain
    is_warmer = TEMPERATURES.index(plain) < TEMPERATURES.index(before)
    shifted = _by_border(reads_a_month / BAND if is_warmer else reads_a_month * BAND)
    pick = max if is_warmer else min  # of the two the one nearer to what it was
    if (TEMPERATURES.index(shifted) < TEMPERATURES.index(before)) != is_warmer or shifted == before:
        return before
    return pick(plain, shifted, key=TEMPERATURES.index)


def _by_border(reads_a_month: float) -> Temperature:
    return next(each for each in TEMPERATURES if reads_a_month >= LEAST_READS[each])
