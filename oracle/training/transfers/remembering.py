"""An encoder that encodes each text once: what stands beside names and amounts comes again and again."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from oracle.plans.reader import MarkedEncoder

Floats = NDArray[np.float64]


class RememberingEncoder:
    """As the encoder that it stands before; each text's vector does not depend on its company."""

    def __init__(self, encoder: MarkedEncoder) -> None:
        self._encoder = encoder
        self._plain: dict[str, Floats] = {}
        self._marked: dict[str, Floats] = {}

    @property
    def hidden_size(self) -> int:
        """Length of a vector."""
        return self._encoder.hidden_size

    def encode_all(self, texts: Sequence[str]) -> Floats:
        """Vectors of texts, [texts, hidden]."""
        return _remembered(texts, self._plain, self._encoder.encode_all)

    def encode_marked(self, texts: Sequence[str], mark: str) -> Floats:
        """Vectors of what stands between marks, [texts, hidden]."""
        return _remembered(texts, self._marked, lambda new: self._encoder.encode_marked(new, mark))

    def encode_places(self, texts: Sequence[str], places: Sequence[Sequence[tuple[int, int]]]) -> tuple[Floats, Floats]:
        """Vectors of texts and of places in them, as the encoder gives them: nothing of them is kept."""
        return self._encoder.encode_places(texts, places)


def _remembered(texts: Sequence[str], known: dict[str, Floats], encode: Callable[[list[str]], Floats]) -> Floats:
    new = [text for text in dict.fromkeys(texts) if text not in known]
    if new:
        known.update(zip(new, encode(new), strict=True))
    return np.stack([known[text] for text in texts])
