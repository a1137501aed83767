"""Every distinct text embedded once."""

import torch
from torch import Tensor

from oracle.model.encoder import Encodes


class TextTable:
    """Embeddings of all texts met so far; row 0 is zeros."""

    def __init__(self, encoder: Encodes, like: "TextTable | None" = None) -> None:
        """A table of its own, or with the texts of another, those that come later too."""
        self._encoder = encoder
        self._index: dict[str, int] = {} if like is None else like._index
        self._rows = torch.zeros(1, encoder.hidden_size, dtype=torch.float64)

    def index(self, text: str) -> int:
        """Row of a text, which is put into the table at its first use."""
        return self._index.setdefault(text, len(self._index) + 1)

    def tensor(self) -> Tensor:
        """All rows, [1 + texts, hidden], float64."""
        new = self.texts()[len(self._rows) - 1 :]
        if new:
            rows = torch.from_numpy(self._encoder.encode_all(new)).double()
            self._rows = torch.cat([self._rows, rows])
        return self._rows

    def texts(self) -> list[str]:
        """All of them, in the order of their rows from 1 on."""
        return list(self._index)
