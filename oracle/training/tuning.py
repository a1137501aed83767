"""Tuning the encoder itself on what texts say: whole, by adapters, or not at all.

The lesson is a classification of single texts (`said.py`), so a step costs a batch of texts and not a window of blocks.
A linear layer is fitted to the encoder as it is first, and alone is the method "frozen"; the others go on from there,
so that no random layer drags pretrained weights about. One phrase family of those known is kept to stop by; those that
evaluation holds out are never seen.
"""

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from peft import AdaLoraConfig, LoraConfig, PrefixTuningConfig, TaskType, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from oracle.errors import SettingsError
from oracle.model.adapter import write_adapter
from oracle.model.encoder import find_encoder
from oracle.training.descent import Descent, descend
from oracle.training.plant_data import KNOWN_FAMILIES, UNSEEN_FAMILIES
from oracle.training.said import CHATTER_FAMILY, LABELS, SaidText, said_texts
from oracle.training.trainable import TrainableEncoder

FROZEN = "frozen"
# Learning rates: near 2e-5 where pretrained weights move, higher where only new ones do.
RATES = {FROZEN: 0.0, "lora": 5e-4, "adalora": 2e-3, "prefix": 1e-2, "full": 2e-5}
METHODS = tuple(RATES)
# What `oracle.model.encoder` can load: as low-rank sums to its matrices, or as a whole.
ADAPTED = ("lora", "adalora")
SAVED = (*ADAPTED, "full")
TUNING = Descent(steps=500, learning_rate=2e-5, validate_every=50, patience=4, max_gradient_norm=1.0)
STOPPING_FAMILY = "trading"
_FIT_ITERATIONS, _FIT_DECAY = 300, 1e-3
_BATCH = 32
_AT_ONCE = 128  # texts, without gradients
_DROPOUT = 0.1
_RANK = 8
_TARGETS = ["query", "value"]
_PREFIX_TOKENS = 8
_PEFT_PREFIX = "base_model.model."  # before the names of what peft wraps


@dataclass(frozen=True)
class TunedEncoder:
    """What a method came to; accuracies are means over the labels, so that frequent ones count no more than rare."""

    method: str
    trained: int  # weights
    steps: int
    stopping: float  # accuracy on the family kept to stop by
    unseen: float  # accuracy on families that nothing here has seen


