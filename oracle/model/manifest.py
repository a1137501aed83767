"""The manifest of a bundle: its files, their digests, and the modelHash over them all; loads no model."""

import hashlib
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from oracle.errors import BundleError

DEFAULT_BUNDLE = Path(__file__).parent / "default_bundle"
FORMAT = 4
READER_FILE = "reader.safetensors"
POLICY_FILES = ("config.json", READER_FILE, "training.json")
ADAPTER_FILE = "adapter.safetensors"  # only where tuning added something to the encoder
_MAX_JSON_BYTES = 1_000_000


def model_hash(manifest: dict[str, Any]) -> bytes:
    """ModelHash of a manifest: 32 bytes."""
    files = dict(manifest["files"]) | {
        f"encoder/{name}": digest for name, digest in manifest["encoder"]["files"].items()
    }
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).digest()


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of a bundle, after checking the bundle's own files against it.

    Raises:
        BundleError: a file is missing, malformed, or differs from the manifest; names it.
    """
    path = directory / "manifest.json"
    manifest = read_json(path)
    try:
        complete = (
            manifest["format"] == FORMAT
            and isinstance(manifest["encoder"]["source"], str)
            and isinstance(manifest["encoder"]["files"], dict)
            and isinstance(manifest["files"], dict)
        )
    except (KeyError, TypeError):
        complete = False
    if not complete:
        raise BundleError(f"{path} is no manifest of format {FORMAT}; make a bundle with `catalyst train`")
    for name in POLICY_FILES if ADAPTER_FILE not in manifest["files"] else (*POLICY_FILES, ADAPTER_FILE):
        _check_digest(directory / name, manifest["files"].get(name))
    return manifest


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a bundle.

    Raises:
        BundleError: the file cannot be read or holds something else.
    """
    try:
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise BundleError(f"{path} is larger than {_MAX_JSON_BYTES} bytes, so it is not part of a bundle")
        content = from_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BundleError(
            f"bundle file {path} cannot be read: {type(error).__name__}; "
            "give --bundle a directory that `catalyst train` wrote"
        ) from error
    if not isinstance(content, dict):
        raise BundleError(f"bundle file {path} is no JSON object")
    return content


def _check_digest(path: Path, expected: object) -> None:
    digest = file_digest(path)
    if digest != expected:
        raise BundleError(
            f"bundle file {path} has SHA-256 {digest[:12]}… but the manifest says {str(expected)[:12]}…; "
            "restore the file, or make the bundle anew with `catalyst train`"
        )


def file_digest(path: Path) -> str:
    """SHA-256 of a file of a bundle, in hexadecimal.

    Raises:
        BundleError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"bundle file {path} cannot be read: {type(error).__name__}; restore the bundle") from error
