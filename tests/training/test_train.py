"""`catalyst train` in small: data, labels, a bundle that loads."""

import json
from pathlib import Path

import pytest
import torch

from oracle.errors import SettingsError
from oracle.model.bundle import load_bundle
from oracle.model.encoder import DEFAULT_SOURCE
from oracle.training.simulation import EPOCH_BLOCKS, simulate_run
from oracle.training.train import train_bundle
from oracle.window.window import window_hash


def test_equal_seeds_give_equal_examples() -> None:
    first, again = (simulate_run(seed=5, blocks=40, window_blocks=8, families=["sale"], max_phi=0.5) for _ in range(2))
    assert [window_hash(example.window) for example in first] == [window_hash(example.window) for example in again]
    assert len(first) == 40 // EPOCH_BLOCKS


def test_labels_keep_their_bound_and_scale_with_theta0() -> None:
    for example in simulate_run(seed=6, blocks=120, window_blocks=8, families=["sale"], max_phi=0.5):
        assert all(abs(phi) <= 0.5 for phi in example.phi)
        free = [
            (phi, theta0)
            for phi, theta0 in zip(example.phi, example.window.nodes.theta0_wad, strict=True)
            if abs(phi) < 0.5
        ]
        if free:
            ratios = [phi / theta0 for phi, theta0 in free]
            assert ratios == pytest.approx([ratios[0]] * len(ratios))


def test_a_trained_bundle_loads_is_reproducible_and_says_how_it_was_made(tmp_path: Path) -> None:
    hashes = [
        train_bundle(
            tmp_path / name,
            encoder_source=DEFAULT_SOURCE,
            seed=3,
            runs=2,
            epochs=1,
            run_blocks=48,
            evaluation_runs=1,
        )
        for name in ("a", "b")
    ]
    assert hashes[0] == hashes[1]
    bundle = load_bundle(tmp_path / "a")
    assert bundle.model_hash == hashes[0]
    assert all(tensor.dtype == torch.float64 for tensor in bundle.policy.state_dict().values())
    training = json.loads((tmp_path / "a" / "training.json").read_text())
    assert (training["seed"], training["runs"]) == (3, 2)
    assert set(training["r_squared_of_phi"]) == {"known wordings", "unseen wordings"}


@pytest.mark.parametrize("seed", [500, 1000, 499])
def test_no_seed_trains_on_what_is_measured(tmp_path: Path, seed: int) -> None:
    with pytest.raises(SettingsError, match=f"seed {seed} with 1001 runs"):
        train_bundle(tmp_path, encoder_source=DEFAULT_SOURCE, seed=seed, runs=1001)
    assert not list(tmp_path.iterdir())
