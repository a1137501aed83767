"""`catalyst train storage`: three linear layers on the encoder as pretrained, by multinomial logistic regression.

Layers are fitted on the training kinds, with the weight decay that is best on the tuning kinds. The thresholds are the
least margins at which `SURE` of what is read is right, of files of which half are of the tuning kinds, and half are new
ones of kinds that it knows. All is measured on the held-out kinds.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from oracle.model.encoder import Encoder, find_encoder
from oracle.model.layers import Floats, Layer
from oracle.storage.bundle import write_file_reader
from oracle.storage.media import excerpt
from oracle.storage.reader import LABELS, MAX_TOKENS, chances_of, rendered
from oracle.storage.reading import Thresholds
from oracle.training.fitted import fitted_layer
from oracle.workload.files.invented import InventedFile, Part, invented_files

SURE = 0.9
_COUNTS: dict[Part, int] = {"training": 60, "tuning": 60, "held_out": 60}  # files of each kind
_DECAYS = (1e-4, 1e-3, 1e-2, 1e-1)
_MARGINS = tuple(step / 20 for step in range(19))


def train_storage(
    out: Path, encoder_source: str, *, seed: int, say: Callable[[str], None], count: int | None = None
) -> bytes:
    """Train, measure, and write the bundle; returns its modelHash. `count` is of each kind, 60 unless given."""
    encoder = Encoder(find_encoder(encoder_source), max_tokens=MAX_TOKENS)
    files = {part: invented_files(part, count or most, seed) for part, most in _COUNTS.items()}
    vectors = {part: encoder.encode_all([_text(each) for each in made]) for part, made in files.items()}
    say(f"read {sum(map(len, files.values()))} invented files")
    known = _some(invented_files("training", count or _COUNTS["tuning"], seed + 1), len(files["tuning"]), seed)
    known_vectors = encoder.encode_all([_text(each) for each in known])
    layers: dict[str, Layer] = {}
    figures: dict[str, Any] = {}
    margins: dict[str, float] = {}
    for what in LABELS:
        wanted = {part: _labels(made, what) for part, made in files.items()}
        fitted = {decay: _fit(vectors["training"], wanted["training"], what, decay) for decay in _DECAYS}
        decay = min(_DECAYS, key=lambda each: _loss(fitted[each], vectors["tuning"], wanted["tuning"]))
        layers[what] = fitted[decay]
        known_accuracy = _accuracy(layers[what], known_vectors, _labels(known, what))
        margins[what] = _least_margin(
            layers[what],
            np.concatenate([vectors["tuning"], known_vectors]),
            np.concatenate([wanted["tuning"], _labels(known, what)]),
        )
        figures[what] = {
            "weight_decay": decay,
            "known_kinds": known_accuracy,
            **{part: _accuracy(layers[what], vectors[part], wanted[part]) for part in files},
        }
        say(f"{what}: {figures[what]['held_out']:.2f} right on kinds held out, margin {margins[what]:.2f}")
    training = {"seed": seed, "files": {part: len(made) for part, made in files.items()}, "accuracy": figures}
    return write_file_reader(
        out, layers=layers, thresholds=Thresholds(**margins), encoder_source=encoder_source, training=training
    )


def _some(files: Sequence[InventedFile], count: int, seed: int) -> list[InventedFile]:
    return random.Random(seed).sample(list(files), min(count, len(files)))  # noqa: S311 - nothing secret


def _text(file: InventedFile) -> str:
    return rendered(excerpt(file.name, file.text.encode()))


def _labels(files: Sequence[InventedFile], what: str) -> "np.typing.NDArray[np.int64]":
    attribute = {"region": "region_rule"}.get(what, what)
    return np.array([LABELS[what].index(getattr(each, attribute)) for each in files], dtype=np.int64)


def _fit(vectors: Floats, labels: "np.typing.NDArray[np.int64]", what: str, decay: float) -> Layer:
    wanted = torch.from_numpy(labels)
    return fitted_layer(vectors, len(LABELS[what]), lambda scores: cross_entropy(scores, wanted), decay / 2)


def _loss(layer: Layer, vectors: Floats, labels: "np.typing.NDArray[np.int64]") -> float:
    chances = chances_of(layer.scores(vectors))[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chances, 1e-12)).mean())


def _accuracy(layer: Layer, vectors: Floats, labels: "np.typing.NDArray[np.int64]") -> float:
    return round(float((chances_of(layer.scores(vectors)).argmax(axis=1) == labels).mean()), 4)


def _least_margin(layer: Layer, vectors: Floats, labels: "np.typing.NDArray[np.int64]") -> float:
    """The least margin from which on `SURE` of what is read is right; the greatest tried if none is enough."""
    chances = chances_of(layer.scores(vectors))
    first, second = np.sort(chances, axis=1)[:, ::-1][:, :2].T
    right = chances.argmax(axis=1) == labels
    for margin in _MARGINS:
        kept = first - second >= margin
        if kept.any() and right[kept].mean() >= SURE:
            return margin
    return _MARGINS[-1]
