"""`catalyst train probe`: what an encoder knows of transactions: a linear layer that finds their parts.

Frozen, the probe tells what lies in the encoder already; full, what it can learn. Measured on transactions and on ways
to put them that training never saw.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from oracle.errors import SettingsError
from oracle.model.encoder import find_encoder
from oracle.training.consensus_dataset import IGNORED, TAGS, ConsensusDataset
from oracle.training.descent import Descent, descend
from oracle.training.tagged_text import PATTERNS, UNSEEN_PATTERNS, tagged_texts
from oracle.training.trainable import TrainableEncoder
from oracle.window.blocks import Block

PROBING = Descent(steps=300, learning_rate=2e-5, validate_every=50, patience=3, max_gradient_norm=1.0)
_FROZEN_RATE = 5e-3
_BATCH = 32
_HELD_OUT = 4  # every so manieth block is kept: half of them to stop by, half to measure on
_MEASURED = 1_000  # transactions, at most
_DROPOUT = 0.1
FIGURES_FILE = "probe.json"


@dataclass(frozen=True)
class Probe:
    """F1 by entity on unseen transactions in unseen patterns, and seqeval's whole report."""

    encoder: str
    frozen: bool
    texts: int  # trained on
    f1: dict[str, float]
    micro_f1: float
    report: str


class TokenReader(nn.Module):
    """An encoder and a linear layer over its tokens."""

    def __init__(self, encoder: TrainableEncoder, *, frozen: bool) -> None:
        super().__init__()
        self.encoder = encoder
        encoder.model.requires_grad_(requires_grad=not frozen)
        self.dropout = nn.Dropout(_DROPOUT)
        self.head = nn.Linear(encoder.hidden_size, len(TAGS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Scores, [texts, tokens, TAGS]."""
        scores: Tensor = self.head(self.dropout(self.encoder.hidden(input_ids, attention_mask)))
        return scores


def probe(
    directory: Path,
    encoder_source: str,
    blocks: Sequence[Block],
    *,
    frozen: bool,
    seed: int,
    descent: Descent = PROBING,
) -> Probe:
    """Train and measure a probe in a run directory; writes FIGURES_FILE.

    Raises:
        SettingsError: there are too few blocks to hold some out, or the directory holds a run of other settings.
    """
    torch.manual_seed(seed)
    encoder = TrainableEncoder(find_encoder(encoder_source))
    reader, tokenizer = TokenReader(encoder, frozen=frozen).to(encoder.device), encoder.tokenizer
    kept = [block for at, block in enumerate(blocks) if at % _HELD_OUT < _HELD_OUT - 1]
    others = [block for at, block in enumerate(blocks) if at % _HELD_OUT == _HELD_OUT - 1]
    training = ConsensusDataset(tagged_texts(kept, PATTERNS), tokenizer)
    stopping = ConsensusDataset(tagged_texts(others[::2], PATTERNS)[:_MEASURED], tokenizer)
    measured = ConsensusDataset(tagged_texts(others[1::2], UNSEEN_PATTERNS)[:_MEASURED], tokenizer)
    if not (len(training) and len(stopping) and len(measured)):
        raise SettingsError(
            f"{len(blocks)} blocks hold too few transactions to train on some and measure on others; "
            f"give at least {2 * _HELD_OUT} blocks with transactions"
        )
    directory.mkdir(parents=True, exist_ok=True)

    def loss() -> Tensor:
        return _loss(reader, training.batch(torch.randint(len(training), (_BATCH,)).tolist()))

    def validate() -> float:
        with torch.inference_mode():
            losses = [float(_loss(reader, stopping.batch(rows))) for rows in _parts(len(stopping))]
        return sum(losses) / len(losses)

    if frozen:
        descent = replace(descent, learning_rate=_FROZEN_RATE)
    descend(reader, loss, validate, descent, seed=seed, directory=directory, name="probe")
    from seqeval.metrics import classification_report  # noqa: PLC0415 - seconds to import, and those who only train need it not

    true, told = _told(reader, measured)
    report: dict[str, Any] = classification_report(true, told, output_dict=True, zero_division=0)
    found = Probe(
        encoder=encoder_source,
        frozen=frozen,
        texts=len(training),
        f1={name: float(row["f1-score"]) for name, row in report.items() if not name.endswith("avg")},
        micro_f1=float(report["micro avg"]["f1-score"]),
        report=classification_report(true, told, digits=3, zero_division=0),
    )
    (directory / FIGURES_FILE).write_text(json.dumps(asdict(found), indent=1) + "\n")
    return found


def _loss(reader: TokenReader, batch: dict[str, Tensor]) -> Tensor:
    scores = reader(batch["input_ids"], batch["attention_mask"])
    labels = batch["labels"].flatten().to(scores.device)
    return nn.functional.cross_entropy(scores.flatten(0, 1), labels, ignore_index=IGNORED)


def _told(reader: TokenReader, data: ConsensusDataset) -> tuple[list[list[str]], list[list[str]]]:
    """True tags and those told, of the words of every text."""
    true, told = [], []
    reader.eval()
    with torch.inference_mode():
        for rows in _parts(len(data)):
            batch = data.batch(rows)
            guesses = reader(batch["input_ids"], batch["attention_mask"]).argmax(dim=-1).cpu()
            for labels, guess in zip(batch["labels"], guesses, strict=True):
                counted = labels != IGNORED
                true.append([TAGS[tag] for tag in labels[counted].tolist()])
                told.append([TAGS[tag] for tag in guess[counted].tolist()])
    return true, told


def _parts(count: int) -> list[list[int]]:
    return [list(range(at, min(at + _BATCH, count))) for at in range(0, count, _BATCH)]
