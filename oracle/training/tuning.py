"""Tuning the encoder itself on what texts say: whole, by adapters, or not at all; with the layer that tells it.

The lesson is a classification of single texts (`said.py`), so a step costs a batch of texts. A linear layer is fitted
to the encoder as it is first, and alone is the method "frozen"; the others go on from there, so that no random layer
drags pretrained weights about. Some phrase families of those known are kept to stop by; those that evaluation holds out
are never seen. Part of the texts is misspelt, so that spelling matters less than sense.
"""

import math
import random
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from oracle.errors import SettingsError
from oracle.model.adapter import write_adapter
from oracle.model.encoder import find_encoder
from oracle.model.reader import CALLED_OFF, LABELS, NOTHING, Head
from oracle.training.descent import Descent, descend
from oracle.training.said import CHATTER_FAMILY, VARIOUS, SaidText, by_label, said_texts
from oracle.training.spelling import misspelt
from oracle.training.trainable import TrainableEncoder
from oracle.workload.wordings import HELD_OUT, TRAINING, wordings

if TYPE_CHECKING:
    from peft import PeftConfig

FROZEN = "frozen"
# Learning rates: near 2e-5 where pretrained weights move, higher where only new ones do.
RATES = {FROZEN: 0.0, "lora": 5e-4, "adalora": 2e-3, "prefix": 1e-2, "full": 2e-5}
METHODS = tuple(RATES)
# What `oracle.model.encoder` can load: as low-rank sums to its matrices, or as a whole.
ADAPTED = ("lora", "adalora")
SAVED = (*ADAPTED, "full")
TUNING = Descent(steps=2_000, learning_rate=2e-5, validate_every=100, patience=6, max_gradient_norm=1.0)
STOPPING_FAMILIES = ("exam_results", "pool_launch", "venta_publica")
# Of a batch: small talk with what recorded blocks say, cancellations, and the rest announcements.
_NOTHING_SHARE, _CALLED_OFF_SHARE = 0.4, 0.25
_BACKGROUND_SHARE = 0.4  # of what says nothing, where there are recorded blocks
_MISSPELT_SHARE = 0.3
_FIT_ITERATIONS, _FIT_DECAY = 300, 1e-3
_FIT_TEXTS = 15_000  # or a few more
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
    stopping: float  # accuracy on the families kept to stop by
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
        """Fit the linear layer alone, by logistic regression; every label weighs the same.

        It is fitted to features around their mean, and of unit variance together, and then takes both in: of some
        encoders all texts point nearly the same way, and a penalty on weights would leave nothing of what differs.
        """
        self.eval()
        with torch.no_grad():
            features = torch.cat([self.features([each.text for each in part]) for part in _parts(said)])
            middle = features.mean(dim=0)
            features -= middle
            spread = features.square().mean().sqrt()
            features /= spread
        shares = torch.tensor([each.shares for each in said], device=features.device)
        # Their mean over the texts is 1: of shares, unlike of labels, the loss is divided by the texts alone.
        weights = len(said) / shares.sum(dim=0).clamp(min=1) / (shares.sum(dim=0) > 0).sum()
        parameters = list(self.head.parameters())
        optimiser = torch.optim.LBFGS(parameters, max_iter=_FIT_ITERATIONS, line_search_fn="strong_wolfe")

        def closure() -> Tensor:
            optimiser.zero_grad()
            value = nn.functional.cross_entropy(self.head(features), shares, weight=weights)
            value = value + _FIT_DECAY * (self.head.weight**2).sum()
            value.backward()  # type: ignore[no-untyped-call]
            return value

        optimiser.step(closure)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            self.head.weight.div_(spread)
            self.head.bias.sub_(self.head.weight @ middle)

    def open_encoder(self) -> None:
        """Put adapters into the encoder, or leave all of it to train."""
        if self.method != "full":
            from peft import get_peft_model  # noqa: PLC0415 - seconds to import, for few who train

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
    directory: Path,
    encoder_source: str,
    method: str,
    *,
    seed: int,
    descent: Descent = TUNING,
    background: Sequence[SaidText] = (),
    more: Sequence[SaidText] = (),
) -> tuple[SaidReader, TunedEncoder]:
    """Tune by one of METHODS, in a run directory; one that was stopped goes on from its last checkpoint.

    `background` is what recorded blocks say: texts that announce nothing. `more` are lessons beside the workload's.

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
    training, stopping, unseen = _lessons()
    reader.fit_head([*training[:: max(1, len(training) // _FIT_TEXTS)], *more, *background])
    if method == FROZEN:
        trained = sum(each.numel() for each in reader.head.parameters())
        return reader, TunedEncoder(method, trained, 0, accuracy(reader, stopping), accuracy(reader, unseen))
    reader.open_encoder()
    lesson = _Lesson([*training, *more], background)

    def loss() -> Tensor:
        reader.move_ranks()
        said = lesson.batch(int(torch.randint(1 << 31, ())))
        scores = reader([text for text, _ in said])
        shares = torch.tensor([shares for _, shares in said], device=scores.device)
        value = nn.functional.cross_entropy(scores, shares)
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


@lru_cache(maxsize=1)
def _lessons() -> tuple[list[SaidText], list[SaidText], list[SaidText]]:
    """Texts to train on, those to stop by, and those never seen: made once for all methods that are compared."""
    known, other = wordings(TRAINING), wordings(HELD_OUT)
    training = said_texts(known, [name for name in known.families if name not in STOPPING_FAMILIES])
    stopping = _without_chatter(said_texts(known, STOPPING_FAMILIES))
    return training, stopping, said_texts(other, tuple(other.families))


class _Lesson:
    """Batches of texts in which every label has its share, and every family of a label the same."""

    def __init__(self, training: Sequence[SaidText], background: Sequence[SaidText]) -> None:
        self._background = background
        self._by_label: dict[str, list[list[SaidText]]] = {}
        for label, said in by_label(training).items():
            families = sorted({each.family for each in said})
            self._by_label[label] = [[each for each in said if each.family == family] for family in families]
        self._coming = [label for label in self._by_label if label not in (NOTHING, CALLED_OFF)]

    def batch(self, seed: int) -> list[tuple[str, tuple[float, ...]]]:
        """Texts, part of them misspelt, with the shares of their labels."""
        chance = random.Random(seed)  # noqa: S311 - training, not secrets
        return [self._one(chance) for _ in range(_BATCH)]

    def _one(self, chance: random.Random) -> tuple[str, tuple[float, ...]]:
        lot = chance.random()
        if lot < _NOTHING_SHARE * _BACKGROUND_SHARE and self._background:
            said = chance.choice(self._background)
        else:
            label = (
                NOTHING
                if lot < _NOTHING_SHARE
                else CALLED_OFF
                if lot < _NOTHING_SHARE + _CALLED_OFF_SHARE
                else chance.choice(self._coming)
            )
            said = chance.choice(chance.choice(self._by_label[label]))
        text = misspelt(said.text, chance) if chance.random() < _MISSPELT_SHARE else said.text
        return text, said.shares


def head_of(reader: SaidReader) -> Head:
    """The layer as bundles carry it."""
    return Head(*(each.detach().cpu().double().numpy() for each in (reader.head.weight, reader.head.bias)))


def accuracy(reader: SaidReader, said: Sequence[SaidText]) -> float:
    """Mean over the labels of the part of their texts that is told rightly."""
    reader.eval()
    right: list[list[float]] = [[] for _ in LABELS]
    with torch.inference_mode():
        for part in _parts(said):
            for each, guess in zip(part, reader([each.text for each in part]).argmax(dim=-1).tolist(), strict=True):
                # A text that may name several times is told rightly by any of them.
                right[LABELS.index(each.label)].append(float(each.shares[guess] > 0))
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
        from peft.tuners.lora import LoraLayer  # noqa: PLC0415

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
    return [each for each in said if each.family != CHATTER_FAMILY and not each.family.startswith(VARIOUS)]


def _adapter(method: str, descent: Descent) -> "PeftConfig":
    from peft import AdaLoraConfig, LoraConfig, PrefixTuningConfig, TaskType  # noqa: PLC0415

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
