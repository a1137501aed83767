"""Train a policy: feedback from numbers first, then the text residual on top of it, frozen."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oracle.model.policy import Policy
from oracle.training.dataset import Dataset

log = logging.getLogger(__name__)

_BATCH = 64
_LEARNING_RATE = 3e-3
# Windows are cut to these lengths in turn, so that a young chain's short window is no stranger.
_LENGTHS = (32, 32, 32, 16, 8, 4)


@dataclass(frozen=True)
class Fit:
    """R² of phi on one set: the share of its variance that is explained."""

    numbers_only: float
    with_text: float


def fit(policy: Policy, training: Dataset, table: Tensor, *, epochs: int, seed: int) -> None:
    """Train `policy` in place, in float64."""
    generator = torch.Generator().manual_seed(seed)
    numeric = [*policy.numeric_reader.parameters(), *policy.numeric_head.parameters()]
    textual = [*policy.block_text.parameters(), *policy.text_reader.parameters(), *policy.text_head.parameters()]

    def numeric_loss(rows: Tensor, length: int) -> Tensor:
        phi = policy.feedback(training.numbers[rows, -length:], training.nodes[rows])
        return nn.functional.huber_loss(phi, training.phi[rows], delta=0.1)

    def full_loss(rows: Tensor, length: int) -> Tensor:
        return nn.functional.huber_loss(_predict(policy, training, table, rows, length), training.phi[rows], delta=0.1)

    _descend(numeric, numeric_loss, examples=len(training), epochs=epochs, generator=generator, name="numbers")
    _descend(textual, full_loss, examples=len(training), epochs=epochs, generator=generator, name="text")


def evaluate(policy: Policy, data: Dataset, table: Tensor) -> Fit:
    """R² with and without the text residual, over full windows."""
    numbers, texts = [], []
    with torch.inference_mode():
        for rows in torch.arange(len(data)).split(_BATCH):
            numbers.append(policy.feedback(data.numbers[rows], data.nodes[rows]))
            texts.append(_predict(policy, data, table, rows, data.numbers.shape[1]))
    return Fit(numbers_only=_r_squared(torch.cat(numbers), data.phi), with_text=_r_squared(torch.cat(texts), data.phi))


def _predict(policy: Policy, data: Dataset, table: Tensor, rows: Tensor, length: int) -> Tensor:
    phi: Tensor = policy(
        data.numbers[rows, -length:],
        table[data.text_index[rows, -length:]],
        data.weights[rows, -length:],
        data.nodes[rows],
    )
    return phi


def _descend(
    parameters: Iterable[nn.Parameter],
    loss_of: Callable[[Tensor, int], Tensor],
    *,
    examples: int,
    epochs: int,
    generator: torch.Generator,
    name: str,
) -> None:
    parameters = list(parameters)
    optimiser = torch.optim.AdamW(parameters, lr=_LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=epochs)
    for epoch in range(epochs):
        total = 0.0
        for step, rows in enumerate(torch.randperm(examples, generator=generator).split(_BATCH)):
            loss = loss_of(rows, _LENGTHS[step % len(_LENGTHS)])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            total += loss.item() * len(rows)
        schedule.step()
        log.info("%s: epoch %d of %d, loss %.6f", name, epoch + 1, epochs, total / examples)


def _r_squared(got: Tensor, wanted: Tensor) -> float:
    residual = ((got - wanted) ** 2).sum()
    return float(1 - residual / ((wanted - wanted.mean()) ** 2).sum())
