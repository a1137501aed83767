"""First lesson: add to feedback what a perfect reader adds.

Windows are taken from plants under plain feedback; the label is what announced crowds that do come will bring within a
horizon, in full blocks, times a weight (`oracle.plant.foresight.Reader`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from oracle.model.policy import Policy
from oracle.plant.controllers import Proportional
from oracle.plant.foresight import Reader
from oracle.plant.kernel import PHI, TIME
from oracle.plant.plant import run
from oracle.training.hostile import hostile_rows
from oracle.training.plant_data import PlantData
from oracle.training.policy_on_plant import plant_nodes, plant_numbers
from oracle.training.pooling import Texts, values_of

# Of the perfect reader, as tuned on the plant.
EXCESS_WEIGHT = 0.02
HORIZON = 30  # T
_EVERY_BLOCKS = 5  # blocks from one window to the next


@dataclass(frozen=True)
class Windows:
    """Full windows and what the residual should be in each."""

    text_index: Tensor  # [windows, blocks, texts], int64
    weights: Tensor  # [windows, blocks, texts]
    numbers: Tensor  # [windows, blocks, channels]
    nodes: Tensor  # [windows, 1, NODE_FEATURES]
    residual: Tensor  # [windows]

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.residual)


def reader_windows(data: PlantData, window_blocks: int, feedback: Proportional) -> Windows:
    """Labelled windows of one plant."""
    log = run(data.definition, data.traces, feedback).log
    excess = Reader(data.definition, data.traces, 0.0, 0.0, EXCESS_WEIGHT, HORIZON).excess
    seeds = np.arange(len(log))[:, None]
    index = np.stack([reading.index for reading in data.readings])
    weights = np.stack([reading.weights for reading in data.readings])
    parts: list[tuple[NDArray[np.generic], ...]] = []
    for end in range(window_blocks, log.shape[1], _EVERY_BLOCKS):
        times = log[:, end - window_blocks : end, TIME].astype(int)
        phi = log[:, end - 1, PHI]
        parts.append(
            (
                index[seeds, times],
                weights[seeds, times],
                plant_numbers(data.definition, log[:, :end], phi, window_blocks),
                plant_nodes(data.definition, phi),
                EXCESS_WEIGHT * excess[seeds[:, 0], times[:, -1]],
            )
        )
    index, weights, numbers, nodes, residual = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Windows(
        torch.from_numpy(index).long(),
        torch.from_numpy(weights),
        torch.from_numpy(numbers).float(),
        torch.from_numpy(nodes).float(),
        torch.from_numpy(residual).float(),
    )


def joined(parts: Sequence[Windows]) -> Windows:
    """All windows of several plants."""
    return Windows(*(torch.cat([getattr(part, name) for part in parts]) for name in Windows.__dataclass_fields__))


def some(windows: Windows, count: int) -> Windows:
    """Every so manieth of the windows."""
    rows = torch.linspace(0, len(windows) - 1, min(count, len(windows))).long()
    return Windows(*(getattr(windows, name)[rows] for name in Windows.__dataclass_fields__))


def imitation_loss(policy: Policy, windows: Windows, table: Tensor, rows: Tensor) -> Tensor:
    """Huber loss of the residual on some windows, with hostile texts in part of them.

    A label beyond the cap asks for the cap.
    """
    wanted = windows.residual[rows].clamp(max=policy.config.text_cap)
    texts, values = Texts(windows.text_index[rows], windows.weights[rows]), values_of(policy, table)
    texts = texts.with_hostile(hostile_rows(policy, texts, values, windows.nodes[rows]))
    got = policy.residual_of(texts.pooled(policy, values), windows.numbers[rows], windows.nodes[rows])[:, 0]
    return nn.functional.huber_loss(got, wanted, delta=0.1)


def residual(policy: Policy, windows: Windows, table: Tensor, rows: Tensor) -> Tensor:
    """The policy's text residual on some windows, [rows]."""
    texts = Texts(windows.text_index[rows], windows.weights[rows]).pooled(policy, values_of(policy, table))
    return policy.residual_of(texts, windows.numbers[rows], windows.nodes[rows])[:, 0]


def r_squared(policy: Policy, windows: Windows, table: Tensor) -> float:
    """The share of the residual's variance over `windows` that the policy explains."""
    with torch.inference_mode():
        got = torch.cat(
            [residual(policy, windows, table, rows) for rows in torch.split(torch.arange(len(windows)), 512)]
        )
    wanted = windows.residual.clamp(max=policy.config.text_cap)
    return float(1 - ((got - wanted) ** 2).sum() / ((wanted - wanted.mean()) ** 2).sum())
