"""Every distinct text embedded once."""

import numpy as np
import torch
from torch import Tensor

from oracle.model.encoder import Encoder


class TextTable:
    """Embeddings of all texts met so far; row 0 is zeros."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._index: dict[str | None, int] = {None: 0}
        self._rows: list[np.ndarray] = [np.zeros(encoder.hidden_size)]

    def index(self, text: str | None) -> int:
        """Row of a text, embedding it at its first use."""
        if text not in self._index:
            assert text is not None  # noqa: S101 - None is row 0 from the start
            self._index[text] = len(self._rows)
            self._rows.append(self._encoder.encode(text))
        return self._index[text]

    def tensor(self) -> Tensor:
        """All rows, [texts, hidden]."""
        return torch.from_numpy(np.stack(self._rows))

    def texts(self) -> list[str]:
        """All of them, in the order of their rows, without the null."""
        return [text for text in self._index if text is not None]
