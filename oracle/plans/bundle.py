r"""A bundle of the reader of agreements: its layers, its adapter, its thresholds, and their digests.

    manifest.json        {"format": 1, "encoder": {"source": …, "files": {name: sha256}}, "files": {name: sha256}}
    config.json          Thresholds
    heads.safetensors    kinds.weight, kinds.bias, meanings.weight, meanings.bias; float64
    adapter.safetensors  what training adds to the encoder
    training.json        how it was trained, and its figures

modelHash, which plans carry, is made as that of a policy's bundle (`oracle.model.manifest`).
"""

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
from oracle.plans.meanings import KINDS, MAX_TOKENS, MEANINGS
from oracle.plans.reader import AgreementReader
from oracle.plans.reading.evidence import Thresholds

DEFAULT_BUNDLE = Path(__file__).parent / "default_bundle"
_ADAPTER, _HEADS = "adapter.safetensors", "heads.safetensors"


@dataclass(frozen=True)
class ReaderBundle:
    """A loaded reader, how sure it must be, and their common hash."""

    reader: AgreementReader
    thresholds: Thresholds
    model_hash: bytes  # 32 bytes


def load_reader(directory: Path = DEFAULT_BUNDLE, encoder_source: str | None = None) -> ReaderBundle:
    """Load a bundle, checking every file against the manifest first.

    Raises:
        BundleError: a file is missing, malformed, or differs from the manifest; names it.
    """
    manifest = read_reader_manifest(directory, (_ADAPTER, _HEADS), reader="a reader")
    encoder = Encoder(reader_encoder(manifest, encoder_source), directory / _ADAPTER, MAX_TOKENS)
    (kinds, meanings), thresholds = reader_parts(
        directory, lambda config: (read_layers(directory / _HEADS, "kinds", "meanings"), Thresholds(**config))
    )
    if kinds.weight.shape != (len(KINDS), encoder.hidden_size) or meanings.weight.shape[0] != len(MEANINGS):
        raise BundleError(f"bundle {directory} tells other kinds or meanings than this version knows")
    return ReaderBundle(AgreementReader(encoder, kinds, meanings), thresholds, reader_hash(manifest))


def write_reader(
    directory: Path,
    *,
    kinds: Layer,
    meanings: Layer,
    adapter: Path,
    thresholds: Thresholds,
    encoder_source: str,
    training: dict[str, Any],
) -> bytes:
    """Write a bundle and return its modelHash."""
    return write_reader_files(
        directory,
        {_ADAPTER: adapter.read_bytes(), _HEADS: layer_octets({"kinds": kinds, "meanings": meanings})},
        config=asdict(thresholds),
        training=training,
        stands_on=standing_on(encoder_source),
    )