class SaidReader(nn.Module):
    """An encoder and a linear layer that tells what a text says."""

    def __init__(self, encoder: TrainableEncoder, method: str, descent: Descent) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(_DROPOUT)
        self.head = nn.Linear(encoder.hidden_size, len(LABELS))
        self.method = method
        self._descent = descent
        self._steps = 0

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Scores, [texts, LABELS]."""
        scores: Tensor = self.head(self.dropout(self.features(texts)))
        return scores

    def features(self, texts: Sequence[str]) -> Tensor:
        """Embeddings of about unit variance, as a linear layer likes them: [texts, hidden]."""
        embeddings: Tensor = self.encoder(texts)
        return embeddings * math.sqrt(self.encoder.hidden_size)

    def fit_head(self, said: Sequence[SaidText]) -> None:
        """Fit the linear layer alone, by logistic regression; every label weighs the same."""
        self.eval()
        with torch.no_grad():
            features = torch.cat([self.features([each.text for each in part]) for part in _parts(said)])
        labels = torch.tensor([each.label for each in said], device=features.device)
        weights = 1 / torch.bincount(labels, minlength=len(LABELS)).float()
        parameters = list(self.head.parameters())
        optimiser = torch.optim.LBFGS(parameters, max_iter=_FIT_ITERATIONS, line_search_fn="strong_wolfe")

        def closure() -> Tensor:
            optimiser.zero_grad()
            value = nn.functional.cross_entropy(self.head(features), labels, weight=weights)
            value = value + _FIT_DECAY * (self.head.weight**2).sum()
            value.backward()  # type: ignore[no-untyped-call]
            return value

        optimiser.step(closure)  # type: ignore[no-untyped-call]

    def open_encoder(self) -> None:
        """Put adapters into the encoder, or leave all of it to train."""
        if self.method != "full":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # of transformers, for what peft asks of it
                model = get_peft_model(self.encoder.model, _adapter(self.method, self._descent))
                self.encoder.model = model.to(self.encoder.device)

    def move_ranks(self) -> None:
        """AdaLoRA gives and takes ranks by the gradients of the step before; nothing for the others."""
        if self.method == "adalora" and self._steps:
            self.encoder.model.base_model.update_and_allocate(self._steps)
        self._steps += 1


def tune_encoder(
    directory: Path, encoder_source: str, method: str, *, seed: int, descent: Descent = TUNING
) -> tuple[SaidReader, TunedEncoder]:
    """Tune by one of METHODS, in a run directory; one that was stopped goes on from its last checkpoint.

    Raises:
        SettingsError: there is no such method, or the directory holds a run of other settings.
    """
    if method not in METHODS:
        raise SettingsError(f"there is no way {method!r} to tune an encoder; there are {', '.join(METHODS)}")
    directory.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    descent = replace(descent, learning_rate=RATES[method])
    encoder = TrainableEncoder(find_encoder(encoder_source))
    reader = SaidReader(encoder, method, descent).to(encoder.device)
    training = said_texts([name for name in KNOWN_FAMILIES if name != STOPPING_FAMILY])
    stopping, unseen = (_without_chatter(said_texts(families)) for families in ((STOPPING_FAMILY,), UNSEEN_FAMILIES))
    reader.fit_head(training)
    if method == FROZEN:
        trained = sum(each.numel() for each in reader.head.parameters())
        return reader, TunedEncoder(method, trained, 0, accuracy(reader, stopping), accuracy(reader, unseen))
    reader.open_encoder()
    by_label = [[each for each in training if each.label == label] for label in range(len(LABELS))]

    def loss() -> Tensor:
        reader.move_ranks()
        # Every label as often as the others: small talk and cancellations would else be most of it.
        drawn = [by_label[label] for label in torch.randint(len(LABELS), (_BATCH,)).tolist()]
        said = [texts[int(torch.randint(len(texts), ()))] for texts in drawn]
        scores = reader([each.text for each in said])
        labels = torch.tensor([each.label for each in said], device=scores.device)
        value = nn.functional.cross_entropy(scores, labels)
        penalty = _orthogonality(reader) if method == "adalora" else 0.0
        return value + penalty

    validations = descend(
        reader,
        loss,
        lambda: 1 - accuracy(reader, stopping),
        descent,
        seed=seed,
        directory=directory,
        name=f"tuning-{method}",
    )
    return reader, TunedEncoder(
        method=method,
        trained=sum(each.numel() for each in reader.parameters() if each.requires_grad),
        steps=(len(validations) - 1) * descent.validate_every,
        stopping=1 - min(validations),
        unseen=accuracy(reader, unseen),
    )


def accuracy(reader: SaidReader, said: Sequence[SaidText]) -> float:
    """Mean over the labels of the part of their texts that is told rightly."""
    reader.eval()
    right: list[list[float]] = [[] for _ in LABELS]
    with torch.inference_mode():
        for part in _parts(said):
            for each, guess in zip(part, reader([each.text for each in part]).argmax(dim=-1).tolist(), strict=True):
                right[each.label].append(float(guess == each.label))
    means = [sum(each) / len(each) for each in right if each]
    return sum(means) / len(means)


def save_tuned(reader: SaidReader, path: Path) -> None:
    """Write what tuning changed: an adapter's file for ADAPTED methods, else the encoder's whole directory.

    Raises:
        SettingsError: the method has neither form.
    """
    if reader.method not in SAVED:
        raise SettingsError(f"{reader.method} has no weights that an encoder loads; tune by {', '.join(SAVED)}")
    if reader.method in ADAPTED:
        tuned: list[tuple[str, Any]] = [
            (name, layer) for name, layer in reader.encoder.model.named_modules() if isinstance(layer, LoraLayer)
        ]
        write_adapter(
            path,
            {
                f"{name.removeprefix(_PEFT_PREFIX)}.weight": layer.get_delta_weight(layer.active_adapters[0])
                for name, layer in tuned
            },
        )
    else:
        reader.encoder.save(path)


def _parts(said: Sequence[SaidText]) -> Iterator[Sequence[SaidText]]:
    return (said[at : at + _AT_ONCE] for at in range(0, len(said), _AT_ONCE))


def _without_chatter(said: Sequence[SaidText]) -> list[SaidText]:
    return [each for each in said if each.family != CHATTER_FAMILY]


def _adapter(method: str, descent: Descent) -> LoraConfig | AdaLoraConfig | PrefixTuningConfig:
    task = TaskType.FEATURE_EXTRACTION
    if method == "lora":
        return LoraConfig(task_type=task, r=_RANK, lora_alpha=2 * _RANK, lora_dropout=_DROPOUT, target_modules=_TARGETS)
    if method == "adalora":
        return AdaLoraConfig(
            task_type=task,
            init_r=_RANK + _RANK // 2,
            target_r=_RANK,
            lora_alpha=2 * _RANK,
            lora_dropout=_DROPOUT,
            target_modules=_TARGETS,
            tinit=descent.steps // 10,
            tfinal=descent.steps // 2,
            deltaT=10,
            total_step=descent.steps,
        )
    return PrefixTuningConfig(task_type=task, num_virtual_tokens=_PREFIX_TOKENS)


def _orthogonality(reader: SaidReader) -> Tensor:
    """AdaLoRA's own regularisation: factors near to orthogonal, so that a rank can be judged by itself."""
    terms = [
        torch.linalg.matrix_norm(factor @ factor.T - torch.eye(len(factor), device=factor.device))
        for name, weight in reader.encoder.model.named_parameters()
        if "lora_A" in name or "lora_B" in name
        for factor in ((weight if "lora_A" in name else weight.T),)
    ]
    return 0.5 * torch.stack(terms).mean()
