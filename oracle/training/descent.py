"""Gradient descent that can be stopped and resumed without changing its result."""

import io
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from oracle.errors import SettingsError
from oracle.output import write_whole


@dataclass(frozen=True)
class Descent:
    """AdamW with linear warm-up and cosine decay."""

    steps: int
    learning_rate: float
    validate_every: int  # steps; a checkpoint is written at each
    patience: int  # validations without gain after which it stops
    weight_decay: float = 0.01
    warm_up: float = 0.1  # of the steps
    max_gradient_norm: float = math.inf
    averaging: float = (
        0.0  # weights that are validated and kept are averages of the last 1 / (1 - averaging) steps or so
    )

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        done = (step + 1) / self.steps
        if done <= self.warm_up:
            return self.learning_rate * done / self.warm_up
        return self.learning_rate * (1 + math.cos(math.pi * (done - self.warm_up) / (1 - self.warm_up))) / 2

    def average(self, averaged: Tensor, now: Tensor, steps: Tensor | int) -> Tensor:
        """An average over so many steps, moved towards the weights of the next."""
        if not averaged.is_floating_point():
            return now  # a buffer that holds indices
        kept = min(self.averaging, int(steps) / (int(steps) + 10))
        return averaged.lerp(now, 1 - kept)


def descend(
    module: nn.Module,
    loss: Callable[[], Tensor],
    validate: Callable[[], float],
    descent: Descent,
    *,
    seed: int,
    directory: Path,
    name: str,
) -> list[float]:
    """Train `module` in place and leave it with the weights whose validation was least.

    Each step seeds torch's generator from `seed` and its own number, so that a run that is resumed from its checkpoint
    ends with the same weights, bit for bit, as one that was never stopped.

    Args:
        module: What is trained: all of its parameters that require gradients.
        loss: Loss of one step; may draw on torch's generator and change buffers of the module.
        validate: What is to be small; called with the module in evaluation mode.
        descent: Length and rates.
        seed: Decides all that is drawn.
        directory: Of the run; gets `<name>.pt` and `tensorboard/<name>`.
        name: Of this stage.

    Returns:
        What each validation gave, the first before any step.

    Raises:
        SettingsError: the directory holds a checkpoint of other settings.
    """
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    # The rate is the schedule's alone, which multiplies this 1 by it.
    optimiser = torch.optim.AdamW(parameters, lr=1.0, weight_decay=descent.weight_decay)
    averaged = AveragedModel(module, avg_fn=descent.average, use_buffers=True)
    path = directory / f"{name}.pt"
    settings = asdict(descent) | {"seed": seed}
    step, validations, best = 0, list[float](), _copy(module)
    if path.exists():
        saved = torch.load(path, weights_only=True, map_location=parameters[0].device)
        if saved["settings"] != settings:
            raise SettingsError(
                f"{path} is of a run with other settings ({saved['settings']}); give another directory, or remove it"
            )
        module.load_state_dict(saved["weights"])
        optimiser.load_state_dict(saved["optimiser"])
        step, validations, best = (saved[key] for key in ("step", "validations", "best"))
        averaged.module.load_state_dict(saved["averaged"])
        averaged.n_averaged.fill_(step)
    else:
        validations.append(_validation(module, validate))
    for group in optimiser.param_groups:
        group["initial_lr"] = 1.0  # as of the optimiser, whatever the checkpoint says
    schedule = LambdaLR(optimiser, descent.rate, last_epoch=step - 1)
    with SummaryWriter(directory / "tensorboard" / name, purge_step=step) as board:
        for at in tqdm(range(step, descent.steps), desc=name, initial=step, total=descent.steps, disable=None):
            if _stale(validations) >= descent.patience:
                break
            torch.manual_seed(seed * 1_000_003 + at)
            module.train()
            value = loss()
            optimiser.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            norm = nn.utils.clip_grad_norm_(parameters, descent.max_gradient_norm)
            (rate,) = schedule.get_last_lr()
            optimiser.step()
            schedule.step()
            averaged.update_parameters(module)
            _scalars(board, at, loss=float(value.detach()), gradient_norm=float(norm), learning_rate=float(rate))
            if (at + 1) % descent.validate_every == 0 or at + 1 == descent.steps:
                current = _copy(module)
                module.load_state_dict(averaged.module.state_dict())
                reached = _validation(module, validate)
                module.load_state_dict(current)
                _scalars(board, at, validation=reached)
                if reached < min(validations):
                    best = _copy(averaged.module)
                validations.append(reached)
                _save(
                    path,
                    {
                        "settings": settings,
                        "step": at + 1,
                        "weights": module.state_dict(),
                        "optimiser": optimiser.state_dict(),
                        "validations": validations,
                        "best": best,
                        "averaged": averaged.module.state_dict(),
                    },
                )
    module.load_state_dict(best)
    module.eval()
    return validations


def _validation(module: nn.Module, validate: Callable[[], float]) -> float:
    module.eval()
    return validate()


def _stale(validations: list[float]) -> int:
    """Validations since the best one."""
    return len(validations) - 1 - validations.index(min(validations))


def _copy(module: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}


def _scalars(board: SummaryWriter, step: int, **values: float) -> None:
    for name, value in values.items():
        board.add_scalar(name, value, step)


def _save(path: Path, state: dict[str, Any]) -> None:
    octets = io.BytesIO()
    torch.save(state, octets)
    write_whole(path, octets.getvalue())
