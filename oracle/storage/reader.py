"""The reader of files: the pretrained encoder as it is, and three linear layers on what it makes of a file.

    p(label | file) = softmax(W v + b)      v: √hidden times the unit vector of name, media type and beginning of text

One layer each tells temperature, privacy, and the region that a text binds the file to. Everything is float64 and the
same on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from oracle.model.layers import Floats, Layer
from oracle.storage.file_class import PRIVACIES, TEMPERATURES
from oracle.storage.media import Excerpt

MAX_TOKENS = 96
NO_REGION = "none"
LABELS: Mapping[str, tuple[str, ...]] = {
    "temperature": TEMPERATURES,
    "privacy": PRIVACIES,
    "region": (NO_REGION, "eu", "us"),
}
_TEXT_CHARACTERS = 600  # more than MAX_TOKENS take


class TextEncoder(Protocol):
    """What the reader needs of an encoder."""

    @property
    def hidden_size(self) -> int:
        """Length of a vector."""

    def encode_all(self, texts: Sequence[str]) -> Floats:
        """Vectors of texts, [texts, hidden], each of length 1."""


@dataclass(frozen=True)
class Readings:
    """Chances of each label, by what is told."""

    chances: Mapping[str, Mapping[str, float]]

    def best(self, what: str) -> str:
        """The likeliest label."""
        return max(self.chances[what].items(), key=lambda each: each[1])[0]

    def margin(self, what: str) -> float:
        """Chance of the likeliest less that of the next."""
        first, second = sorted(self.chances[what].values(), reverse=True)[:2]
        return first - second


@dataclass(frozen=True)
class FileReader:
    """Tells what files are by their beginnings."""

    encoder: TextEncoder
    layers: Mapping[str, Layer]  # by what is told: the keys of LABELS

    def read(self, excerpts: Sequence[Excerpt]) -> list[Readings]:
        """What each file is."""
        if not excerpts:
            return []
        vectors = self.encoder.encode_all([rendered(each) for each in excerpts])
        told = {what: chances_of(self.layers[what].scores(vectors)) for what in LABELS}
        return [
            Readings(
                {what: dict(zip(labels, map(float, told[what][index]), strict=True)) for what, labels in LABELS.items()}
            )
            for index in range(len(excerpts))
        ]


def rendered(excerpt: Excerpt) -> str:
    """A file as the encoder reads it: its last folder and name, its media type, and the beginning of its text."""
    name = "/".join(excerpt.name.replace("\\", "/").split("/")[-2:])
    return f"{name} ({excerpt.media_type})\n{excerpt.text[:_TEXT_CHARACTERS]}"


def chances_of(scores: Floats) -> Floats:
    """[vectors, labels]: the softmax of each row."""
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Floats = shares / shares.sum(axis=1, keepdims=True)
    return chances
