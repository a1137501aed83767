"""The policy f(v, theta0): from what the encoder and the numbers say to one phi per node.

phi_n = clip(feedback_n + text_cap * mean over members of sigmoid(b_n), -max_phi, max_phi)
feedback_n = clip(theta0_n / mean theta0 * (constant + gain * backlog), -max_phi, max_phi)

The feedback is classical: nothing in it is learnt, so it works under traffic that no training showed. b_n is computed
from the texts, the load of the same blocks, and the node. A sigmoid is never negative, so text can only raise phi, and
by at most text_cap, whoever writes it: no words make a chain slower than its feedback does.

Each text gets scores for more load to come and scores against it, each within [0, 1]. A block's score is the sum over
its texts, weighed by the fees their senders pay; it is not normalised by what others say. Whatever the weights of the
policy, b_n never falls when a block's score for more load rises, and never rises when its score against rises. Scores
against count only beyond UNHEEDED_SHARE, in a mean over blocks. So whoever pays a share of the fees takes away at most
that share of what others say and adds at most that share of its own, which bounds b_n on both sides at a given load
(`Policy.at_worst`). If nobody else scores against, UNHEEDED_SHARE of every block cannot weaken what others announce.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oracle.formulas.feedback import FEEDBACK_CONSTANT, FEEDBACK_GAIN, feedback_phi
from oracle.window.numbers import CHANNELS

NODE_FEATURES = 3  # theta0, theta0 over mean theta0 less 1, phi in force
# Scores against more load count only beyond this, in a mean over blocks in which recent ones count most.
UNHEEDED_SHARE = 0.1
_FIRST_BIAS = -2.0  # before anything is learnt, text adds little
_SAID_BIAS = -2.0  # before anything is learnt, a text says little
_SAID_SCALE = 8.0  # shares of a block are small when many write; this makes inputs of about 1
_BACKLOG, _LOAD = CHANNELS.index("backlog"), CHANNELS.index("load")


@dataclass(frozen=True)
class PolicyConfig:
    """Sizes and bounds; `config.json` of a bundle."""

    encoder_size: int = 384
    numeric_channels: int = len(CHANNELS)  # that there were when it was made; it reads its own two by name
    text_size: int = 24  # scores of a text for more load
    against_size: int = 4  # scores of a text against more load
    hidden_size: int = 48
    window_blocks: int = 32
    max_phi: float = 0.5
    text_cap: float = 0.25  # the most that text adds to phi
    dropout: float = 0.2  # of embeddings, in training
    feedback_gain: float = FEEDBACK_GAIN  # phi per full block of backlog
    feedback_constant: float = FEEDBACK_CONSTANT
    members: int = 1  # number of readers of text, which are averaged


class Rising(nn.Module):
    """A linear layer without bias whose weights are squares: no output falls when an input rises."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.root = nn.Parameter(torch.rand(outputs, inputs) / math.sqrt(inputs))

    def forward(self, inputs: Tensor) -> Tensor:
        """[..., inputs] -> [..., outputs]."""
        return nn.functional.linear(inputs, self.root.square())


