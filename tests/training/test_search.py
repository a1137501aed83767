"""The search: resumable, better than the worst of its trials, and taken up by the finetuning that follows."""

from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from oracle.errors import SettingsError
from oracle.training.finetune import IMITATION, Finetuning
from oracle.training.lesson_data import DataSize
from oracle.training.search import as_found, search


@pytest.fixture
def small(small_encoder: Path) -> Finetuning:
    return Finetuning(
        encoder=str(small_encoder),
        data=DataSize(training_seeds=1, training_blocks=300, validation_seeds=1, validation_blocks=300),
        imitation=replace(IMITATION, steps=6, validate_every=3),
    )


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_a_search_goes_on_where_it_was_and_finetuning_takes_the_best(small: Finetuning, tmp_path: Path) -> None:
    assert as_found(tmp_path, small) == small
    search(tmp_path, small, 2)
    found = search(tmp_path, small, 2)
    assert found.trials == 4
    study = optuna.load_study(study_name="readers", storage=f"sqlite:///{tmp_path / 'search.sqlite'}")
    assert found.missed == min(trial.value for trial in study.trials if trial.value is not None)
    taken = as_found(tmp_path, small)
    assert taken.imitation.learning_rate == found.learning_rate
    assert (taken.policy.text_size, taken.policy.hidden_size) == (found.text_size, found.hidden_size)
    with pytest.raises(SettingsError, match="other settings"):
        search(tmp_path, replace(small, seed=8), 1)


def test_a_directory_that_is_trained_already_is_refused(small: Finetuning, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{}")
    with pytest.raises(SettingsError, match="search in a new directory"):
        search(tmp_path, small, 1)


def test_what_a_search_left_must_be_readable(small: Finetuning, tmp_path: Path) -> None:
    (tmp_path / "search.json").write_text('{"trials": 1}')
    with pytest.raises(SettingsError, match="search anew"):
        as_found(tmp_path, small)
