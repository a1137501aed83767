"""What the next block of a driven network's chain holds of its consensus."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Made:
    """What the next block of the chain holds of the consensus; nothing where it only tells the time."""

    time_seconds: float  # since the run's start
    submissions: Sequence[tuple[int, bytes]]  # node and calldata, in the order in which they are sent
    hash_rate: float = 0.0  # under proof of work, hashes a second
    more_gas: int = 0
