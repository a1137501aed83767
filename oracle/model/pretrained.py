"""Encoders by way of Hugging Face's libraries: to train one, to run one that is no BERT, to fetch one.

Importing this takes seconds, so `oracle.model.encoder` does so only where it needs to.
"""

import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from transformers import AutoModel, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from oracle.errors import BundleError
from oracle.model.adapter import apply_adapter
from oracle.model.encoder import ENCODER_FILES


def fetch_encoder(source: str) -> Path:
    """The directory of a model of the hub, `owner/model` or `owner/model@revision`: safetensors, and no code.

    Raises:
        BundleError: it cannot be fetched.
    """
    repository, _, revision = source.partition("@")
    try:
        return Path(snapshot_download(repository, revision=revision or None, allow_patterns=list(ENCODER_FILES)))
    except (HfHubHTTPError, LocalEntryNotFoundError, ValueError, OSError) as error:
        raise BundleError(
            f"encoder {source!r} is neither a directory nor a model that can be fetched: "
            f"{str(error).splitlines()[0][:160]}"
        ) from error


def load_encoder(directory: Path, dtype: torch.dtype, adapter: Path | None = None) -> tuple[Any, Any]:
    """Tokenizer and model in evaluation mode, from the ENCODER_FILES of a directory and nothing else in it.

    Weights are safetensors only, and no code is run. An adapter's terms are added to the weights.

    Raises:
        BundleError: the files hold no whole model that the library knows, or the adapter belongs to another.
    """
    disable_progress_bar()
    with tempfile.TemporaryDirectory(prefix="catalyst-encoder-") as alone:
        # Beside these files, the loaders would also take tokens, templates and adapters that no digest covers.
        for name in ENCODER_FILES:
            (Path(alone) / name).symlink_to((directory / name).resolve())
        try:
            tokenizer = AutoTokenizer.from_pretrained(alone, local_files_only=True, trust_remote_code=False)
            model, loading = AutoModel.from_pretrained(
                alone,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=dtype,
                attn_implementation="eager",
                output_loading_info=True,
            )
        except Exception as error:  # the library raises nothing narrower
            raise BundleError(
                f"encoder {directory} is no model that transformers knows "
                f"({type(error).__name__}: {str(error).splitlines()[0][:120]}); give a folder with all of "
                f"{', '.join(ENCODER_FILES)}"
            ) from error
    refuse_missing_weights(directory, loading["missing_keys"])
    model = model.eval()
    if adapter is not None:
        apply_adapter(dict(model.named_parameters()), adapter)
    return tokenizer, model


def refuse_missing_weights(source: Path | str, missing: Collection[str]) -> None:
    """Refuse a model that lacks weights: the library would draw them, for each operator others.

    Raises:
        BundleError: some are missing, other than those of a pooler, which nobody here asks.
    """
    names = sorted(name for name in missing if not name.startswith("pooler."))
    if names:
        raise BundleError(
            f"{source} lacks {len(names)} of the weights that its config.json names, such as {names[0]}; "
            "give a whole model"
        )
