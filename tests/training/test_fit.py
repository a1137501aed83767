"""The linear layer that says what texts say, fitted to an encoder as it is."""

import zlib
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from oracle.model.reader import LABELS
from oracle.training.said import SaidText
from oracle.training.tuning import FROZEN, TUNING, SaidReader, accuracy

_HIDDEN = 24


class Cone(nn.Module):
    """Vectors of texts that all point nearly the same way, as those of some encoders do; a little of it is sense."""

    hidden_size = _HIDDEN

    def forward(self, texts: Sequence[str]) -> Tensor:
        """[texts, hidden], each of length 1."""
        rows = []
        for text in texts:
            noise = torch.randn(_HIDDEN, generator=torch.Generator().manual_seed(zlib.crc32(text.encode())))
            common = torch.ones(_HIDDEN)
            common[LABELS.index(text.partition("#")[0])] += 0.6
            rows.append(common + 0.05 * noise)
        return nn.functional.normalize(torch.stack(rows), dim=-1)


def _said(counts: dict[str, int], first: int = 0) -> list[SaidText]:
    return [
        SaidText(f"{label}#{at}", tuple(float(label == each) for each in LABELS), "family")
        for label, count in counts.items()
        for at in range(first, first + count)
    ]


def test_rare_labels_are_told_as_well_as_frequent_ones_by_an_encoder_of_little_spread() -> None:
    torch.manual_seed(3)
    reader = SaidReader(cast("Any", Cone()), FROZEN, TUNING)
    reader.fit_head(_said({label: 3_000 if at == 0 else 60 for at, label in enumerate(LABELS)}))
    assert accuracy(reader, _said(dict.fromkeys(LABELS, 50), first=5_000)) > 0.95
    # Sure enough to count: what is below a half says nothing.
    scores = reader([f"{label}#6000" for label in LABELS]).softmax(dim=-1)
    assert scores.diagonal().min() > 0.95
