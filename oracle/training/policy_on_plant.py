"""The policy as a controller of the plant."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from oracle.model.policy import NODE_FEATURES, Policy
from oracle.plant.definition import Definition
from oracle.plant.kernel import ARRIVED, BACKLOG, TIME
from oracle.plant.plant import Observation
from oracle.plant.tune import ControllerFamily
from oracle.window.numbers import CHANNELS

Floats = NDArray[np.float64]
LOAD, _BACKLOG = CHANNELS.index("load"), CHANNELS.index("backlog")


def plant_numbers(definition: Definition, log: Floats, phi: Floats, window_blocks: int) -> Floats:
    """The numeric channels of windows that end with a log: [seeds, blocks, channels]; NaN where the plant has none."""
    rows = log[:, -window_blocks:]
    numbers = np.full((*rows.shape[:2], len(CHANNELS)), np.nan)
    numbers[:, :, LOAD] = rows[:, :, ARRIVED] / ((definition.theta0 + phi) * definition.capacity)[:, None]
    numbers[:, :, _BACKLOG] = np.log1p(rows[:, :, BACKLOG] / definition.capacity)
    return np.clip(numbers, -8.0, 8.0)


def plant_nodes(definition: Definition, phi: Floats) -> Floats:
    """Node features of the one node that stands for all: [seeds, 1, NODE_FEATURES]."""
    nodes = np.zeros((len(phi), 1, NODE_FEATURES))
    nodes[:, 0, 0], nodes[:, 0, 2] = definition.theta0, phi
    return nodes


@dataclass(frozen=True)
class PolicyOnPlant:
    """A policy, moved by a level so that all controllers can be compared at one mean theta."""

    policy: Policy  # float64, in evaluation mode
    texts: tuple[Tensor, ...]  # of `oracle.training.pooling.block_texts`
    level: float = 0.0  # added to phi

    def __call__(self, seen: Observation) -> Floats:
        """Phi of each seed."""
        if not seen.block:
            return np.full(len(seen.phi), self.level + self.policy.config.feedback_constant)
        window = self.policy.config.window_blocks
        numbers = torch.from_numpy(plant_numbers(seen.definition, seen.log, seen.phi, window))
        nodes = torch.from_numpy(plant_nodes(seen.definition, seen.phi))
        times = torch.from_numpy(seen.log[:, -window:, TIME].astype(np.int64))
        rows = torch.arange(len(times)).unsqueeze(1)
        with torch.inference_mode():
            residual = self.policy.residual_of([texts[rows, times] for texts in self.texts], numbers, nodes)
            phi = self.level + self.policy.feedback(numbers, nodes) + residual
        return np.asarray(phi[:, 0])


def fixed_texts(name: str, policy: Policy, texts: tuple[Tensor, ...]) -> ControllerFamily:
    """The policy on traces whose texts are known, as something that has a level and nothing else to tune.

    Args:
        name: What to call it.
        policy: In float64, in evaluation mode.
        texts: Of `oracle.training.pooling.block_texts`.
    """
    return ControllerFamily(name, lambda _, __, level, ___: PolicyOnPlant(policy, texts, level), (-0.3, 0.3))