class Member(nn.Module):
    """One reader of what blocks say; all nodes share it."""

    def __init__(self, config: PolicyConfig) -> None:
        super().__init__()
        self.window_blocks, self.text_size = config.window_blocks, config.text_size
        hidden = config.hidden_size
        self.dropout = nn.Dropout(config.dropout)
        self.said = nn.Linear(config.encoder_size, config.text_size + config.against_size)
        nn.init.constant_(self.said.bias, _SAID_BIAS)
        self.announced = Rising(config.window_blocks * config.text_size, hidden)
        self.recency = nn.Parameter(torch.zeros(config.against_size, config.window_blocks))
        self.taken_back = Rising(config.against_size, hidden)
        self.context = nn.Sequential(
            nn.Linear(config.window_blocks + NODE_FEATURES, hidden), nn.Tanh(), nn.Linear(hidden, hidden)
        )
        self.head = Rising(hidden, 1)
        self.bias = nn.Parameter(torch.tensor(_FIRST_BIAS))

    def values(self, embeddings: Tensor) -> Tensor:
        """Scores of each text, first for more load, then against: [..., encoder_size] -> [..., said] in [0, 1]."""
        # Scale vectors of length 1 to unit variance, as a linear layer expects.
        return torch.sigmoid(self.said(math.sqrt(self.said.in_features) * self.dropout(embeddings)))

    def forward(self, said: Tensor, load: Tensor, nodes: Tensor) -> Tensor:
        """[batch, blocks, said], [batch, blocks], [batch, nodes, 3] -> [batch, nodes] in [0, 1]."""
        missing = self.window_blocks - said.shape[1]
        said = nn.functional.pad(said, (0, 0, missing, 0))
        load = nn.functional.pad(load, (missing, 0))
        announced = self.announced(_SAID_SCALE * said[..., : self.text_size].flatten(1))
        shares = (torch.softmax(self.recency, dim=-1).T * said[..., self.text_size :]).sum(dim=1)
        taken_back = self.taken_back(_SAID_SCALE * torch.relu(shares - UNHEEDED_SHARE))
        context = torch.cat([load.unsqueeze(1).expand(-1, nodes.shape[1], -1), nodes], dim=-1)
        hidden = torch.tanh((announced - taken_back).unsqueeze(1) + self.context(context))
        out: Tensor = torch.sigmoid(self.head(hidden).squeeze(-1) + self.bias)
        return out


class Policy(nn.Module):
    """Feedback, and what readers of text add to it."""

    def __init__(self, config: PolicyConfig) -> None:
        super().__init__()
        self.config = config
        self.members = nn.ModuleList(Member(config) for _ in range(config.members))

    @property
    def readers(self) -> tuple[Member, ...]:
        """The members, typed."""
        return tuple(member for member in self.members if isinstance(member, Member))

    def forward(self, numbers: Tensor, embeddings: Tensor, weights: Tensor, nodes: Tensor) -> Tensor:
        """Phi of every node.

        Args:
            numbers: [batch, blocks, channels], oldest block first; only load and the last backlog are read.
            embeddings: [batch, texts, encoder_size]: the distinct texts of a window.
            weights: [batch, blocks, texts]: the weight of each text in each block.
            nodes: [batch, nodes, NODE_FEATURES].

        Returns:
            [batch, nodes], within [-max_phi, max_phi].
        """
        feedback = self.feedback(numbers, nodes)
        residual = self.text_residual(numbers, embeddings, weights, nodes)
        return torch.clamp(feedback + residual, -self.config.max_phi, self.config.max_phi)

    def feedback(self, numbers: Tensor, nodes: Tensor) -> Tensor:
        """The part of phi that numbers decide, [batch, nodes]."""
        config = self.config
        backlog = torch.expm1(numbers[:, -1, _BACKLOG]).unsqueeze(1)
        phi = (1 + nodes[..., 1]) * feedback_phi(backlog, gain=config.feedback_gain, constant=config.feedback_constant)
        return torch.clamp(phi, -config.max_phi, config.max_phi)

    def text_residual(self, numbers: Tensor, embeddings: Tensor, weights: Tensor, nodes: Tensor) -> Tensor:
        """The part that text adds, [batch, nodes], within [0, text_cap]."""
        return self.residual_of([weights @ member.values(embeddings) for member in self.readers], numbers, nodes)

    def residual_of(self, block_texts: Sequence[Tensor], numbers: Tensor, nodes: Tensor) -> Tensor:
        """The same from what each block says to each member, [batch, blocks, said]."""
        load = numbers[..., _LOAD]
        added: list[Tensor] = [
            member(said, load, nodes) for member, said in zip(self.readers, block_texts, strict=True)
        ]
        return self.config.text_cap * torch.stack(added).mean(dim=0)

    def at_worst(self, said: Tensor, share: float, *, lowest: bool) -> Tensor:
        """What blocks say, [..., said], if the payer of a share of their fees says what lowers or raises phi most.

        No texts of this payer lead to a residual below the lowest or above the highest. Others lose at most that share
        of their weight, and senders whose weight is capped lose less (`oracle.window.texts`).
        """
        less, more = (1 - share) * said, torch.clamp(said + share, max=1.0)
        size = self.config.text_size
        announced, against = (less, more) if lowest else (more, less)
        return torch.cat([announced[..., :size], against[..., size:]], dim=-1)
