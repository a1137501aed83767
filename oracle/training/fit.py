"""Train what a policy adds to feedback."""

import logging
from collections.abc import Callable
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
    """R² on one set: the share of the variance that is explained."""

    phi_by_feedback: float
    phi_with_text: float
    foresight: float  # of what hindsight adds to feedback, by the text residual


def fit(policy: Policy, training: Dataset, validation: Dataset, table: Tensor, *, epochs: int, seed: int) -> None:
    """Train `policy` in place, in float64, and keep the weights that did best on the validation set."""
    generator = torch.Generator().manual_seed(seed)
    learnt = nn.ModuleList([policy.block_text, policy.text_reader, policy.text_head])

    def loss(data: Dataset, rows: Tensor, length: int) -> Tensor:
        return nn.functional.huber_loss(_predict(policy, data, table, rows, length), data.phi[rows], delta=0.1)

    _descend(policy, learnt, loss, training, validation, epochs=epochs, generator=generator)


def evaluate(policy: Policy, data: Dataset, table: Tensor) -> Fit:
    """R² with and without the text residual, over full windows."""
    feedbacks, phis = [], []
    with torch.inference_mode():
        for rows in torch.split(torch.arange(len(data)), _BATCH):
            feedbacks.append(policy.feedback(data.numbers[rows], data.nodes[rows]))
            phis.append(_predict(policy, data, table, rows, data.numbers.shape[1]))
    feedback, phi = torch.cat(feedbacks), torch.cat(phis)
    return Fit(
        phi_by_feedback=_r_squared(feedback, data.phi),
        phi_with_text=_r_squared(phi, data.phi),
        foresight=_r_squared(phi - feedback, data.phi - feedback),
    )


def _predict(policy: Policy, data: Dataset, table: Tensor, rows: Tensor, length: int) -> Tensor:
    phi: Tensor = policy(
        data.numbers[rows, -length:],
        table[data.text_index[rows, -length:]],
        data.weights[rows, -length:],
        data.nodes[rows],
    )
    return phi


def _descend(
    policy: Policy,
    part: nn.Module,
    loss_of: Callable[[Dataset, Tensor, int], Tensor],
    training: Dataset,
    validation: Dataset,
    *,
    epochs: int,
    generator: torch.Generator,
) -> None:
    parameters = list(part.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=_LEARNING_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=epochs)

    def validate() -> float:
        policy.eval()
        with torch.inference_mode():
            rows = torch.split(torch.arange(len(validation)), _BATCH)
            losses = [float(loss_of(validation, row, validation.numbers.shape[1])) * len(row) for row in rows]
        return sum(losses) / len(validation)

    best, best_weights = validate(), _copy(part)
    for epoch in range(epochs):
        policy.train()
        for step, rows in enumerate(torch.split(torch.randperm(len(training), generator=generator), _BATCH)):
            loss = loss_of(training, rows, _LENGTHS[step % len(_LENGTHS)])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
        schedule.step()
        reached = validate()
        log.info("epoch %d of %d, validation loss %.6f", epoch + 1, epochs, reached)
        if reached < best:
            best, best_weights = reached, _copy(part)
    part.load_state_dict(best_weights)
    policy.eval()


def _copy(part: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in part.state_dict().items()}


def _r_squared(got: Tensor, wanted: Tensor) -> float:
    residual = ((got - wanted) ** 2).sum()
    return float(1 - residual / ((wanted - wanted.mean()) ** 2).sum())
