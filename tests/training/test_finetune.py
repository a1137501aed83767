"""`catalyst train` in small: a reader, a margin, figures, a bundle that loads."""

import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from oracle.errors import BundleError, SettingsError
from oracle.lab.bench.control import ControlPlan
from oracle.model.bundle import load_bundle
from oracle.model.encoder import Encoder
from oracle.training.export import export_bundle
from oracle.training.figures import _VALIDATION_SEEDS, Reach
from oracle.training.finetune import Finetuning, evaluate, finetune
from oracle.training.tuning import TUNING
from oracle.window.blocks import Block
from tests.examples import block, transaction

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def small(small_encoder: Path) -> Finetuning:
    return Finetuning(encoder=str(small_encoder), reach=Reach(seeds=1, blocks=150))


@pytest.fixture(scope="module")
def recorded() -> list[Block]:
    return [block(1, [transaction(1, calldata=b"powering the next wave of innovation")])]


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
    assert -0.1 <= bundle.config.margin <= 0.4
    assert bundle.reader.head.weight.dtype == np.float64
    training = json.loads((tmp_path / "bundle" / "training.json").read_text())
    assert training["seed"] == 7
    assert (
        set(training["figures"]["p95"]) == set(training["figures"]["reading"]) == {"known wordings", "unseen wordings"}
    )
    assert not set(training["families"]) & set(training["held_out_families"])
    assert len(training["families"]) >= 30
    assert len(training["held_out_families"]) >= 8
    card = (tmp_path / "bundle" / "MODEL_CARD.md").read_text()
    assert model_hash.hex() in card
    assert "{{" not in card


def test_equal_settings_give_equal_bundles(done: Path, small: Finetuning, tmp_path: Path) -> None:
    finetune(tmp_path / "again", small)
    evaluate(tmp_path / "again")
    assert export_bundle(tmp_path / "again", tmp_path / "b") == export_bundle(done, tmp_path / "a")


def test_a_finished_run_is_taken_as_it_is_and_other_settings_are_refused(done: Path, small: Finetuning) -> None:
    before = (done / "reader.safetensors").read_bytes()
    finetune(done, small)
    assert (done / "reader.safetensors").read_bytes() == before
    with pytest.raises(SettingsError, match="other settings"):
        finetune(done, replace(small, seed=8))


def test_no_run_is_exported_before_it_was_measured(small: Finetuning, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no finished run"):
        export_bundle(tmp_path, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_no_seed_of_validation_is_measured() -> None:
    validated = set(range(_VALIDATION_SEEDS, _VALIDATION_SEEDS + Reach().seeds))
    assert not validated & set(ControlPlan().seeds)


@pytest.mark.parametrize(("tuning", "file"), [("full", "encoder/model.safetensors"), ("lora", "adapter.safetensors")])
def test_a_tuned_encoder_travels_in_the_bundle(
    small: Finetuning, recorded: list[Block], tmp_path: Path, tuning: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some steps teach little: so that the last weights are kept, and not those from before, each is told to be better.
    better = itertools.count(0.01, 0.01)
    monkeypatch.setattr("oracle.training.tuning.accuracy", lambda *_: next(better))
    lesson = replace(TUNING, steps=4, validate_every=2)
    finetune(tmp_path / "run", replace(small, tuning=tuning, lesson=lesson), recorded)
    evaluate(tmp_path / "run")
    model_hash = export_bundle(tmp_path / "run", tmp_path / "bundle")
    (tmp_path / "bundle").rename(tmp_path / "moved")
    shutil.rmtree(tmp_path / "run")
    bundle = load_bundle(tmp_path / "moved")
    assert bundle.model_hash == model_hash
    before = Encoder(Path(small.encoder)).encode_all(["public sale opens soon"])[0]
    assert not np.array_equal(bundle.reader.encoder.encode_all(["public sale opens soon"])[0], before)
    assert f"tuned by {tuning}" in (tmp_path / "moved" / "MODEL_CARD.md").read_text()
    (tmp_path / "moved" / file).write_bytes(b"")
    with pytest.raises(BundleError, match=rf"{Path(file).name} has SHA-256"):
        load_bundle(tmp_path / "moved")


def test_a_tuning_that_no_bundle_can_carry_is_refused(small: Finetuning, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not by 'prefix'"):
        finetune(tmp_path / "other", replace(small, tuning="prefix"))
