"""What a run directory keeps of its data is taken for what it was drawn for, and for nothing else."""

import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from oracle.model.adapter import write_adapter
from oracle.training.lesson_data import DataSize, LessonData, lesson_data

# Barely longer than a window: what is kept, and for whom, does not depend on how much it is.
_SIZE = DataSize(training_seeds=1, training_blocks=36, validation_seeds=1, validation_blocks=36)


def _drawn(directory: Path, encoder: Path, seed: int = 7, adapter: Path | None = None) -> LessonData:
    return lesson_data(directory, str(encoder), seed, _SIZE, 32, adapter)


def test_data_is_kept_for_one_seed_and_one_encoder(small_encoder: Path, tmp_path: Path) -> None:
    first = _drawn(tmp_path, small_encoder)
    kept = sorted(tmp_path.iterdir())
    again = _drawn(tmp_path, small_encoder)
    assert sorted(tmp_path.iterdir()) == kept and len(kept) == 1
    assert torch.equal(first.table, again.table)

    (tmp_path / "fresh").mkdir()
    tuned = tmp_path / "tuned"
    shutil.copytree(small_encoder, tuned)
    weights = load_file(tuned / "model.safetensors")
    save_file({name: 1.5 * tensor for name, tensor in weights.items()}, tuned / "model.safetensors")
    other = _drawn(tmp_path, tuned)
    assert other.table.shape == first.table.shape
    assert not torch.equal(other.table, first.table)

    of_another_seed = _drawn(tmp_path, small_encoder, seed=8)
    fresh = _drawn(tmp_path / "fresh", small_encoder, seed=8)
    assert torch.equal(of_another_seed.table, fresh.table)
    assert of_another_seed.training[0].traces.seeds != first.training[0].traces.seeds


def test_what_a_search_drew_is_not_taken_for_an_encoder_that_was_tuned(small_encoder: Path, tmp_path: Path) -> None:
    searched = _drawn(tmp_path, small_encoder)
    adapter = tmp_path / "adapter.safetensors"
    write_adapter(adapter, {"encoder.layer.0.attention.self.query.weight": torch.eye(16)})
    tuned = _drawn(tmp_path, small_encoder, adapter=adapter)
    assert tuned.table.shape == searched.table.shape
    assert not torch.equal(tuned.table, searched.table)
