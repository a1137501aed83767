"""The encoder as something to train: float32, texts in batches, and files that `oracle.model.encoder` takes."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from oracle.model.encoder import MAX_TOKENS
from oracle.model.pretrained import load_encoder

_COPIED = ("tokenizer.json", "tokenizer_config.json")
_AT_ONCE = 64  # texts, without gradients


class TrainableEncoder(nn.Module):
    """Texts to unit vectors, as `oracle.model.encoder.Encoder` makes them, with gradients."""

    def __init__(self, directory: Path, adapter: Path | None = None) -> None:
        """Load the encoder's files, and what an adapter adds; on a GPU where there is one."""
        super().__init__()
        self.directory = directory
        self.tokenizer, model = load_encoder(directory, torch.float32, adapter)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device)
        self.hidden_size = int(self.model.config.hidden_size)

    def tokens(self, texts: Sequence[str], max_tokens: int = MAX_TOKENS) -> dict[str, Tensor]:
        """A batch for the model: input_ids, attention_mask, both [texts, tokens]."""
        batch: dict[str, Any] = self.tokenizer(
            list(texts), truncation=True, max_length=max_tokens, padding=True, return_tensors="pt"
        )
        return {name: batch[name] for name in ("input_ids", "attention_mask")}

    def hidden(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """[texts, tokens] to [texts, tokens, hidden], on the model's own device."""
        batch = {"input_ids": input_ids.to(self.device), "attention_mask": attention_mask.to(self.device)}
        hidden: Tensor = self.model(**batch).last_hidden_state
        return hidden

    def forward(self, texts: Sequence[str]) -> Tensor:
        """[texts, hidden], each of length 1."""
        batch = self.tokens(texts)
        mask = batch["attention_mask"].unsqueeze(-1).to(self.device)
        return nn.functional.normalize((self.hidden(**batch) * mask).sum(dim=1), dim=-1)

    def encode_all(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same without gradients, for any number of texts."""
        # Texts of like length together: padding is work.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        vectors = np.zeros((len(texts), self.hidden_size), np.float32)
        self.eval()
        with torch.inference_mode():
            for first in range(0, len(order), _AT_ONCE):
                at = order[first : first + _AT_ONCE]
                vectors[at] = self([texts[row] for row in at]).cpu().numpy()
        return vectors

    def save(self, out: Path) -> None:
        """Write the files of an encoder: this model, and the tokenizer as it was."""
        out.mkdir(parents=True, exist_ok=True)
        self.model.save_pretrained(out)
        for name in _COPIED:
            shutil.copyfile(self.directory / name, out / name)
