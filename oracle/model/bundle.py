r"""A policy bundle: a directory with the policy's weights, its configuration and a manifest with their digests.

    manifest.json       {"format": 4, "encoder": {"source": …, "files": {name: sha256}}, "files": {name: sha256}}
    config.json         PolicyConfig
    reader.safetensors  the linear layer that tells what a text says (`oracle.model.reader`), float64
    training.json       how it was trained and its figures
    MODEL_CARD.md       the same for people; no policy depends on it, so the manifest does not name it
    adapter.safetensors what tuning adds to the encoder, where it was tuned by an adapter (`oracle.model.adapter`)
    encoder/            the encoder's files, where the whole encoder was tuned, so only the bundle has it

modelHash, which every report carries, is the SHA-256 of one line "<sha256>  <name>\\n" per file, sorted by name; files
of the encoder are named `encoder/<name>`. It is the same on every machine that holds the same model.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from oracle.errors import BundleError
from oracle.model.encoder import ENCODER_FILES, Encoder, encoder_digests, find_encoder
from oracle.model.manifest import (
    ADAPTER_FILE,
    DEFAULT_BUNDLE,
    FORMAT,
    POLICY_FILES,
    READER_FILE,
    file_digest,
    model_hash,
    read_json,
    read_manifest,
)
from oracle.model.reader import LABELS, Head, Reader

OWN_ENCODER = "bundle"  # source of an encoder that lies in the bundle's folder `encoder`

__all__ = [
    "DEFAULT_BUNDLE",
    "OWN_ENCODER",
    "Bundle",
    "PolicyConfig",
    "load_bundle",
    "model_hash",
    "read_manifest",
    "write_bundle",
]


# Names the controller that a bundle is made for (`oracle.control`); another one decides otherwise from the same bundle.
CONTROLLER = "planner 1"


@dataclass(frozen=True)
class PolicyConfig:
    """What a controller takes from a bundle beside what texts say; `config.json`."""

    controller: str = CONTROLLER
    window_blocks: int = 32  # that are read
    margin: float = 0.16  # of theta, that plans leave for luck
    text_cap: float = 0.25  # the most that text adds to phi
    reads_chinese: bool = False  # whether Chinese characters stay in what is read


@dataclass(frozen=True)
class Bundle:
    """A loaded model: configuration, reader of texts and their common hash."""

    config: PolicyConfig
    reader: Reader
    model_hash: bytes  # 32 bytes


def load_bundle(directory: Path, encoder_source: str | None = None) -> Bundle:
    """Load a bundle, checking every file against the manifest first.

    Args:
        directory: The bundle.
        encoder_source: Where the encoder is, if not where the manifest says; its files must have the same digests.

    Raises:
        BundleError: a file is missing, malformed, or differs from the manifest; names it.
    """
    manifest = read_manifest(directory)
    encoder_directory = _encoder_directory(directory, encoder_source or manifest["encoder"]["source"])
    for name, digest in encoder_digests(encoder_directory).items():
        if manifest["encoder"]["files"].get(name) != digest:
            raise BundleError(
                f"encoder file {encoder_directory / name} has SHA-256 {digest[:12]}… but the bundle was made with "
                f"{str(manifest['encoder']['files'].get(name))[:12]}…; give --encoder the directory of that version"
            )
    config, head = _load_config(directory), _load_head(directory)
    adapter = directory / ADAPTER_FILE if ADAPTER_FILE in manifest["files"] else None
    encoder = Encoder(encoder_directory, adapter)
    if head.weight.shape[1] != encoder.hidden_size:
        raise BundleError(
            f"bundle {directory} is made for vectors of {head.weight.shape[1]}, not {encoder.hidden_size}"
        )
    return Bundle(config, Reader(encoder, head), model_hash(manifest))


def write_bundle(
    directory: Path,
    *,
    config: PolicyConfig,
    head: Head,
    encoder_source: str,
    training: dict[str, Any],
    adapter: Path | None = None,
    own_encoder: bool = False,
) -> bytes:
    """Write a bundle and return its modelHash.

    Args:
        directory: The bundle.
        config: For the controller.
        head: For the reader of texts.
        encoder_source: Where the encoder is.
        training: How it was made; `training.json`.
        adapter: What tuning adds to the encoder, as for `write_adapter`.
        own_encoder: Whether the bundle carries the whole encoder.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(asdict(config), indent=1) + "\n")
    # Written as bytes, since save_file would leave a file that only its owner can read.
    (directory / READER_FILE).write_bytes(save({"weight": head.weight, "bias": head.bias}))
    (directory / "training.json").write_text(json.dumps(training, indent=1) + "\n")
    encoder = find_encoder(encoder_source)
    if adapter is None:
        (directory / ADAPTER_FILE).unlink(missing_ok=True)  # of an earlier bundle in the same place
    elif adapter.resolve() != (directory / ADAPTER_FILE).resolve():
        shutil.copyfile(adapter, directory / ADAPTER_FILE)
    if own_encoder:
        (directory / "encoder").mkdir(exist_ok=True)
        for name in ENCODER_FILES:
            shutil.copyfile(encoder / name, directory / "encoder" / name)
    names = (*POLICY_FILES, *([ADAPTER_FILE] if adapter else []))
    manifest = {
        "format": FORMAT,
        "encoder": {
            "source": OWN_ENCODER if own_encoder else encoder_source,
            "files": encoder_digests(encoder),
        },
        "files": {name: file_digest(directory / name) for name in names},
    }
    (directory / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return model_hash(manifest)


def _encoder_directory(directory: Path, source: str) -> Path:
    return directory / "encoder" if source == OWN_ENCODER else find_encoder(source)


def _load_config(directory: Path) -> PolicyConfig:
    try:
        config = PolicyConfig(**read_json(directory / "config.json"))
    except TypeError as error:
        raise BundleError(f"{directory / 'config.json'} does not fit this version: {error}") from error
    if config.controller != CONTROLLER:
        raise BundleError(
            f"bundle {directory} is made for controller {config.controller!r}, and this version has {CONTROLLER!r}; "
            "make a bundle with `catalyst train`, or install the version that made this one"
        )
    return config


def _load_head(directory: Path) -> Head:
    try:
        arrays = load_file(directory / READER_FILE)
        head = Head(arrays["weight"].astype(np.float64), arrays["bias"].astype(np.float64))
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise BundleError(f"{directory / READER_FILE} cannot be read: {str(error).splitlines()[0]}") from error
    labels = len(LABELS)
    if head.weight.ndim != 2 or head.weight.shape[0] != labels or head.bias.shape != (labels,):
        raise BundleError(f"{directory / READER_FILE} is no layer of {labels} labels")
    if not (np.isfinite(head.weight).all() and np.isfinite(head.bias).all()):
        raise BundleError(f"{directory / READER_FILE} holds what is no finite number")
    return head
