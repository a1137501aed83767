"""A BERT encoder (Devlin et al. 2019) as its files describe it, without the library that trains it.

`transformers` imports seconds of code that no operator runs; what follows computes the same vectors, to the last bit
(tests/model/test_encoder.py), from the same files.
"""

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from oracle.errors import BundleError

# What `Bert` computes; a configuration that says otherwise, or names another kind of model, is not for it.
_AS_COMPUTED = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
}


def is_bert(directory: Path) -> bool:
    """Whether `Bert` computes what the files of an encoder describe."""
    config = _config(directory)
    return "model_type" in config and all(config.get(name, value) == value for name, value in _AS_COMPUTED.items())


class Bert:
    """Ids of the tokens of texts to what the last layer holds of each, [tokens, hidden].

    Several texts are run through each matrix together, one after the other in a row, which reads the weights once; the
    tokens of a text see each other alone.
    """

    def __init__(self, directory: Path, dtype: torch.dtype) -> None:
        """Read the model of a directory.

        Raises:
            BundleError: the weights cannot be read, or do not fit the configuration.
        """
        config = _config(directory)
        try:
            self.hidden_size = int(config["hidden_size"])
            self._layers, self._heads = int(config["num_hidden_layers"]), int(config["num_attention_heads"])
            self._epsilon = float(config["layer_norm_eps"])
            self.weights = {
                name.removeprefix("bert."): weight.to(dtype)
                for name, weight in load_file(directory / "model.safetensors").items()
            }
            self._check(int(config["vocab_size"]))
        except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise BundleError(
                f"encoder {directory} is no model of the kind that its config.json names "
                f"({type(error).__name__}: {str(error).splitlines()[0][:120]})"
            ) from error

    def __call__(self, texts: Sequence[Sequence[int]]) -> list[Tensor]:
        """The last layer's vectors of each text; every token sees every other of its text, and all are of type 0."""
        lengths = [len(ids) for ids in texts]
        ids = torch.tensor([list(chain.from_iterable(texts))])
        positions = torch.cat([torch.arange(length) for length in lengths])
        vectors = self._embedding("word", ids) + self._embedding("token_type", torch.zeros_like(ids))
        vectors = vectors + self._embedding("position", positions.unsqueeze(0))
        vectors = self._norm("embeddings", vectors)
        for layer in range(self._layers):
            of = f"encoder.layer.{layer}"
            attended = self._dense(
                f"{of}.attention.output.dense", self._attend(f"{of}.attention.self", vectors, lengths)
            )
            vectors = self._norm(f"{of}.attention.output", attended + vectors)
            inner = nn.functional.gelu(self._dense(f"{of}.intermediate.dense", vectors))
            vectors = self._norm(f"{of}.output", self._dense(f"{of}.output.dense", inner) + vectors)
        return list(torch.split(vectors[0], lengths))

    def _check(self, vocabulary: int) -> None:
        """Raise where the weights are not those of the configuration."""
        layers = {name.split(".")[2] for name in self.weights if name.startswith("encoder.layer.")}
        if len(layers) != self._layers:
            raise ValueError(f"{len(layers)} layers, and {self._layers} in config.json")
        if self.weights["embeddings.word_embeddings.weight"].shape != (vocabulary, self.hidden_size):
            raise ValueError("word_embeddings has another shape")
        with torch.inference_mode():
            self([[0]])

    def _attend(self, of: str, vectors: Tensor, lengths: list[int]) -> Tensor:
        """Softmax(Q K^T / sqrt(size of a head)) V, head by head, in each text by itself."""
        query, key, value = (
            self._dense(f"{of}.{name}", vectors).view(1, vectors.shape[1], self._heads, -1).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        attended = []
        for q, k, v in zip(*(torch.split(each, lengths, dim=2) for each in (query, key, value)), strict=True):
            scores = torch.matmul(q, k.transpose(2, 3)) * q.shape[-1] ** -0.5
            attended.append(torch.matmul(scores.softmax(dim=-1), v))
        return torch.cat(attended, dim=2).transpose(1, 2).contiguous().flatten(2)

    def _embedding(self, of: str, ids: Tensor) -> Tensor:
        return nn.functional.embedding(ids, self.weights[f"embeddings.{of}_embeddings.weight"])

    def _dense(self, name: str, vectors: Tensor) -> Tensor:
        return nn.functional.linear(vectors, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, of: str, vectors: Tensor) -> Tensor:
        weight, bias = self.weights[f"{of}.LayerNorm.weight"], self.weights[f"{of}.LayerNorm.bias"]
        return nn.functional.layer_norm(vectors, (self.hidden_size,), weight, bias, self._epsilon)


def _config(directory: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((directory / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise BundleError(f"encoder file {directory / 'config.json'} cannot be read: {type(error).__name__}") from error
    return config
