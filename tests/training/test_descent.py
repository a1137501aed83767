"""Descent: resumed or not, the same weights; the best ones kept; no run mixed up with another."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor, nn

from oracle.errors import SettingsError
from oracle.training.descent import Descent, descend

_DESCENT = Descent(steps=30, learning_rate=1e-2, validate_every=5, patience=10)


class _Stop(Exception):
    pass


def _train(directory: Path, descent: Descent, stop_at: int | None = None) -> tuple[nn.Module, list[float]]:
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    steps = 0

    def loss() -> Tensor:
        nonlocal steps
        steps += 1
        if steps == stop_at:
            raise _Stop
        x = torch.randn(16, 4)
        missed: Tensor = module(x) - x.sum(dim=1, keepdim=True)
        return (missed**2).mean()

    def validate() -> float:
        x = torch.linspace(-1, 1, 32).reshape(8, 4)
        with torch.inference_mode():
            return float(((module(x) - x.sum(dim=1, keepdim=True)) ** 2).mean())

    return module, descend(module, loss, validate, descent, seed=3, directory=directory, name="lesson")


def _weights(module: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


def test_a_run_that_was_stopped_and_resumed_ends_with_the_same_weights(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "halves").mkdir()
    whole, validations = _train(tmp_path / "whole", _DESCENT)
    with pytest.raises(_Stop):
        _train(tmp_path / "halves", _DESCENT, stop_at=13)
    resumed, again = _train(tmp_path / "halves", _DESCENT)
    assert validations == again
    assert len(validations) == 1 + 30 // 5
    assert torch.equal(_weights(whole), _weights(resumed))
    assert validations[-1] < validations[0]


def test_the_best_weights_are_kept_and_it_stops_without_gain(tmp_path: Path) -> None:
    module = nn.Linear(1, 1)
    scores = iter([5.0, 4.0, 3.0, 6.0, 7.0, 2.0])
    seen = []

    def validate() -> float:
        seen.append(_weights(module))
        return next(scores)

    descend(
        module,
        lambda: module(torch.ones(1, 1)).sum(),
        validate,
        replace(_DESCENT, patience=2),
        seed=0,
        directory=tmp_path,
        name="lesson",
    )
    assert len(seen) == 5  # two without gain after the best; the 2.0 is never reached
    assert torch.equal(_weights(module), seen[2])
    assert not module.training


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    _train(tmp_path, _DESCENT)
    with pytest.raises(SettingsError, match="other settings"):
        _train(tmp_path, replace(_DESCENT, learning_rate=2e-2))


def test_scalars_are_logged(tmp_path: Path) -> None:
    _train(tmp_path, _DESCENT)
    events = EventAccumulator(str(tmp_path / "tensorboard" / "lesson")).Reload()
    assert {"loss", "validation", "learning_rate", "gradient_norm"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("validation")] == [4, 9, 14, 19, 24, 29]
