"""The files of a trained reader, and the manifest that they are checked by.

    manifest.json   {"format": 1, "<below>": {"source": …, "files": {name: digest}}, "files": {name: sha256}}
    config.json     how sure the reader must be
    training.json   how it was trained, and its figures

`<below>` is what the reader stands on: an encoder, or a language model. The other files are the reader's own.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError

from oracle.errors import BundleError
from oracle.model.encoder import encoder_digests, find_encoder
from oracle.model.manifest import file_digest, model_hash, read_json
from oracle.output import write_whole

FORMAT = 1
_CONFIG, _TRAINING = "config.json", "training.json"
Made = TypeVar("Made")


def read_reader_manifest(
    directory: Path, own: Sequence[str], *, reader: str, below: str = "encoder", remedy: str = ""
) -> dict[str, Any]:
    """The manifest of a reader, after checking every file against it.

    Args:
        directory: Of the reader.
        own: Its files beside config.json and training.json.
        reader: What it is, for errors.
        below: What it stands on.
        remedy: What to do where this is no manifest of such a reader, for its error.

    Raises:
        BundleError: a file is missing, malformed, or differs from the manifest; names it.
    """
    path = directory / "manifest.json"
    manifest = read_json(path)
    if manifest.get("format") != FORMAT or not {below, "files"} <= manifest.keys():
        raise BundleError(f"{path} is no manifest of {reader} of format {FORMAT}{remedy}")
    for name in sorted((*own, _CONFIG, _TRAINING)):
        if not (directory / name).is_file() or file_digest(directory / name) != manifest["files"].get(name):
            raise BundleError(f"{directory / name} is not the file of the manifest: restore it, or train anew")
    return manifest


def reader_encoder(manifest: Mapping[str, Any], source: str | None) -> Path:
    """The folder of the encoder that a reader stands on.

    Args:
        manifest: Of the reader.
        source: Where the encoder is; None for where the manifest says.

    Raises:
        BundleError: it is not the one that the reader was trained on.
    """
    directory = find_encoder(source or manifest["encoder"]["source"])
    if encoder_digests(directory) != manifest["encoder"]["files"]:
        raise BundleError(f"the encoder in {directory} is not the one that this reader was trained on")
    return directory


def reader_parts(directory: Path, make: Callable[[dict[str, Any]], Made]) -> Made:
    """What `make` makes of a reader's config.json and files.

    Raises:
        BundleError: they hold something else than this version knows.
    """
    try:
        return make(read_json(directory / _CONFIG))
    except (KeyError, TypeError, ValueError, SafetensorError) as error:
        raise BundleError(f"bundle {directory} does not fit this version: {error}") from error


def standing_on(encoder_source: str) -> dict[str, Any]:
    """What a manifest says of the encoder that a reader stands on."""
    return {"source": encoder_source, "files": encoder_digests(find_encoder(encoder_source))}


def write_reader_files(
    directory: Path,
    own: Mapping[str, bytes],
    *,
    config: Mapping[str, Any],
    training: Mapping[str, Any],
    stands_on: Mapping[str, Any],
    below: str = "encoder",
) -> bytes:
    """Write the files of a reader and their manifest; returns modelHash.

    Args:
        directory: Is made.
        own: Its files beside config.json and training.json.
        config: How sure it must be.
        training: How it was trained.
        stands_on: Source and digests of what is below.
        below: What that is.
    """
    directory.mkdir(parents=True, exist_ok=True)
    told = {_CONFIG: config, _TRAINING: training}
    for name, octets in own.items():
        write_whole(directory / name, octets)
    for name, content in told.items():
        write_whole(directory / name, json.dumps(content, indent=1) + "\n")
    manifest = {
        "format": FORMAT,
        below: stands_on,
        "files": {name: file_digest(directory / name) for name in sorted((*own, *told))},
    }
    write_whole(directory / "manifest.json", json.dumps(manifest, indent=1) + "\n")
    return reader_hash(manifest, below)


def reader_hash(manifest: Mapping[str, Any], below: str = "encoder") -> bytes:
    """ModelHash of a reader: 32 bytes, made as that of a policy's bundle."""
    return model_hash({"files": manifest["files"], "encoder": {"files": manifest[below]["files"]}})
