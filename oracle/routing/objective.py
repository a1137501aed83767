"""What a transfer between chains is for."""

import math
from dataclasses import dataclass, field

from oracle.errors import InputError

MOST_MINOR = 1 << 128  # amounts lie below it, as those of contracts do
MOST_SECONDS = 366 * 86_400  # a deadline lies at most this far away
_MOST_NAMES = 256
_WEIGHTS_MAY_MISS = 1e-9  # of their sum, by rounding


@dataclass(frozen=True)
class Objective:
    """What is moved where, until when, and what matters about the way.

    Weights say what one unit of each measure of a route counts (`oracle.routing.measures`); they sum to 1.
    """

    amount_minor: int  # that leaves the source; fees are taken from it on the way
    asset: str
    source: str
    target: str
    deadline_seconds: int | None = None  # from now
    weight_cost: float = 0.4
    weight_time: float = 0.2
    weight_risk: float = 0.4
    avoid: frozenset[str] = field(default_factory=frozenset)  # bridges or chains that no route may use
    prefer: frozenset[str] = field(default_factory=frozenset)  # bridges or chains; one of them is worth a small detour
    split: bool = False  # whether the amount may go by several routes at once

    def __post_init__(self) -> None:
        """Refuse what no route can serve.

        Raises:
            InputError: a field is out of bounds, or two contradict each other; names them.
        """
        if not 0 < self.amount_minor < MOST_MINOR:
            raise InputError(f"the amount is {self.amount_minor} minor units; it must be above 0 and below 2^128")
        if self.source == self.target:
            raise InputError(f"{self.source} is source and target of the transfer; name two chains")
        if self.deadline_seconds is not None and not 0 < self.deadline_seconds <= MOST_SECONDS:
            raise InputError(
                f"the deadline lies {self.deadline_seconds} s from now; it must lie 1 to {MOST_SECONDS} s ahead"
            )
        weights = (self.weight_cost, self.weight_time, self.weight_risk)
        if not all(math.isfinite(each) and each >= 0 for each in weights) or abs(sum(weights) - 1) > _WEIGHTS_MAY_MISS:
            raise InputError(f"the weights of cost, time and risk are {weights}; they must be 0 or more, and sum to 1")
        if len(self.avoid) + len(self.prefer) > _MOST_NAMES:
            raise InputError(f"more than {_MOST_NAMES} names to avoid or prefer; leave some out")
        both = self.avoid & self.prefer
        if both:
            raise InputError(f"{min(both)} is to be avoided and preferred; choose one")
        ends = self.avoid & {self.source, self.target}
        if ends:
            raise InputError(f"{min(ends)} is to be avoided, and is an end of the transfer; choose one")
