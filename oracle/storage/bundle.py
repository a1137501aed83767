r"""A bundle of the reader of files: its layers, its thresholds, and their digests.

    manifest.json        {"format": 1, "encoder": {"source": …, "files": {name: sha256}}, "files": {name: sha256}}
    config.json          Thresholds
    layers.safetensors   temperature.weight, temperature.bias, and so for each of reader.LABELS; float64
    training.json        how it was trained, and its figures

modelHash is made as that of a policy's bundle (`oracle.model.manifest`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oracle.errors import BundleError
from oracle.model.encoder import Encoder
from oracle.model.layers import Layer, layer_octets, read_layers
from oracle.model.reader_files import (
    read_reader_manifest,
    reader_encoder,
    reader_hash,
    reader_parts,
    standing_on,
    write_reader_files,
)
from oracle.storage.reader import LABELS, MAX_TOKENS, FileReader
from oracle.storage.reading import Thresholds

DEFAULT_BUNDLE = Path(__file__).parent / "default_bundle"
_LAYERS = "layers.safetensors"


@dataclass(frozen=True)
class FileReaderBundle:
    """A loaded reader, how sure it must be, and their common hash."""

    reader: FileReader
    thresholds: Thresholds
    model_hash: bytes  # 32 bytes


def load_file_reader(directory: Path = DEFAULT_BUNDLE, encoder_source: str | None = None) -> FileReaderBundle:
    """Load a bundle, checking every file against the manifest first.

    Raises:
        BundleError: a file is missing, malformed, or differs from the manifest; names it.
    """
    manifest = read_reader_manifest(directory, (_LAYERS,), reader="a reader of files")
    encoder = Encoder(reader_encoder(manifest, encoder_source), max_tokens=MAX_TOKENS)
    found, thresholds = reader_parts(
        directory, lambda config: (read_layers(directory / _LAYERS, *LABELS), Thresholds(**config))
    )
    layers = dict(zip(LABELS, found, strict=True))
    for what, labels in LABELS.items():
        if layers[what].weight.shape != (len(labels), encoder.hidden_size):
            raise BundleError(f"bundle {directory} tells another {what} than this version knows: train anew")
    return FileReaderBundle(FileReader(encoder, layers), thresholds, reader_hash(manifest))


def write_file_reader(
    directory: Path,
    *,
    layers: Mapping[str, Layer],
    thresholds: Thresholds,
    encoder_source: str,
    training: Mapping[str, Any],
) -> bytes:
    """Write a bundle and return its modelHash."""
    return write_reader_files(
        directory,
        {_LAYERS: layer_octets(layers)},
        config=asdict(thresholds),
        training=training,
        stands_on=standing_on(encoder_source),
    )
