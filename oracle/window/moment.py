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
