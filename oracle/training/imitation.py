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
from oracle.training.hostile import beside_hostile
from oracle.training.plant_data import PlantData
from oracle.training.policy_on_plant import plant_nodes, plant_numbers
from oracle.training.pooling import Texts, as_texts, values_of

# Of the perfect reader, as tuned on the plant.
EXCESS_WEIGHT = 0.02
HORIZON = 30  # T
_EVERY_BLOCKS = 5  # blocks from one window to the next


@dataclass(frozen=True)
class Windows:
    """Full windows and what the residual should be in each."""

    texts: Texts  # of whole runs
    run: Tensor  # [windows]: of texts
    times: Tensor  # [windows, blocks]: T of the run
    numbers: Tensor  # [windows, blocks, channels]
    nodes: Tensor  # [windows, 1, NODE_FEATURES]
    residual: Tensor  # [windows]

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.residual)

    def some(self, rows: Tensor) -> "Windows":
        """Some of them."""
        return Windows(
            self.texts, self.run[rows], self.times[rows], self.numbers[rows], self.nodes[rows], self.residual[rows]
        )

    def said(self, policy: Policy, table: Tensor) -> list[Tensor]:
        """What blocks say to each member, [windows, blocks, said]."""
        return self.texts.at(self.run.unsqueeze(1), self.times).said(values_of(policy, table))


def reader_windows(data: PlantData, window_blocks: int, feedback: Proportional) -> Windows:
    """Labelled windows of one plant."""
    log = run(data.definition, data.traces, feedback).log
    excess = Reader(data.definition, data.traces, 0.0, 0.0, EXCESS_WEIGHT, HORIZON).excess
    seeds = np.arange(len(log))
    parts: list[tuple[NDArray[np.generic], ...]] = []
    for end in range(window_blocks, log.shape[1], _EVERY_BLOCKS):
        times = log[:, end - window_blocks : end, TIME].astype(int)
        phi = log[:, end - 1, PHI]
        parts.append(
            (
                seeds,
                times,
                plant_numbers(data.definition, log[:, :end], phi, window_blocks),
                plant_nodes(data.definition, phi),
                EXCESS_WEIGHT * excess[seeds, times[:, -1]],
            )
        )
    runs, times, numbers, nodes, residual = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Windows(
        as_texts(data.readings),
        torch.from_numpy(runs),
        torch.from_numpy(times),
        torch.from_numpy(numbers).float(),
        torch.from_numpy(nodes).float(),
        torch.from_numpy(residual).float(),
    )


def joined(parts: Sequence[Windows]) -> Windows:
    """All windows of several plants, whose runs last equally long."""
    before = np.cumsum([0, *(len(part.texts.index) for part in parts)])
    return Windows(
        Texts(torch.cat([part.texts.index for part in parts]), torch.cat([part.texts.weights for part in parts])),
        torch.cat([part.run + int(runs) for part, runs in zip(parts, before[:-1], strict=True)]),
        *(torch.cat([getattr(part, name) for part in parts]) for name in ("times", "numbers", "nodes", "residual")),
    )


def some(windows: Windows, count: int) -> Windows:
    """Every so manieth of the windows."""
    return windows.some(torch.linspace(0, len(windows) - 1, min(count, len(windows))).long())


def imitation_loss(policy: Policy, windows: Windows, table: Tensor) -> Tensor:
    """Huber loss of the residual on windows, with someone hostile in part of them.

    A label beyond the cap asks for the cap.
    """
    wanted = windows.residual.clamp(max=policy.config.text_cap)
    said = beside_hostile(policy, windows.said(policy, table))
    got = policy.residual_of(said, windows.numbers, windows.nodes)[:, 0]
    return nn.functional.huber_loss(got, wanted, delta=0.1)


def r_squared(policy: Policy, windows: Windows, table: Tensor) -> float:
    """The share of the residual's variance over `windows` that the policy explains."""
    got, wanted = _got_and_wanted(policy, windows, table)
    return float(1 - ((got - wanted) ** 2).sum() / ((wanted - wanted.mean()) ** 2).sum())


def squared_correlation(policy: Policy, windows: Windows, table: Tensor) -> float:
    """The same for the best linear function of what the policy adds: refinement decides on scale and rest anew."""
    return float(torch.corrcoef(torch.stack(_got_and_wanted(policy, windows, table)))[0, 1] ** 2)


def _got_and_wanted(policy: Policy, windows: Windows, table: Tensor) -> tuple[Tensor, Tensor]:
    """[windows] each."""
    with torch.inference_mode():
        got = torch.cat(
            [
                policy.residual_of(part.said(policy, table), part.numbers, part.nodes)[:, 0]
                for part in map(windows.some, torch.split(torch.arange(len(windows)), 512))
            ]
        )
    return got, windows.residual.clamp(max=policy.config.text_cap)
