"""The plant's mean course under a policy, differentiable in the policy's weights.

Rounds last by luck as on the plant, but transactions are a fluid without classes, and no block goes stale. Queues are
in blocks that are full at theta = 1. Whole slots and seconds have no derivative: a round's length has that of a round
whose p is not rounded, with the same luck.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from oracle.formulas.feedback import feedback_phi
from oracle.model.policy import NODE_FEATURES, Policy
from oracle.plant.definition import Definition
from oracle.plant.rounds import Engine, Slots, Work
from oracle.plant.traces import BINS_PER_T
from oracle.training.hostile import beside_hostile
from oracle.training.plant_data import PlantData
from oracle.training.policy_on_plant import LOAD
from oracle.training.pooling import Texts, as_texts, values_of
from oracle.window.numbers import CHANNELS

# Theta_0 of an episode's nodes lie this far from their mean, at most, in parts of it.
_NODE_SPREAD = 0.4
_NODES = 3


class TensorPlant:
    """A plant's data as tensors."""

    def __init__(self, data: PlantData) -> None:
        self.definition = data.definition
        total = data.traces.arrivals.sum(axis=1) / data.definition.capacity
        self._joined = torch.from_numpy(np.pad(total.cumsum(axis=1), ((0, 0), (1, 0))))
        self._hash_rates = torch.from_numpy(data.traces.hash_rates)
        self._texts = as_texts(data.readings)

    @property
    def seeds(self) -> int:
        """How many seeds it has."""
        return len(self._joined)

    @property
    def length(self) -> int:
        """T that it lasts."""
        return self._hash_rates.shape[1]

    def joined(self, rows: Tensor, time: Tensor) -> Tensor:
        """Full blocks that have come in by `time` (T), differentiable in it."""
        at = time * BINS_PER_T
        whole = at.detach().long().clamp(0, self._joined.shape[1] - 2)
        before, after = self._joined[rows, whole], self._joined[rows, whole + 1]
        return before + (after - before) * (at - whole)

    def hash_rate(self, rows: Tensor, time: Tensor) -> Tensor:
        """Relative to that at the run's start."""
        return self._hash_rates[rows, time.detach().long().clamp(0, self.length - 1)]

    def texts(self, rows: Tensor, first: Tensor, length: int) -> Texts:
        """What `length` T from `first` on say."""
        times = (first.unsqueeze(1) + torch.arange(length)).clamp(max=self.length - 1)
        return self._texts.at(rows.unsqueeze(1), times)


@dataclass(frozen=True)
class Course:
    """Episodes that are over; [episodes, blocks]."""

    backlog: Tensor  # full blocks, after each block
    phi: Tensor
    arrived: Tensor  # full blocks
    residual: Tensor  # [episodes, nodes, epochs]: what text added at the end of each


