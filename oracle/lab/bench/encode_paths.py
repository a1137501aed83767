"""Other ways to the vectors of texts, for `catalyst bench encode`; all run on the weights of a bundle."""

import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.ao.quantization import quantize_dynamic

from oracle.model.encoder import MAX_TOKENS, find_encoder
from oracle.model.manifest import ADAPTER_FILE, read_manifest
from oracle.model.pretrained import load_encoder

Encodes = Callable[[Sequence[str]], NDArray[np.floating]]
_BATCH = 64


BATCHED = "pipeline, batched, float32"  # what others are compared with


@dataclass(frozen=True)
class OtherPaths:
    """Ways to encode, by name, and what they take at least."""

    paths: dict[str, Encodes]
    multiplications: Callable[[Sequence[str]], int]  # with their additions, of all matrices that texts go through


def other_paths(bundle_directory: Path) -> OtherPaths:
    """All but this project's.

    Raises:
        BundleError: the bundle's encoder cannot be loaded.
    """
    directory = find_encoder(read_manifest(bundle_directory)["encoder"]["source"])
    adapter = bundle_directory / ADAPTER_FILE

    def loaded(dtype: torch.dtype = torch.float32) -> tuple[Any, Any]:
        return load_encoder(directory, dtype, adapter if adapter.exists() else None)

    tokenizer, model = loaded()
    _, half = loaded()
    half.encoder.layer = half.encoder.layer[: len(half.encoder.layer) // 2]
    _, other = loaded()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this will move to a library of its own
        quantised = quantize_dynamic(other, {torch.nn.Linear}, dtype=torch.qint8)  # type: ignore[no-untyped-call]

    def multiplications(texts: Sequence[str]) -> int:
        hidden, inner = model.config.hidden_size, model.config.intermediate_size
        of_a_token = model.config.num_hidden_layers * (4 * hidden**2 + 2 * hidden * inner)
        lengths = [len(tokenizer(text, truncation=True, max_length=MAX_TOKENS)["input_ids"]) for text in texts]
        seen = 2 * hidden * model.config.num_hidden_layers  # of each two tokens: scores and sums
        return sum(length * of_a_token + seen * length**2 for length in lengths)

    paths = {
        "pipeline, one at a time, float32": _pipeline(tokenizer, model, 1),
        BATCHED: _pipeline(tokenizer, model, _BATCH),
        "sentence-transformers, float32": _sentence_transformers(tokenizer, model),
        "pipeline, batched, int8": _pipeline(tokenizer, quantised, _BATCH),
        "pipeline, batched, half of the layers": _pipeline(tokenizer, half, _BATCH),
    }
    return OtherPaths(paths, multiplications)


def _pipeline(tokenizer: Any, model: Any, batch: int) -> Encodes:
    from transformers import pipeline  # noqa: PLC0415 - takes seconds

    run = pipeline("feature-extraction", model=model, tokenizer=tokenizer)
    options = {"truncation": True, "max_length": MAX_TOKENS, "padding": True}

    def encode(texts: Sequence[str]) -> NDArray[np.floating]:
        with torch.inference_mode():
            found = run(list(texts), batch_size=batch, tokenize_kwargs=options, return_tensors=True)
        # Of each text [1, tokens, hidden]; padding of a batch is at the end, and its length is not told.
        lengths = [len(tokenizer(text, truncation=True, max_length=MAX_TOKENS)["input_ids"]) for text in texts]
        return np.stack([each[0, :n].mean(dim=0).numpy() for each, n in zip(found, lengths, strict=True)])

    return encode


def _sentence_transformers(tokenizer: Any, model: Any) -> Encodes:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - takes seconds
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="catalyst-encode-") as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        words = Transformer(folder, max_seq_length=MAX_TOKENS)
    whole = SentenceTransformer(modules=[words, Pooling(model.config.hidden_size)], device="cpu")

    def encode(texts: Sequence[str]) -> NDArray[np.floating]:
        return np.asarray(whole.encode(list(texts), batch_size=_BATCH, show_progress_bar=False))

    return encode
