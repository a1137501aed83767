"""Beside whom a policy is trained: in part of all windows, someone who says the worst that a tenth of the weight can.

Nothing has to be searched: what can be said at worst is known (`Policy.at_worst`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from oracle.model.policy import Policy
from oracle.training.pooling import HOSTILE_SHARE

SILENCED_WINDOWS = 0.4  # part of the windows where what others announce is silenced as far as a tenth can
RAISED_WINDOWS = 0.1  # part of those where a tenth announces as much as it can
UNREAD_WINDOWS = 0.05  # part of those where nothing is read


def beside_hostile(policy: Policy, said: Sequence[Tensor]) -> list[Tensor]:
    """What blocks say, [windows, blocks, said] to each member, with someone hostile in some; torch's own generator."""
    lot = torch.rand(len(said[0]), 1, 1)
    silenced, raised = lot < SILENCED_WINDOWS, lot > 1 - RAISED_WINDOWS
    unread = ~silenced & (lot < SILENCED_WINDOWS + UNREAD_WINDOWS)
    beside = []
    for each in said:
        heard = torch.where(silenced, policy.at_worst(each, HOSTILE_SHARE, lowest=True), each)
        heard = torch.where(raised, policy.at_worst(each, HOSTILE_SHARE, lowest=False), heard)
        beside.append(torch.where(unread, torch.zeros_like(each), heard))
    return beside
