"""What is believed of a node, of what was seen of it: how often it fails, how soon it answers, whether it is lost.

The failure rate is the mean of a Gamma-Poisson model: a node nobody has watched counts as one that failed
`PRIOR_FAILURES` times in `PRIOR_YEARS`. Latency is a mean in which each new answer has the weight `NEW_WEIGHT`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oracle.storage.durability import YEAR_SECONDS
from oracle.storage.node import StorageNode

PRIOR_FAILURES, PRIOR_YEARS = 0.25, 0.5
NEW_WEIGHT = 0.1
LOST_SECONDS = 900.0  # without an answer, after which a node counts as lost


@dataclass(frozen=True)
class Seen:
    """What was seen of a node."""

    since_seconds: float
    answered_seconds: float  # the last time
    failures: int = 0
    latency_ms: Mapping[str, float] = field(default_factory=dict)

    def with_answer(self, region: str, latency_ms: float, at_seconds: float) -> "Seen":
        """After an answer to a reader of a region."""
        before = self.latency_ms.get(region, latency_ms)
        mean = before + NEW_WEIGHT * (latency_ms - before)
        return replace(
            self,
            answered_seconds=max(at_seconds, self.answered_seconds),
            latency_ms={**self.latency_ms, region: mean},
        )

    def with_failure(self) -> "Seen":
        """After a loss of what it kept."""
        return replace(self, failures=self.failures + 1)

    def is_lost(self, now_seconds: float) -> bool:
        """Whether it has been silent for too long."""
        return now_seconds - self.answered_seconds > LOST_SECONDS

    def failure_rate(self, now_seconds: float) -> float:
        """Losses a year."""
        years = max(now_seconds - self.since_seconds, 0.0) / YEAR_SECONDS
        return (PRIOR_FAILURES + self.failures) / (PRIOR_YEARS + years)


def measured(node: StorageNode, seen: Seen, now_seconds: float) -> StorageNode:
    """The node as the solver is to see it: what was measured in place of what it says of itself."""
    return replace(node, failure_rate=seen.failure_rate(now_seconds), latency_ms={**node.latency_ms, **seen.latency_ms})
