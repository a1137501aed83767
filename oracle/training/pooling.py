"""What a policy makes of many texts at once: each text of a table is read once, then weighed by block."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from oracle.model.policy import Policy
from oracle.training.readings import Reading

# Of every block's weight, where someone is hostile: a tenth of the transactions at the fees that others pay.
HOSTILE_SHARE = 0.1


@dataclass(frozen=True)
class Texts:
    """What blocks say: rows of a table, with their weights. Runs are windows, or whole seeds of a plant."""

    index: Tensor  # [runs, blocks, texts], int32
    weights: Tensor  # [runs, blocks, texts]; 0 where there is no text

    def at(self, runs: Tensor, times: Tensor) -> "Texts":
        """Some blocks of some runs: [windows, 1] and [windows, blocks]."""
        return Texts(self.index[runs, times], self.weights[runs, times])

    def with_hostile(self, rows: Tensor) -> "Texts":
        """The same where one text more holds HOSTILE_SHARE of a block.

        Args:
            rows: [runs, blocks] or, for all blocks of a run, [runs, 1]: of the table; 0 where nobody is hostile.
        """
        rows = rows.to(self.index.dtype).expand(self.index.shape[:2]).unsqueeze(-1)
        share = HOSTILE_SHARE * (rows > 0).to(self.weights.dtype)
        return Texts(torch.cat([self.index, rows], dim=-1), torch.cat([(1 - share) * self.weights, share], dim=-1))

    def said(self, values: Sequence[Tensor]) -> list[Tensor]:
        """What every block says, to each member: [runs, blocks, said]; `values` are of `values_of`."""
        runs, blocks, texts = self.index.shape
        index, weights = self.index.view(-1, texts), self.weights.view(-1, texts)
        return [
            nn.functional.embedding_bag(index, value, per_sample_weights=weights.to(value.dtype), mode="sum").view(
                runs, blocks, -1
            )
            for value in values
        ]


def values_of(policy: Policy, table: Tensor) -> list[Tensor]:
    """What every text of a table says, to each member: [texts, said]."""
    return [member.values(table) for member in policy.readers]


def as_texts(readings: Sequence[Reading]) -> Texts:
    """Readings of several seeds."""
    return Texts(
        torch.from_numpy(np.stack([reading.index for reading in readings])),
        torch.from_numpy(np.stack([reading.weights for reading in readings])),
    )


def block_texts(policy: Policy, texts: Texts, table: Tensor) -> tuple[Tensor, ...]:
    """What every block says to each member: [runs, blocks, said] each."""
    with torch.inference_mode():
        return tuple(texts.said(values_of(policy, table)))
