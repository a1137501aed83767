"""What the blocks of a window announce and call off, by time: the texts' words, weighed and dated."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.control.announced import AHEAD
from oracle.model.reader import AHEAD as RANGES
from oracle.model.reader import Reader, Said
from oracle.window.texts import TextShare

Floats = NDArray[np.float64]
# By the ranges of the reader: the same chance for each T of a range.
SPREAD = np.array(
    [[1 / (end - first) if first <= at < end else 0.0 for at in range(AHEAD)] for first, end in RANGES.values()]
)


# The part of small talk that a reader may take for words that call something off: so much of the weight of all words
# is not counted against what is announced, else much small talk would silence a few announcements.
MISREAD = 0.05


@dataclass(frozen=True)
class Evidence:
    """Arrays as `oracle.control.announced` takes them, of one window."""

    announced: Floats  # [blocks, AHEAD]
    against: Floats  # [blocks]


def evidence_of(shares: Sequence[Sequence[TextShare]], reader: Reader, interval_seconds: int) -> Evidence:
    """What the texts of each block say."""
    announced, against, worded = np.zeros((len(shares), AHEAD)), np.zeros(len(shares)), np.zeros(len(shares))
    read = iter(reader.read_all([share.text for block in shares for share in block]))
    for at, block in enumerate(shares):
        for share in block:
            said = next(read)
            announced[at] += share.weight * begins(said, share.ahead_seconds, interval_seconds)
            against[at] += share.weight * said.against
            worded[at] += share.weight
    return Evidence(announced, beyond_misreading(against, worded))


def beyond_misreading(against: Floats, worded: Floats) -> Floats:
    """The weight that calls off, less what may be small talk; `worded` is the weight of all words. One shape."""
    return np.maximum(0.0, against - MISREAD * worded)


def begins(said: Said, ahead_seconds: float | None, interval_seconds: int) -> Floats:
    """How much a text announces for each T ahead, [AHEAD]; what is over or too far ahead announces nothing."""
    if ahead_seconds is None:
        return vaguely(said)
    found = np.zeros(AHEAD)
    if 0 <= ahead_seconds < AHEAD * interval_seconds:
        found[int(ahead_seconds // interval_seconds)] = said.announces
    return found


def vaguely(said: Said) -> Floats:
    """How much a text that states no time announces for each T ahead, [AHEAD].

    Product by product and sum by sum: a product of matrices would have other last bits on other processors.
    """
    found = np.zeros(AHEAD)
    for share, spread in zip(said.when, SPREAD, strict=True):
        found += share * spread
    return said.announces * found
