"""When and where a text was written, and what of time a rule reads from it."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

NEVER = math.inf
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Moment:
    """When and where a text was written."""

    timestamp_seconds: int
    block: int
    interval_seconds: int  # target interval of the chain


# What a rule matched, and where: seconds ahead, or None where it is no time after all.
Seconds = Callable[[re.Match[str], Moment], float | None]
Rule = tuple[re.Pattern[str], Seconds]


def constant(seconds: float) -> Seconds:
    """The same time ahead, whatever the match and the moment."""
    return lambda _, __: seconds


def over(ahead: Seconds) -> Seconds:
    """As long ago as another rule is ahead."""

    def past(match: re.Match[str], moment: Moment) -> float | None:
        found = ahead(match, moment)
        return None if found is None else -found

    return past
