"""`catalyst train search`: learning rate and sizes of the readers of text, by Optuna on the first lesson, cut short."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import optuna
import torch

from oracle.errors import SettingsError
from oracle.model.policy import Policy, PolicyConfig
from oracle.plant.controllers import Proportional
from oracle.training.descent import Descent, descend
from oracle.training.finetune import (
    BATCH,
    VALIDATION_WINDOWS,
    Finetuning,
    settle,
)
from oracle.training.imitation import imitation_loss, joined, r_squared, reader_windows, some
from oracle.training.lesson_data import lesson_data

FILE = "search.json"
_STUDY, _STORAGE, _SETTINGS = "readers", "search.sqlite", "search-settings.json"
_STEPS = 400


@dataclass(frozen=True)
class Found:
    """The best of a search."""

    trials: int  # all that were finished in this directory
    missed: float  # 1 - R² of what a reader adds, on validation
    learning_rate: float
    text_size: int
    hidden_size: int
    dropout: float


def search(directory: Path, finetuning: Finetuning, trials: int) -> Found:
    """Try some more settings in a run directory, and write the best of all tried there to FILE.

    Trials are kept in SQLite: a search that was stopped goes on, and one that is done can be made longer.

    Raises:
        SettingsError: the directory holds a search with other settings, or a run that is trained already.
    """
    if (directory / "settings.json").exists():
        raise SettingsError(f"{directory} holds a run with its settings already; search in a new directory")
    torch.set_num_threads(1)
    directory.mkdir(parents=True, exist_ok=True)
    settle(directory / _SETTINGS, finetuning)
    window = finetuning.policy.window_blocks
    data = lesson_data(directory, finetuning.encoder, finetuning.seed, finetuning.data, window)
    feedback = Proportional(finetuning.policy.feedback_gain, finetuning.policy.feedback_constant)
    training = joined([reader_windows(plant, window, feedback) for plant in data.training])
    validation = some(reader_windows(data.known, window, feedback), VALIDATION_WINDOWS)

    def missed(trial: optuna.Trial) -> float:
        config = replace(
            finetuning.policy,
            encoder_size=data.table.shape[1],
            members=1,
            text_size=trial.suggest_categorical("text_size", [8, 16, 24, 32, 64]),
            hidden_size=trial.suggest_categorical("hidden_size", [16, 32, 48, 64]),
            dropout=trial.suggest_float("dropout", 0.0, 0.5),
        )
        rate = trial.suggest_float("learning_rate", 3e-4, 3e-2, log=True)
        torch.manual_seed(finetuning.seed)
        policy = Policy(config)
        validations = descend(
            policy,
            lambda: imitation_loss(policy, training.some(torch.randint(len(training), (BATCH,))), data.table),
            lambda: 1 - r_squared(policy, validation, data.table),
            _short(finetuning.imitation, rate),
            seed=finetuning.seed,
            directory=directory,
            name=f"trial-{trial.number}",
        )
        (directory / f"trial-{trial.number}.pt").unlink(missing_ok=True)  # what it came to is in the study
        return min(validations)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = f"sqlite:///{(directory / _STORAGE).resolve()}"
    sampler = optuna.samplers.TPESampler(seed=finetuning.seed)
    study = optuna.create_study(
        study_name=_STUDY, storage=storage, sampler=sampler, direction="minimize", load_if_exists=True
    )
    study.optimize(missed, n_trials=trials, show_progress_bar=True)
    found = Found(trials=len(study.trials), missed=study.best_value, **study.best_params)
    (directory / FILE).write_text(json.dumps(asdict(found), indent=1) + "\n")
    return found


def as_found(directory: Path, finetuning: Finetuning) -> Finetuning:
    """The settings with what a search in the run directory found best; as they are where there was none.

    Raises:
        SettingsError: what the search left cannot be read.
    """
    path = directory / FILE
    if not path.exists():
        return finetuning
    try:
        found = Found(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"{path} cannot be read ({type(error).__name__}); search anew, or remove it") from error
    policy: PolicyConfig = replace(
        finetuning.policy, text_size=found.text_size, hidden_size=found.hidden_size, dropout=found.dropout
    )
    return replace(
        finetuning, policy=policy, imitation=replace(finetuning.imitation, learning_rate=found.learning_rate)
    )


def _short(descent: Descent, rate: float) -> Descent:
    steps = min(_STEPS, descent.steps)
    return replace(
        descent, steps=steps, learning_rate=rate, validate_every=min(descent.validate_every, steps), patience=steps
    )
