r"""The files of a generative reader: an adapter and thresholds beside the model that it was trained on.

    manifest.json        {"format": 1, "causal": {"source": …, "files": {name: sha256}}, "files": {name: sha256}}
    config.json          Thresholds
    adapter.safetensors  what training adds to the model
    training.json        how it was trained, and its figures

A model alone reads too: it is told what to do, and thresholds are those that `Thresholds` has of itself.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor

from oracle.errors import BundleError
from oracle.model.adapter import apply_adapter
from oracle.model.manifest import file_digest, model_hash
from oracle.model.reader_files import read_reader_manifest, reader_hash, reader_parts, write_reader_files
from oracle.plans.generative.causal import files_of, load_causal
from oracle.plans.generative.local import LocalAnswers
from oracle.plans.generative.prompt import plain_prompt, told_prompt
from oracle.plans.generative.reader import AskingReader
from oracle.plans.reading.evidence import Thresholds

_BELOW = "causal"  # what the manifest calls the model
_ADAPTER = "adapter.safetensors"


@dataclass(frozen=True)
class GenerativeBundle:
    """A loaded reader, how sure it must be, and the hash of the model and of what was trained."""

    reader: AskingReader
    thresholds: Thresholds
    model_hash: bytes  # 32 bytes


def load_generative(source: str) -> GenerativeBundle:
    """Load the reader that `catalyst train plans --generative` wrote, or a model alone (`causal.load_causal`).

    Raises:
        BundleError: a file is missing, malformed, or differs from the manifest; names it.
    """
    directory = Path(source)
    if (directory / "manifest.json").is_file():
        return _trained(directory)
    causal = load_causal(source)
    hashed = model_hash({"files": {}, "encoder": {"files": _digests(source)}})
    return GenerativeBundle(AskingReader(LocalAnswers(causal, told_prompt(causal))), Thresholds(), hashed)


def write_generative(
    directory: Path,
    *,
    factors: Mapping[str, Tensor],
    thresholds: Thresholds,
    source: str,
    training: dict[str, Any],
) -> bytes:
    """Write the files and return their modelHash.

    Args:
        directory: Is made.
        factors: As `oracle.model.adapter` has them: `<name>.up` and `<name>.down` of each matrix.
        thresholds: How sure the reader must be.
        source: Of the model.
        training: How it was trained.
    """
    return write_reader_files(
        directory,
        {_ADAPTER: save(dict(factors))},
        config=asdict(thresholds),
        training=training,
        stands_on={"source": source, "files": _digests(source)},
        below=_BELOW,
    )


def _trained(directory: Path) -> GenerativeBundle:
    manifest = read_reader_manifest(
        directory,
        (_ADAPTER,),
        reader="a generative reader",
        below=_BELOW,
        remedy=": give the directory that `catalyst train plans --generative` wrote, or one of a language model",
    )
    source = manifest[_BELOW]["source"]
    if _digests(source) != manifest[_BELOW]["files"]:
        raise BundleError(f"the language model {source} is not the one that the reader in {directory} was trained on")
    causal = load_causal(source)
    apply_adapter(dict(causal.model.named_parameters()), directory / _ADAPTER)
    thresholds = reader_parts(directory, lambda config: Thresholds(**config))
    return GenerativeBundle(
        AskingReader(LocalAnswers(causal, plain_prompt(causal))), thresholds, reader_hash(manifest, _BELOW)
    )


def _digests(source: str) -> dict[str, str]:
    return {name: file_digest(path) for name, path in files_of(source).items()}
