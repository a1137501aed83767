"""What hostile senders say while a policy is trained: in part of all windows, one text that moves the policy far.

Texts are chosen anew at each step, for the policy as it is then: the two of some drawn at random that raise and lower
phi most. Whoever learns beside them learns to doubt what one voice says alone.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from oracle.model.policy import Policy
from oracle.training.policy_on_plant import LOAD
from oracle.training.pooling import Texts

HOSTILE_WINDOWS = 0.5  # part of the windows where someone is
_CANDIDATES = 48
_JUDGED_WINDOWS = 16
_AT_ONCE = 16  # candidates: memory, not results, depends on it


def hostile_rows(policy: Policy, texts: Texts, values: Sequence[Tensor], nodes: Tensor) -> Tensor:
    """[windows, 1]: a row of the table for each, 0 where nobody is hostile; drawn with torch's own generator.

    Args:
        policy: As it is now.
        texts: Of the windows.
        values: Of `values_of`.
        nodes: [windows, 1, NODE_FEATURES].
    """
    count = len(texts.index)
    judged = torch.randint(count, (_JUDGED_WINDOWS,))
    candidates = torch.randint(1, len(values[0]), (_CANDIDATES,))
    extremes = extreme_rows(
        policy, Texts(texts.index[judged], texts.weights[judged]), values, nodes[judged], candidates
    )
    chosen = torch.stack(extremes)[torch.randint(2, (count,))]
    return torch.where(torch.rand(count) < HOSTILE_WINDOWS, chosen, torch.zeros_like(chosen)).unsqueeze(1)


@torch.no_grad()
def extreme_rows(
    policy: Policy, texts: Texts, values: Sequence[Tensor], nodes: Tensor, candidates: Tensor
) -> tuple[Tensor, Tensor]:
    """Of some rows, those that raise and that lower the mean residual over windows most, at a usual load."""
    windows, blocks = texts.index.shape[:2]
    moved = []
    for some in torch.split(candidates, _AT_ONCE):
        every = torch.arange(windows).repeat(len(some))
        rows = some.repeat_interleave(windows).unsqueeze(1)
        said = Texts(texts.index[every], texts.weights[every]).with_hostile(rows)
        numbers = torch.zeros(len(every), blocks, policy.config.numeric_channels, dtype=nodes.dtype)
        numbers[..., LOAD] = 1.0
        residual = policy.residual_of(said.pooled(policy, values), numbers, nodes[every])[:, 0]
        moved.append(residual.view(len(some), windows).mean(dim=1))
    return candidates[torch.cat(moved).argmax()], candidates[torch.cat(moved).argmin()]
