"""Beside whom a policy is trained: in part of all windows, someone who says the worst that a tenth of the weight can.

Nothing has to be searched: what moves phi most either way is known, since phi rises with what texts say for more load
and falls with what they say against (`oracle.model.policy`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from oracle.model.policy import Policy
from oracle.training.pooling import HOSTILE_SHARE

SILENCED_WINDOWS = 0.4  # part of the windows where what others announce is silenced as far as can be
RAISED_WINDOWS = 0.1  # part of those where more is announced than others do


def beside_hostile(policy: Policy, said: Sequence[Tensor]) -> list[Tensor]:
    """What blocks say, [windows, blocks, said] to each member, with someone hostile in some; torch's own generator."""
    lot = torch.rand(len(said[0]), 1, 1)
    return [
        torch.where(
            lot < SILENCED_WINDOWS,
            beside_one(policy, each, lowering=True),
            torch.where(lot > 1 - RAISED_WINDOWS, beside_one(policy, each, lowering=False), each),
        )
        for each in said
    ]


def beside_one(policy: Policy, said: Tensor, *, lowering: bool) -> Tensor:
    """What blocks say, [..., said], if HOSTILE_SHARE of their weight says what lowers or raises phi most."""
    size = policy.config.text_size
    announced = torch.full_like(said[..., :size], 0.0 if lowering else 1.0)
    against = torch.full_like(said[..., size:], 1.0 if lowering else 0.0)
    return (1 - HOSTILE_SHARE) * said + HOSTILE_SHARE * torch.cat([announced, against], dim=-1)
