"""`catalyst train pretrain`: the encoder reads transactions with words masked, and learns to fill them in."""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from oracle.errors import SettingsError
from oracle.model.encoder import find_encoder
from oracle.training.descent import Descent, descend
from oracle.training.tagged_text import PATTERNS, tagged_texts
from oracle.training.trainable import TrainableEncoder
from oracle.window.blocks import Block

PRETRAINING = Descent(steps=600, learning_rate=2e-5, validate_every=100, patience=3, max_gradient_norm=1.0)
MAX_TOKENS = 96
_MASKED = 0.15  # of the tokens; of these 8 in 10 are hidden, 1 in 10 is another word, 1 in 10 stays
_BATCH = 32
_HELD_OUT = 8  # every so manieth block is kept to validate on
_VALIDATION_TEXTS = 256
ENCODER_FOLDER, FIGURES_FILE = "encoder", "pretraining.json"


@dataclass(frozen=True)
class Pretraining:
    """What came of it, on blocks that were held out; losses in nats a masked token."""

    training_texts: int
    validation_texts: int
    loss_before: float
    loss_after: float
    accuracy_before: float  # of masked tokens that are guessed
    accuracy_after: float


class MaskedWords(nn.Module):
    """An encoder with a head that guesses tokens; the head's last layer is the encoder's own table of words."""

    def __init__(self, encoder: TrainableEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        words, size = encoder.model.get_input_embeddings().weight.shape
        self.transform = nn.Sequential(nn.Linear(size, size), nn.GELU(), nn.LayerNorm(size))
        self.bias = nn.Parameter(torch.zeros(words))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, at: Tensor) -> Tensor:
        """Scores of all words at the tokens where `at` is true: [masked, words]."""
        hidden = self.encoder.hidden(input_ids, attention_mask)[at.to(self.encoder.device)]
        table = self.encoder.model.get_input_embeddings().weight
        return nn.functional.linear(self.transform(hidden), table, self.bias)


def pretrain(
    directory: Path, encoder_source: str, blocks: Sequence[Block], *, seed: int, descent: Descent = PRETRAINING
) -> Pretraining:
    """Pretrain in a run directory, going on where one was stopped; leaves the encoder in `encoder/` there.

    Raises:
        SettingsError: there are too few blocks to hold some out, or the directory holds a run of other settings.
    """
    held_out = [block for at, block in enumerate(blocks) if at % _HELD_OUT == _HELD_OUT - 1]
    kept = [block for at, block in enumerate(blocks) if at % _HELD_OUT != _HELD_OUT - 1]
    # Not UNSEEN_PATTERNS: a probe of what comes of this is measured on those.
    training = [each.text for each in tagged_texts(kept, PATTERNS)]
    validation = [each.text for each in tagged_texts(held_out, PATTERNS)]
    if not training or not validation:
        raise SettingsError(
            f"{len(blocks)} blocks hold too few transactions to train on some and validate on others; "
            f"give at least {_HELD_OUT} blocks with transactions"
        )
    validation = random.Random(seed).sample(validation, min(_VALIDATION_TEXTS, len(validation)))  # noqa: S311
    directory.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    encoder = TrainableEncoder(find_encoder(encoder_source))
    module = MaskedWords(encoder).to(encoder.device)

    def loss() -> Tensor:
        rows = torch.randint(len(training), (_BATCH,)).tolist()
        return _loss_and_accuracy(module, [training[row] for row in rows])[0]

    def validate() -> tuple[float, float]:
        with torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed(0)  # the same words are masked each time
            module.eval()
            parts = [validation[at : at + _BATCH] for at in range(0, len(validation), _BATCH)]
            measured = torch.tensor([_loss_and_accuracy(module, part) for part in parts])
        value, guessed = measured.mean(dim=0).tolist()
        return value, guessed

    before = validate()
    descend(module, loss, lambda: validate()[0], descent, seed=seed, directory=directory, name="pretraining")
    after = validate()
    module.encoder.save(directory / ENCODER_FOLDER)
    figures = Pretraining(len(training), len(validation), before[0], after[0], before[1], after[1])
    (directory / FIGURES_FILE).write_text(json.dumps(asdict(figures), indent=1) + "\n")
    return figures


def _loss_and_accuracy(module: MaskedWords, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Cross-entropy and part guessed of the tokens that are masked, drawn with torch's own generator."""
    tokenizer = module.encoder.tokenizer
    batch = module.encoder.tokens(texts, MAX_TOKENS)
    ids = batch["input_ids"]
    special = torch.isin(ids, torch.tensor(tokenizer.all_special_ids))
    at = (torch.rand(ids.shape) < _MASKED) & ~special
    at[:, 1] |= ~at.any(dim=1)  # at least one a text
    how = torch.rand(ids.shape)
    shown = torch.where(at & (how < 0.8), torch.full_like(ids, tokenizer.mask_token_id), ids)
    shown = torch.where(at & (how >= 0.9), torch.randint_like(ids, len(module.bias)), shown)
    scores = module(shown, batch["attention_mask"], at)
    hidden = ids[at].to(scores.device)
    return nn.functional.cross_entropy(scores, hidden), (scores.argmax(dim=-1) == hidden).float().mean()
