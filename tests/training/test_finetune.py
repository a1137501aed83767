"""`catalyst train` in small: data, lessons, figures, a bundle that loads."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from oracle.errors import BundleError, SettingsError
from oracle.lab.bench.control import ControlPlan
from oracle.model.bundle import load_bundle
from oracle.model.encoder import Encoder
from oracle.model.policy import PolicyConfig
from oracle.training.export import export_bundle
from oracle.training.figures import attacked_p95
from oracle.training.finetune import IMITATION, REFINEMENT, Finetuning, evaluate, finetune
from oracle.training.lesson_data import TRAINING_SEEDS, DataSize
from oracle.training.tuning import TUNING


@pytest.fixture(scope="module")
def small(small_encoder: Path) -> Finetuning:
    return Finetuning(
        encoder=str(small_encoder),
        policy=PolicyConfig(members=2, text_size=4, hidden_size=8),
        data=DataSize(training_seeds=1, training_blocks=200, validation_seeds=1, validation_blocks=150),
        imitation=replace(IMITATION, steps=20, validate_every=10),
        refinement=replace(REFINEMENT, steps=2, validate_every=1),
    )


@pytest.fixture(scope="module")
def done(small: Finetuning, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("runs") / "a"
    finetune(directory, small)
    evaluate(directory)
    return directory


def test_a_trained_bundle_loads_and_says_how_it_was_made(done: Path, tmp_path: Path) -> None:
    model_hash = export_bundle(done, tmp_path / "bundle")
    bundle = load_bundle(tmp_path / "bundle")
    assert bundle.model_hash == model_hash
    assert bundle.policy.config.members == 2
    assert all(tensor.dtype == torch.float64 for tensor in bundle.policy.state_dict().values())
    training = json.loads((tmp_path / "bundle" / "training.json").read_text())
    assert training["seed"] == 7
    assert set(training["figures"]["p95"]) == {"known wordings", "unseen wordings"}
    card = (tmp_path / "bundle" / "MODEL_CARD.md").read_text()
    assert model_hash.hex() in card
    assert "{{" not in card


def test_equal_settings_give_equal_bundles(done: Path, small: Finetuning, tmp_path: Path) -> None:
    finetune(tmp_path / "again", small)
    evaluate(tmp_path / "again")
    assert export_bundle(tmp_path / "again", tmp_path / "b") == export_bundle(done, tmp_path / "a")


def test_refinement_keeps_the_weights_that_are_best_alone_and_silenced(
    small: Finetuning, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sixteen_times(*arguments: Any) -> float:
        return 16 * attacked_p95(*arguments)

    monkeypatch.setattr("oracle.training.finetune.attacked_p95", sixteen_times)
    directory = tmp_path / "run"
    shutil.copytree(done, directory, ignore=shutil.ignore_patterns("refinement-0*", "policy*"))
    finetune(directory, small)
    before, after = (
        torch.load(run / "refinement-0.pt", weights_only=True)["validations"][0] for run in (done, directory)
    )
    # The geometric mean of four figures, of which two are of a plant under attack.
    assert after == pytest.approx(4 * before)


def test_a_finished_run_is_taken_as_it_is_and_other_settings_are_refused(done: Path, small: Finetuning) -> None:
    before = (done / "policy.safetensors").read_bytes()
    finetune(done, small)
    assert (done / "policy.safetensors").read_bytes() == before
    with pytest.raises(SettingsError, match="other settings"):
        finetune(done, replace(small, seed=8))


def test_no_run_is_exported_before_it_was_measured(small: Finetuning, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no finished run"):
        export_bundle(tmp_path, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_no_seed_trains_on_what_is_measured() -> None:
    assert max(ControlPlan().seeds.stop, ControlPlan().tuning_seeds.stop) < TRAINING_SEEDS


@pytest.mark.parametrize(("tuning", "file"), [("full", "encoder/model.safetensors"), ("lora", "adapter.safetensors")])
def test_a_tuned_encoder_travels_in_the_bundle(small: Finetuning, tmp_path: Path, tuning: str, file: str) -> None:
    lesson = replace(TUNING, steps=4, validate_every=2)
    settings = replace(small, tuning=tuning, lesson=lesson, policy=replace(small.policy, members=1))
    finetune(tmp_path / "run", settings)
    evaluate(tmp_path / "run")
    model_hash = export_bundle(tmp_path / "run", tmp_path / "bundle")
    (tmp_path / "bundle").rename(tmp_path / "moved")
    shutil.rmtree(tmp_path / "run")
    bundle = load_bundle(tmp_path / "moved")
    assert bundle.model_hash == model_hash
    before = Encoder(Path(small.encoder)).encode("note: public sale opens soon")
    assert not np.array_equal(bundle.encoder.encode("note: public sale opens soon"), before)
    assert f"tuned by {tuning}" in (tmp_path / "moved" / "MODEL_CARD.md").read_text()
    (tmp_path / "moved" / file).write_bytes(b"")
    with pytest.raises(BundleError, match=rf"{Path(file).name} has SHA-256"):
        load_bundle(tmp_path / "moved")


def test_a_tuning_that_no_bundle_can_carry_is_refused(small: Finetuning, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not by 'prefix'"):
        finetune(tmp_path / "other", replace(small, tuning="prefix"))
