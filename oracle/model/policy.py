"""The policy f(v, theta0): what the encoder and the numbers say, to one phi per node.

phi_n = clip(feedback_n + text_cap * mean over members of sigmoid(b_n), -max_phi, max_phi)
feedback_n = clip(theta0_n / mean theta0 * (constant + gain * backlog), -max_phi, max_phi)

The feedback is classical: nothing in it is learnt, so no traffic is strange to it. b_n comes from the texts, the load
beside them, and the node. So text only ever raises phi, and by text_cap at most, whoever writes it: no words make a
chain slower than its feedback does.

Every text says some things that speak for more load and some that speak against it, each within [0, 1]. A block says
what its texts say, weighed by the fees that stand behind them; nothing is normalised by what others say. b_n never
falls where a block says more for load, and never rises where one says more against it, whatever the weights of the
policy; and what speaks against counts only beyond UNHEEDED_SHARE of what recent blocks say. So who pays a share of the
fees takes at most that share of what others say and adds at most that share of its own, which bounds b_n on both sides
(`Policy.at_worst`) at a given load; and where nobody else speaks against, UNHEEDED_SHARE of every block or less takes
nothing back that others announce.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oracle.formulas.feedback import FEEDBACK_CONSTANT, FEEDBACK_GAIN, feedback_phi
from oracle.window.numbers import CHANNELS

NODE_FEATURES = 3  # theta0, theta0 over mean theta0 less 1, phi in force
# Of what blocks say, recent ones counting most, what speaks against more load up to here is not heeded.
UNHEEDED_SHARE = 0.1
_FIRST_BIAS = -2.0  # of what text adds before anything is learnt: little
_SAID_BIAS = -2.0  # of what a text says before anything is learnt: little
_SAID_SCALE = 8.0  # of shares of a block, which are small where many write: inputs of about 1
_BACKLOG, _LOAD = CHANNELS.index("backlog"), CHANNELS.index("load")


@dataclass(frozen=True)
class PolicyConfig:
    """Sizes and bounds; `config.json` of a bundle."""

    encoder_size: int = 384
    numeric_channels: int = 14
    text_size: int = 24  # things that a text can say for more load
    against_size: int = 4  # things that it can say against
    hidden_size: int = 48
    window_blocks: int = 32
    max_phi: float = 0.5
    text_cap: float = 0.25  # the most that text adds to phi
    dropout: float = 0.2  # of embeddings, in training
    feedback_gain: float = FEEDBACK_GAIN  # phi by full block of backlog
    feedback_constant: float = FEEDBACK_CONSTANT
    members: int = 1  # readers of text that are averaged


class Rising(nn.Module):
    """A linear layer without bias whose weights are squares: no output falls where an input rises."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.root = nn.Parameter(torch.rand(outputs, inputs) / math.sqrt(inputs))

    def forward(self, inputs: Tensor) -> Tensor:
        """[..., inputs] -> [..., outputs]."""
        return nn.functional.linear(inputs, self.root.square())


class Member(nn.Module):
    """A reader of what blocks say, which all nodes share."""

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
        """What each text says, for and then against more load: [..., encoder_size] -> [..., said] in [0, 1]."""
        # Vectors of length 1 become such of unit variance, as a linear layer likes them.
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
            numbers: [batch, blocks, numeric_channels], oldest block first; only load and the last backlog are read.
            embeddings: [batch, texts, encoder_size]: the distinct texts of a window.
            weights: [batch, blocks, texts]: of each text in each block.
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
        """What blocks say, [..., said], if who pays a share of their fees says what lowers or raises phi most.

        No texts of such senders lead to a residual below that of the lowest or above that of the highest. Others lose
        at most that share of their weight (`oracle.window.texts`; whose weight is capped loses less).
        """
        less, more = (1 - share) * said, torch.clamp(said + share, max=1.0)
        size = self.config.text_size
        announced, against = (less, more) if lowest else (more, less)
        return torch.cat([announced[..., :size], against[..., size:]], dim=-1)
