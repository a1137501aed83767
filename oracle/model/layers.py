"""Linear layers on an encoder, as bundles of readers carry them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """A linear layer."""

    weight: Floats  # [labels, hidden]
    bias: Floats  # [labels]

    def scores(self, vectors: Floats) -> Floats:
        """[vectors, labels], of unit vectors."""
        scores: Floats = math.sqrt(vectors.shape[1]) * vectors @ self.weight.T + self.bias
        return scores


def read_layers(path: Path, *names: str) -> list[Layer]:
    """The layers of these names, in their order.

    Raises:
        KeyError: one is not in the file.
        SafetensorError: the file is none of safetensors.
    """
    arrays = load_file(path)
    return [Layer(arrays[f"{name}.weight"], arrays[f"{name}.bias"]) for name in names]


def layer_octets(layers: Mapping[str, Layer]) -> bytes:
    """A safetensors file of layers, by their names."""
    return save(
        {
            f"{name}.{part}": np.ascontiguousarray(getattr(layer, part))
            for name, layer in layers.items()
            for part in ("weight", "bias")
        }
    )
