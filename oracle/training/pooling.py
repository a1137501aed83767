"""What a policy makes of many texts at once: each text of a table is read once, then pooled by block."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from oracle.model.policy import Policy
from oracle.training.readings import Reading

# Of every block's weight, where someone is hostile: a tenth of the transactions at the fees that others pay.
HOSTILE_SHARE = 0.1


@dataclass(frozen=True)
class Texts:
    """What blocks say: rows of a table, with their weights. Runs are windows, or whole seeds of a plant."""

    index: Tensor  # [runs, blocks, texts], int64
    weights: Tensor  # [runs, blocks, texts]

    def with_hostile(self, rows: Tensor) -> "Texts":
        """The same where one text more holds HOSTILE_SHARE of a block.

        Args:
            rows: [runs, blocks] or, for all blocks of a run, [runs, 1]: of the table; 0 where nobody is hostile.
        """
        rows = rows.expand(self.index.shape[:2]).unsqueeze(-1)
        share = HOSTILE_SHARE * (rows > 0).to(self.weights.dtype)
        return Texts(torch.cat([self.index, rows], dim=-1), torch.cat([(1 - share) * self.weights, share], dim=-1))

    def pooled(self, policy: Policy, values: Sequence[Tensor]) -> list[Tensor]:
        """What each member makes of them: [runs, blocks, text_size].

        Args:
            policy: Whose members read.
            values: Of `values_of`.
        """
        return [
            member.block_text.pool(value[self.index], self.weights)
            for member, value in zip(policy.readers, values, strict=True)
        ]


def values_of(policy: Policy, table: Tensor) -> list[Tensor]:
    """What every text of a table says, to each member: [texts, text_size]."""
    return [member.block_text.values(table) for member in policy.readers]


def as_texts(readings: Sequence[Reading]) -> Texts:
    """Readings of several seeds."""
    return Texts(
        torch.from_numpy(np.stack([reading.index for reading in readings])).long(),
        torch.from_numpy(np.stack([reading.weights for reading in readings])),
    )


def block_texts(policy: Policy, texts: Texts, table: Tensor) -> tuple[Tensor, ...]:
    """What each member makes of the texts of every block: [runs, blocks, text_size] each, run by run."""
    with torch.inference_mode():
        values = values_of(policy, table)
        by_run = [
            Texts(index.unsqueeze(0), weights.unsqueeze(0).to(table.dtype)).pooled(policy, values)
            for index, weights in zip(texts.index, texts.weights, strict=True)
        ]
        return tuple(torch.cat(member) for member in zip(*by_run, strict=True))
