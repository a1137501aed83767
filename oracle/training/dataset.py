"""Examples as tensors, with every distinct text embedded once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from oracle.model.encoder import Encoder
from oracle.model.features import node_features
from oracle.training.simulation import Example
from oracle.window.numbers import numeric_channels
from oracle.window.texts import MAX_TEXTS_PER_BLOCK, text_shares


@dataclass(frozen=True)
class Dataset:
    """Full-length windows. Texts are indices into a table of embeddings, row 0 being the null embedding."""

    numbers: Tensor  # [examples, blocks, 14]
    text_index: Tensor  # [examples, blocks, texts], int64
    weights: Tensor  # [examples, blocks, texts]
    nodes: Tensor  # [examples, nodes, 3]
    phi: Tensor  # [examples, nodes]

    def __len__(self) -> int:
        """Number of examples."""
        return self.numbers.shape[0]


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


def make_dataset(examples: Sequence[Example], table: TextTable, window_blocks: int) -> Dataset:
    """Tensors of the examples whose window is full; shorter ones are met in training by truncation."""
    full = [example for example in examples if len(example.window.blocks) == window_blocks]
    index = np.zeros((len(full), window_blocks, MAX_TEXTS_PER_BLOCK), dtype=np.int64)
    weights = np.zeros((len(full), window_blocks, MAX_TEXTS_PER_BLOCK))
    for row, example in enumerate(full):
        for block, shares in enumerate(text_shares(example.window)):
            for position, share in enumerate(shares):
                index[row, block, position] = table.index(share.text)
                weights[row, block, position] = share.weight
    return Dataset(
        numbers=torch.from_numpy(np.stack([numeric_channels(example.window) for example in full])),
        text_index=torch.from_numpy(index),
        weights=torch.from_numpy(weights),
        nodes=torch.from_numpy(np.stack([node_features(example.window.nodes) for example in full])),
        phi=torch.tensor([example.phi for example in full], dtype=torch.float64),
    )
