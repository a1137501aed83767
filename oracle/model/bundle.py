r"""A policy bundle: a directory with the policy's weights, its configuration and a manifest with their digests.

    manifest.json       {"format": 3, "encoder": {"source": …, "files": {name: sha256}}, "files": {name: sha256}}
    config.json         PolicyConfig
    policy.safetensors  weights as they were trained; the policy computes in float64
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

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from oracle.errors import BundleError
from oracle.model.encoder import ENCODER_FILES, Encoder, encoder_digests, find_encoder
from oracle.model.manifest import (
    ADAPTER_FILE,
    DEFAULT_BUNDLE,
    FORMAT,
    POLICY_FILES,
    file_digest,
    model_hash,
    read_json,
    read_manifest,
)
from oracle.model.policy import Policy, PolicyConfig

OWN_ENCODER = "bundle"  # source of an encoder that lies in the bundle's folder `encoder`

__all__ = ["DEFAULT_BUNDLE", "OWN_ENCODER", "Bundle", "load_bundle", "model_hash", "read_manifest", "write_bundle"]


@dataclass(frozen=True)
class Bundle:
    """A loaded model: policy, encoder and their common hash."""

    policy: Policy
    encoder: Encoder
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
    policy = _load_policy(directory)
    adapter = directory / ADAPTER_FILE if ADAPTER_FILE in manifest["files"] else None
    return Bundle(policy=policy, encoder=Encoder(encoder_directory, adapter), model_hash=model_hash(manifest))


def write_bundle(
    directory: Path,
    *,
    policy: Policy,
    encoder_source: str,
    training: dict[str, Any],
    adapter: Path | None = None,
    own_encoder: bool = False,
) -> bytes:
    """Write a bundle and return its modelHash.

    Args:
        directory: The bundle.
        policy: Its weights are written as they are.
        encoder_source: Where the encoder is.
        training: How the policy was made; `training.json`.
        adapter: What tuning adds to the encoder, as for `write_adapter`.
        own_encoder: Whether the bundle carries the whole encoder.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(asdict(policy.config), indent=1) + "\n")
    # Written as bytes, since save_file would leave a file that only its owner can read.
    weights = save({name: tensor.contiguous() for name, tensor in policy.state_dict().items()})
    (directory / "policy.safetensors").write_bytes(weights)
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


def _load_policy(directory: Path) -> Policy:
    try:
        config = PolicyConfig(**read_json(directory / "config.json"))
        policy = Policy(config).double()
        policy.load_state_dict(load_file(directory / "policy.safetensors"))
    except (TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise BundleError(
            f"bundle {directory} does not fit this version's policy: {str(error).splitlines()[0]}"
        ) from error
    return policy.eval()
