"""Transactions in full as token classification: which words are amount, sender, receiver, time and kind."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from oracle.training.tagged_text import ENTITIES, OUTSIDE, TaggedText

TAGS = (OUTSIDE, *(f"{prefix}-{entity}" for entity in ENTITIES for prefix in ("B", "I")))
IGNORED = -100  # label of tokens that are no first token of a word; cross-entropy leaves them out
MAX_TOKENS = 96


class ConsensusDataset(Dataset[dict[str, Tensor]]):
    """Tagged transactions as tokens with labels.

    An item has `input_ids` and `attention_mask` [tokens] and `labels` [tokens], rows of TAGS; IGNORED for special
    tokens and for all but the first token of a word.
    """

    def __init__(self, texts: Sequence[TaggedText], tokenizer: Any) -> None:
        """`tokenizer` is a fast one of transformers."""
        self.texts = texts
        self._tokenizer = tokenizer

    def __len__(self) -> int:
        """Number of transactions."""
        return len(self.texts)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """One transaction."""
        text = self.texts[index]
        encoded = self._tokenizer(list(text.words), is_split_into_words=True, truncation=True, max_length=MAX_TOKENS)
        labels, before = [], None
        for word in encoded.word_ids():
            labels.append(IGNORED if word is None or word == before else TAGS.index(text.tags[word]))
            before = word
        return {
            "input_ids": torch.tensor(encoded["input_ids"]),
            "attention_mask": torch.tensor(encoded["attention_mask"]),
            "labels": torch.tensor(labels),
        }

    def batch(self, rows: Sequence[int]) -> dict[str, Tensor]:
        """Some transactions, padded to the longest: [rows, tokens] each."""
        items = [self[row] for row in rows]
        fillings = {"input_ids": int(self._tokenizer.pad_token_id), "attention_mask": 0, "labels": IGNORED}
        return {
            name: torch.nn.utils.rnn.pad_sequence(
                [item[name] for item in items], batch_first=True, padding_value=filling
            )
            for name, filling in fillings.items()
        }