def mean_course(
    policy: Policy,
    level: Tensor,
    plant: TensorPlant,
    definition: Definition,
    table: Tensor,
    *,
    usual_phi: float,
    episodes: int,
    blocks: int,
    hostile: bool = False,
) -> Course:
    """Episodes that begin anywhere on the plant, with an empty queue and a window that fills as they go.

    Args:
        policy: In float32; sees what it would see on the plant, and texts from the episode's beginning on.
        level: Added to phi.
        plant: Arrivals, hash rates and texts.
        definition: Epochs, lag and limits.
        table: [texts, encoder_size].
        usual_phi: Phi at which difficulty is in balance when an episode begins.
        episodes: How many, drawn with torch's own generator.
        blocks: Length of each.
        hostile: Whether someone says what misleads the policy in part of them.
    """
    rows = torch.randint(plant.seeds, (episodes,))
    spare = 2 * blocks
    start = torch.randint(plant.length - spare, (episodes,))
    theta0 = plant.definition.theta0
    relative = _NODE_SPREAD * (2 * torch.rand(episodes, _NODES) - 1)
    relative = relative - relative.mean(dim=1, keepdim=True)
    own_theta0 = theta0 * (1 + relative)
    texts = plant.texts(rows, start, spare).said(values_of(policy, table))
    if hostile:
        texts = beside_hostile(policy, texts)
    low, high = definition.theta_min - own_theta0, torch.tensor(definition.max_phi)

    clock, joined = start.double(), plant.joined(rows, start.double())
    first_rate = plant.hash_rate(rows, clock)
    backlog = torch.zeros(episodes, dtype=torch.float64)
    engine = plant.definition.engine
    phi = before = (level.detach() + policy.config.feedback_constant).expand(episodes, _NODES)
    loads: list[Tensor] = []
    times: list[Tensor] = []
    backlogs, phis, residuals = [], [], []
    for block in range(blocks):
        in_force = (before if block % definition.epoch_blocks < definition.lag_blocks else phi).mean(dim=1).double()
        ahead = block - (clock - start)
        rate = plant.hash_rate(rows, clock) / first_rate * torch.exp(in_force - usual_phi)
        expected = torch.exp2(ahead / definition.retarget_parameter) / rate
        clock = clock + round_length(engine, expected, torch.empty_like(clock).exponential_())
        now = plant.joined(rows, clock)
        arrived, joined = now - joined, now
        backlog = torch.relu(backlog + arrived - theta0 - in_force)
        loads.append(arrived)
        times.append((clock.detach() - start).long().clamp(max=spare - 1))
        backlogs.append(backlog)
        phis.append(in_force)
        if block % definition.epoch_blocks == definition.epoch_blocks - 1:
            residual = _residual(policy, relative, own_theta0, phi, loads, times, texts)
            residuals.append(residual)
            wanted = level + _feedback(policy, relative, backlog) + residual
            before = phi
            phi = phi + (wanted - phi).clamp(-definition.max_step, definition.max_step)
            phi = torch.minimum(torch.maximum(phi, low), high)
    return Course(
        torch.stack(backlogs, 1),
        torch.stack(phis, 1),
        torch.stack(loads, 1).detach(),
        torch.stack(residuals, 2),
    )


def round_length(engine: Engine, expected: Tensor, luck: Tensor) -> Tensor:
    """How many T rounds last, whose p would make them last `expected` T.

    Args:
        engine: Of the plant.
        expected: T, with p not rounded.
        luck: Exponential, of mean 1.

    P is rounded up or down by chance, so that it is right on average: difficulty makes up for rounding down.
    """
    if isinstance(engine, Work):
        return luck * expected
    if isinstance(engine, Slots):
        p = (engine.slots * expected.detach() + torch.rand_like(luck)).floor().clamp(min=1)
        failures = torch.where(p > 1, (luck / -torch.log1p(-1 / p.clamp(min=2))).floor(), 0.0)
        smooth, whole = luck * expected, (1 + failures) / engine.slots
    else:
        p = (engine.seconds * expected.detach() + torch.rand_like(luck)).floor().clamp(min=1)
        turns = 1 + ((luck / -math.log(engine.missed)).floor() if engine.missed else 0.0 * luck)
        smooth, whole = turns * expected, turns * p / engine.seconds
    return smooth + (whole - smooth).detach()


def _feedback(policy: Policy, relative: Tensor, backlog: Tensor) -> Tensor:
    """[episodes, nodes]."""
    config = policy.config
    common = feedback_phi(backlog.unsqueeze(1), gain=config.feedback_gain, constant=config.feedback_constant)
    return ((1 + relative) * common.float()).clamp(-config.max_phi, config.max_phi)


def _residual(
    policy: Policy,
    relative: Tensor,
    own_theta0: Tensor,
    phi: Tensor,
    loads: list[Tensor],
    times: list[Tensor],
    texts: list[Tensor],
) -> Tensor:
    """[episodes, nodes]."""
    window = policy.config.window_blocks
    numbers = torch.zeros(len(phi), min(window, len(loads)), len(CHANNELS))
    holds = (own_theta0 + phi).mean(dim=1, keepdim=True)
    numbers[..., LOAD] = (torch.stack(loads[-window:], 1) / holds).clamp(-8, 8).float()
    nodes = torch.zeros(*phi.shape, NODE_FEATURES)
    nodes[..., 0], nodes[..., 1], nodes[..., 2] = own_theta0, relative, phi
    at = torch.stack(times[-window:], 1)
    seen = [member[torch.arange(len(phi)).unsqueeze(1), at] for member in texts]
    return policy.residual_of(seen, numbers, nodes)
