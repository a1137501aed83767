"""A bundle of the reader of requests: its layers, its thresholds, and the hash of the encoder that they stand on.

    manifest.json        {"format": 1, "encoder": {"source": "plans", "files": {"plans": modelHash}}, "files": {…}}
    config.json          Thresholds
    heads.safetensors    wishes.weight, wishes.bias, meanings.weight, meanings.bias; float64
    training.json        how it was trained, and its figures

The encoder is that of agreements (`oracle.plans.bundle`), named by its modelHash: layers that were trained on another
one are refused. modelHash is made as that of a policy's bundle (`oracle.model.manifest`).
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oracle.errors import BundleError
from oracle.model.layers import Layer, layer_octets, read_layers
from oracle.model.manifest import read_json
from oracle.model.reader_files import read_reader_manifest, reader_hash, reader_parts, write_reader_files
from oracle.plans import bundle as plans
from oracle.routing.reading.meanings import MEANINGS, SAYINGS
from oracle.routing.reading.read import Thresholds
from oracle.routing.reading.reader import FEATURES, TransferReader

DEFAULT_BUNDLE = Path(__file__).parent.parent / "default_bundle"
_ENCODER = "plans"
_HEADS = "heads.safetensors"


@dataclass(frozen=True)
class ReaderBundle:
    """A loaded reader, how sure it must be, and their common hash."""

    reader: TransferReader
    thresholds: Thresholds
    model_hash: bytes  # 32 bytes


def load_reader(directory: Path = DEFAULT_BUNDLE, encoder: Path = plans.DEFAULT_BUNDLE) -> ReaderBundle:
    """Load a bundle, checking its files against the manifest first.

    Args:
        directory: Of the bundle.
        encoder: The bundle of agreements whose encoder it stands on.

    Raises:
        BundleError: a file is missing, malformed, or differs from the manifest, or stands on another encoder.
    """
    manifest = read_reader_manifest(directory, (_HEADS,), reader="a reader of requests")
    if manifest["encoder"].get("files") != {_ENCODER: reader_hash(read_json(encoder / "manifest.json")).hex()}:
        raise BundleError(
            f"the reader of requests in {directory} was trained on another encoder than that of {encoder}; "
            "run `catalyst train routes` again"
        )
    below = plans.load_reader(encoder)
    (wishes, meanings), thresholds = reader_parts(
        directory, lambda config: (read_layers(directory / _HEADS, "wishes", "meanings"), Thresholds(**config))
    )
    hidden = below.reader.encoder.hidden_size
    if wishes.weight.shape != (len(SAYINGS), hidden) or meanings.weight.shape != (len(MEANINGS), FEATURES * hidden):
        raise BundleError(f"bundle {directory} tells other wishes or meanings than this version knows")
    return ReaderBundle(TransferReader(below.reader.encoder, wishes, meanings), thresholds, reader_hash(manifest))


def write_reader(
    directory: Path,
    *,
    wishes: Layer,
    meanings: Layer,
    thresholds: Thresholds,
    encoder_hash: bytes,
    training: dict[str, Any],
) -> bytes:
    """Write a bundle and return its modelHash."""
    return write_reader_files(
        directory,
        {_HEADS: layer_octets({"wishes": wishes, "meanings": meanings})},
        config=asdict(thresholds),
        training=training,
        stands_on={"source": _ENCODER, "files": {_ENCODER: encoder_hash.hex()}},
    )
