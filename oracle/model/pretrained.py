"""Encoders by way of Hugging Face's libraries: to train one, to run one that is no BERT, to fetch one.

Importing this takes seconds, so `oracle.model.encoder` does so only where it needs to.
"""

import tempfile
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
        BundleError: the adapter belongs to another model.
    """
    disable_progress_bar()
    with tempfile.TemporaryDirectory(prefix="catalyst-encoder-") as alone:
        # Beside these files, the loaders would also take tokens, templates and adapters that no digest covers.
        for name in ENCODER_FILES:
            (Path(alone) / name).symlink_to((directory / name).resolve())
        tokenizer = AutoTokenizer.from_pretrained(alone, local_files_only=True, trust_remote_code=False)
        model = AutoModel.from_pretrained(
            alone,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=dtype,
            attn_implementation="eager",
        ).eval()
    if adapter is not None:
        apply_adapter(dict(model.named_parameters()), adapter)
    return tokenizer, model
