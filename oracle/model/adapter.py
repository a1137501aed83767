"""What tuning changed in an encoder: a low-rank term added to some of its matrices, in a file of a bundle.

`adapter.safetensors` holds, for each matrix W [out, in] of the encoder that was tuned, the factors `<name>.up`
[out, rank] and `<name>.down` [rank, in]; the tuned encoder has W + up @ down. LoRA: Hu et al. 2021, equation 3; the
factors include its scale.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from oracle.errors import BundleError

_NEGLIGIBLE = 1e-6  # singular values below this part of the greatest come from rounding


def write_adapter(path: Path, changes: Mapping[str, Tensor]) -> None:
    """Write the terms to add to matrices, by name, [out, in] each, as factors of float32."""
    factors = {}
    for name, change in changes.items():
        left, values, right = torch.linalg.svd(change.detach().cpu().double(), full_matrices=False)
        rank = max(1, int((values > _NEGLIGIBLE * values[0]).sum()))
        root = values[:rank].sqrt()
        factors[f"{name}.up"] = (left[:, :rank] * root).float().contiguous()
        factors[f"{name}.down"] = (root.unsqueeze(1) * right[:rank]).float().contiguous()
    path.write_bytes(save(factors))


def apply_adapter(parameters: Mapping[str, Tensor], path: Path) -> None:
    """Add an adapter to a model's matrices, in the model's own precision.

    Args:
        parameters: The model's, by name; changed in place.
        path: The adapter.

    Raises:
        BundleError: the file cannot be read, or belongs to another model.
    """
    try:
        factors = load_file(path)
        names = {key.rpartition(".")[0] for key in factors}
        if not names or set(factors) != {f"{name}.{side}" for name in names for side in ("up", "down")}:
            raise ValueError("it is not made of factors, up and down of each matrix")
        with torch.no_grad():
            for name in sorted(names):
                weight = parameters[name]
                change = factors[f"{name}.up"].to(weight.dtype) @ factors[f"{name}.down"].to(weight.dtype)
                if change.shape != weight.shape or not bool(change.isfinite().all()):
                    raise ValueError(f"what it adds to {name} is no finite matrix of that shape")
                weight.add_(change)
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise BundleError(
            f"adapter {path} does not fit the encoder ({type(error).__name__}: {str(error).splitlines()[0][:120]}); "
            "give the encoder that it was tuned on"
        ) from error
