"""Low-rank sums to an encoder's matrices: exact, as small as their rank, and refused where they do not fit."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save
from torch import nn

from oracle.errors import BundleError
from oracle.model.adapter import apply_adapter, write_adapter


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(12, 9), nn.Linear(9, 7)).double()


def test_what_was_changed_is_what_is_added(model: nn.Module, tmp_path: Path) -> None:
    change = {"0.weight": torch.randn(9, 2) @ torch.randn(2, 12), "1.weight": torch.randn(7, 1) @ torch.randn(1, 9)}
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    write_adapter(tmp_path / "a.safetensors", change)
    apply_adapter(dict(model.named_parameters()), tmp_path / "a.safetensors")
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(
            tensor - before[name], change.get(name, torch.zeros(())).double().expand_as(tensor), atol=1e-5, rtol=1e-5
        )
    factors = load_file(tmp_path / "a.safetensors")
    assert factors["0.weight.up"].shape == (9, 2)
    assert factors["1.weight.down"].shape == (1, 9)


def test_an_adapter_of_another_model_is_refused_and_names_the_remedy(model: nn.Module, tmp_path: Path) -> None:
    write_adapter(tmp_path / "other.safetensors", {"5.weight": torch.randn(4, 4)})
    with pytest.raises(BundleError, match=r"does not fit the encoder .* give the encoder that it was tuned on"):
        apply_adapter(dict(model.named_parameters()), tmp_path / "other.safetensors")
    write_adapter(tmp_path / "shape.safetensors", {"0.weight": torch.randn(4, 4)})
    with pytest.raises(BundleError, match="does not fit"):
        apply_adapter(dict(model.named_parameters()), tmp_path / "shape.safetensors")
    (tmp_path / "spoilt.safetensors").write_bytes(b"no tensors")
    with pytest.raises(BundleError, match="does not fit"):
        apply_adapter(dict(model.named_parameters()), tmp_path / "spoilt.safetensors")


@pytest.mark.parametrize(
    "factors",
    [
        {},
        {"0.weight.up": torch.ones(9, 2)},
        {"0.weight.down": torch.ones(2, 12)},
        {"0.weight.lora_A": torch.ones(2, 12), "0.weight.lora_B": torch.ones(9, 2)},
        {"0.weight.up": torch.ones(1, 2), "0.weight.down": torch.ones(2, 12)},
        {"0.weight.up": torch.ones(2), "0.weight.down": torch.ones(2, 12)},
        {"0.weight.up": torch.full((9, 2), torch.nan), "0.weight.down": torch.ones(2, 12)},
    ],
    ids=["none", "no down", "no up", "other names", "a row for all", "a vector", "nan"],
)
def test_what_are_no_factors_of_its_matrices_is_refused_and_changes_nothing(
    model: nn.Module, tmp_path: Path, factors: dict[str, torch.Tensor]
) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    (tmp_path / "a.safetensors").write_bytes(save(factors))
    with pytest.raises(BundleError, match="does not fit the encoder"):
        apply_adapter(dict(model.named_parameters()), tmp_path / "a.safetensors")
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
