"""Second lesson: lower the plant's own cost, by gradients through its mean course.

The cost of an episode is the mean of a backlog's cost over what arrives, quadratic at first and linear for long ones,
of which a percentile takes no notice. Latencies compare only at equal mean theta, so a level for each plant and
definition, which is dropped afterwards, holds mean phi at TRAINING_MEAN_PHI; and mean phi has a price: that at which
moving the level would neither gain nor lose. So the policy learns when to raise phi, not how far. What is left free by
this, the residual where nothing is said, is drawn to 0: the smaller half of the residuals has a price of its own. In
part of the episodes someone says what misleads the policy (`hostile.py`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from oracle.model.policy import Policy
from oracle.plant.definition import EPOCH_10, EPOCH_20
from oracle.training.mean_course import TensorPlant, mean_course

MEAN_PHI = 0.09  # at which controllers are compared
TRAINING_MEAN_PHI = 0.13  # with more crowds than there, so that phi outside them is the same
DEFINITIONS = (EPOCH_10, EPOCH_20)
_EPISODES = 64
_BLOCKS_COUNTED = 120
_LONG_BACKLOG = 6.0  # full blocks
_REST_PRICE = 50.0  # of the mean of the smaller half of the residuals
_FIRST_PRICE = 50.0
_PRICE_RATE = 0.05  # of what moving the level would gain, at each step
_LEVEL_RATE = 0.1  # of the distance of mean phi, at each step


class Refinement(nn.Module):
    """A policy in training, with what the training itself has to know."""

    price: Tensor  # [plants, definitions]
    level: Tensor  # [plants, definitions]

    def __init__(self, policy: Policy, plants: Sequence[TensorPlant], table: Tensor) -> None:
        super().__init__()
        self.policy = policy
        self._plants, self._texts = plants, table
        shape = len(plants), len(DEFINITIONS)
        self.register_buffer("price", torch.full(shape, _FIRST_PRICE))
        self.register_buffer("level", torch.zeros(shape))

    def loss(self) -> Tensor:
        """The cost of some episodes on one of the plants, under one of the definitions."""
        at = tuple(int(torch.randint(count, ())) for count in self.price.shape)
        level = self.level[at].clone().requires_grad_()
        level.register_hook(lambda gain: self._change_price(at, gain))  # type: ignore[no-untyped-call]
        window = self.policy.config.window_blocks
        course = mean_course(
            self.policy,
            level,
            self._plants[at[0]],
            DEFINITIONS[at[1]],
            self._texts,
            usual_phi=TRAINING_MEAN_PHI,
            episodes=_EPISODES,
            blocks=window + _BLOCKS_COUNTED,
            hostile=True,
        )
        # The first window is not counted: the policy does not know yet what was said before.
        backlog, phi, arrived = (each[:, window:] for each in (course.backlog, course.phi, course.arrived))
        mean_phi = phi.mean()
        self.level[at] -= _LEVEL_RATE * float(mean_phi.detach() - TRAINING_MEAN_PHI)
        cost: Tensor = (backlog**2 / (1 + backlog / _LONG_BACKLOG) * arrived).sum() / arrived.sum()
        at_rest = course.residual.flatten().sort().values[: course.residual.numel() // 2].mean()
        return cost + float(self.price[at]) * mean_phi + _REST_PRICE * at_rest

    def _change_price(self, at: tuple[int, ...], gain: Tensor) -> None:
        self.price[at] = max(0.0, float(self.price[at] - _PRICE_RATE * gain))
