"""Beside whom a policy is trained: in part of all windows, someone who says the worst that a tenth of the weight can.

Nothing has to be searched: what can be said at worst is known (`Policy.at_worst`).
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
            policy.at_worst(each, HOSTILE_SHARE, lowest=True),
            torch.where(lot > 1 - RAISED_WINDOWS, policy.at_worst(each, HOSTILE_SHARE, lowest=False), each),
        )
        for each in said
    ]
