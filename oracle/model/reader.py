"""What a text says of the load to come: the encoder, and one linear layer on it.

    p = softmax(W v + b) over LABELS,   announces = max(0, 2 p(comes) - 1),   calls off = max(0, 2 p(called off) - 1)

p(comes) is the sum over the labels that a crowd comes, which differ in what is said of when. A text that the layer is
not sure of says exactly nothing. What it says is rounded to 2^-20, so that the last bits of an embedding, in which
machines may differ, change no plan.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.model.encoder import Encodes

Floats = NDArray[np.float64]

NOTHING, CALLED_OFF, COMES = "nothing", "called off", "comes"
# A crowd comes: at a time that is stated, or of which nothing is said; else how far ahead in target intervals T.
AHEAD: dict[str, tuple[int, int]] = {
    COMES: (0, 40),
    "comes within 8 T": (0, 8),
    "comes in 8 to 20 T": (8, 20),
    "comes in 20 T or more": (20, 40),
}
LABELS = (NOTHING, CALLED_OFF, *AHEAD)
_STEPS = 1 << 20
_KEPT_TEXTS = 50_000


@dataclass(frozen=True)
class Said:
    """What a text says, whatever its weight."""

    announces: float  # from 0 to 1
    against: float  # from 0 to 1
    when: tuple[float, ...]  # by the ranges of AHEAD; adds up to 1 where it announces, else to 0


SILENT = Said(0.0, 0.0, (0.0,) * len(AHEAD))


@dataclass(frozen=True)
class Head:
    """The linear layer."""

    weight: Floats  # [LABELS, hidden]
    bias: Floats  # [LABELS]

    def said(self, vector: Floats) -> Said:
        """What a text says, from its embedding [hidden], of length 1."""
        scores = self.weight @ (math.sqrt(len(vector)) * vector) + self.bias
        shares = np.exp(scores - scores.max())
        return _said(shares / shares.sum())


def _said(shares: Floats) -> Said:
    coming = shares[2:]
    comes = float(coming.sum())
    announces = _rounded(max(0.0, 2 * comes - 1))
    when = tuple(_rounded(float(each) / comes) for each in coming) if announces else (0.0,) * len(AHEAD)
    return Said(announces, _rounded(max(0.0, 2 * float(shares[1]) - 1)), when)


def _rounded(value: float) -> float:
    return round(value * _STEPS) / _STEPS


class Reader:
    """Reads texts and keeps what they say."""

    def __init__(self, encoder: Encodes, head: Head) -> None:
        self.encoder, self.head = encoder, head
        self._kept: OrderedDict[str, Said] = OrderedDict()

    def read(self, text: str) -> Said:
        """What a text says; the empty text says nothing."""
        return self.read_all([text])[0]

    def read_all(self, texts: Sequence[str]) -> list[Said]:
        """What texts say; those that are not known yet are encoded together, which is faster."""
        new = list(dict.fromkeys(text for text in texts if text and text not in self._kept))
        if new:
            self._kept.update(zip(new, map(self.head.said, self.encoder.encode_all(new)), strict=True))
        found = [self._kept[text] if text else SILENT for text in texts]
        for text in filter(None, texts):
            self._kept.move_to_end(text)
        while len(self._kept) > _KEPT_TEXTS:
            self._kept.popitem(last=False)
        return found

    def knows(self, text: str) -> bool:
        """Whether what a text says is kept."""
        return text in self._kept

    def forget(self) -> None:
        """Drop what is kept, which saves time and never changes a result."""
        self._kept.clear()
