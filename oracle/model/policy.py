"""The policy f(v, theta0): what the encoder and the numbers say, to one phi per node.

phi_n = clip(feedback_n + text_cap * mean over members of sigmoid(b_n), -max_phi, max_phi)
feedback_n = clip(theta0_n / mean theta0 * (constant + gain * backlog), -max_phi, max_phi)

The feedback is classical: nothing in it is learnt, so no traffic is strange to it. b_n comes from the texts, the
load beside them, and the node. So text only ever raises phi, and by text_cap at most, whoever writes it: no words make
a chain slower than its feedback does. Within a block, texts are pooled by attention whose scores are bounded too, on
weights that fees limit per sender.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oracle.window.numbers import CHANNELS

NODE_FEATURES = 3  # theta0, theta0 over mean theta0 less 1, phi in force
FEEDBACK_GAIN, FEEDBACK_CONSTANT = 0.4, 0.05
_FIRST_BIAS = -2.0  # of what text adds before anything is learnt: little
_BACKLOG, _LOAD = CHANNELS.index("backlog"), CHANNELS.index("load")


@dataclass(frozen=True)
class PolicyConfig:
    """Sizes and bounds; `config.json` of a bundle."""

    encoder_size: int = 384
    numeric_channels: int = 14
    text_size: int = 16
    hidden_size: int = 32
    window_blocks: int = 32
    max_phi: float = 0.5
    text_cap: float = 0.25  # the most that text adds to phi
    max_score: float = 1.0  # attention weights within a block differ by at most exp(2 * max_score)
    dropout: float = 0.2  # of embeddings, in training
    feedback_gain: float = FEEDBACK_GAIN  # phi by full block of backlog
    feedback_constant: float = FEEDBACK_CONSTANT
    members: int = 1  # readers of text that are averaged


class BlockText(nn.Module):
    """Attention pooling of a block's texts, to v_t."""

    def __init__(self, config: PolicyConfig) -> None:
        super().__init__()
        self.max_score = config.max_score
        self.dropout = nn.Dropout(config.dropout)
        self.project = nn.Linear(config.encoder_size, config.text_size)
        self.score = nn.Linear(config.text_size, 1)

    def forward(self, embeddings: Tensor, weights: Tensor) -> Tensor:
        """Pool texts.

        Args:
            embeddings: [..., texts, encoder_size].
            weights: [..., texts], 0 where there is no text.

        Returns:
            [..., text_size]; zeros for a block without text.
        """
        return self.pool(self.values(embeddings), weights)

    def values(self, embeddings: Tensor) -> Tensor:
        """What each text says: [..., encoder_size] -> [..., text_size]."""
        return torch.tanh(self.project(self.dropout(embeddings)))

    def pool(self, values: Tensor, weights: Tensor) -> Tensor:
        """[..., texts, text_size] and [..., texts] -> [..., text_size]."""
        scores = self.max_score * torch.tanh(self.score(values)).squeeze(-1)
        attention = weights * torch.exp(scores)
        total = attention.sum(dim=-1, keepdim=True)
        attention = attention / torch.where(total > 0, total, torch.ones_like(total))
        return (attention.unsqueeze(-1) * values).sum(dim=-2)


class Member(nn.Module):
    """A recurrent reader of what blocks say, and a head that all nodes share."""

    def __init__(self, config: PolicyConfig) -> None:
        super().__init__()
        hidden = config.hidden_size
        self.block_text = BlockText(config)
        self.text_reader = nn.GRU(config.text_size + 1, hidden, batch_first=True)
        self.text_head = _head(hidden + NODE_FEATURES, hidden)

    def forward(self, block_texts: Tensor, load: Tensor, nodes: Tensor) -> Tensor:
        """[batch, blocks, text_size], [batch, blocks, 1], [batch, nodes, 3] -> [batch, nodes] in [0, 1]."""
        _, state = self.text_reader(torch.cat([block_texts, load], dim=-1))
        shared = state[-1].unsqueeze(1).expand(-1, nodes.shape[1], -1)
        out: Tensor = torch.sigmoid(self.text_head(torch.cat([shared, nodes], dim=-1)).squeeze(-1))
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
            numbers: [batch, blocks, numeric_channels], oldest block first.
            embeddings: [batch, blocks, texts, encoder_size].
            weights: [batch, blocks, texts], 0 where there is no text.
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
        phi = (1 + nodes[..., 1]) * (config.feedback_constant + config.feedback_gain * backlog)
        return torch.clamp(phi, -config.max_phi, config.max_phi)

    def text_residual(self, numbers: Tensor, embeddings: Tensor, weights: Tensor, nodes: Tensor) -> Tensor:
        """The part that text adds, [batch, nodes], within [0, text_cap]."""
        return self.residual_of([member.block_text(embeddings, weights) for member in self.readers], numbers, nodes)

    def residual_of(self, block_texts: Sequence[Tensor], numbers: Tensor, nodes: Tensor) -> Tensor:
        """The same from texts that each member has pooled by block, [batch, blocks, text_size]."""
        load = numbers[..., _LOAD : _LOAD + 1]
        said: list[Tensor] = [
            member(texts, load, nodes) for member, texts in zip(self.readers, block_texts, strict=True)
        ]
        return self.config.text_cap * torch.stack(said).mean(dim=0)


def _head(inputs: int, hidden: int) -> nn.Sequential:
    head = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, 1))
    last = head[2]
    assert isinstance(last, nn.Linear)  # noqa: S101 - for the type checker
    nn.init.uniform_(last.weight, -1 / math.sqrt(hidden) / 10, 1 / math.sqrt(hidden) / 10)
    nn.init.constant_(last.bias, _FIRST_BIAS)
    return head
