"""Training the reader of agreements: an adapter on the encoder, and its two layers, on sentences of invented texts."""

import random
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from oracle.errors import BundleError
from oracle.model.encoder import find_encoder
from oracle.model.layers import Layer
from oracle.plans.meanings import KINDS, MAX_TOKENS, MEANINGS
from oracle.training.agreements.lesson import Lesson, Piece, lessons_of
from oracle.training.agreements.varying import marked, rewritten
from oracle.training.descent import Descent, descend
from oracle.training.spelling import misspelt
from oracle.training.trainable import TrainableEncoder
from oracle.workload.agreements.wordings import TRAINING, TUNING, wordings

DESCENTS = (
    Descent(steps=2_000, learning_rate=6e-4, validate_every=200, patience=8, max_gradient_norm=1.0, averaging=0.99),
)
AGREEMENTS = 8_000  # that lessons are drawn from
_TUNED_AGREEMENTS = 300  # that training is stopped by
_STOPPED_BY = 20  # lessons of each kind and meaning
_FIRST_TUNED_SEED = 1_000_000
_BATCH = 40  # lessons
_IDLE_SHARE, _SAID_SHARE = 0.2, 0.5  # of the lessons; the others are drawn by what is meant in them
_RANK, _DROPOUT = 16, 0.1
_TARGETS = ["query", "key", "value", "dense"]
_TUNED_LAYERS = [2, 3, 4, 5]  # of six: what the first two make of words serves here too
_MISSPELT_SHARE, _MARKED_SHARE = 0.2, 0.2
_AT_ONCE = 24  # pieces of like length
_PEFT_PREFIX = "base_model.model."  # before the names of what peft wraps


class TrainableReader(nn.Module):
    """The encoder and both layers, with gradients."""

    def __init__(self, encoder: TrainableEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(_DROPOUT)
        self.kinds = nn.Linear(encoder.hidden_size, len(KINDS))
        self.meanings = nn.Linear(encoder.hidden_size, len(MEANINGS))

    def open_encoder(self) -> None:
        """Put an adapter into the encoder."""
        from peft import LoraConfig, TaskType, get_peft_model  # noqa: PLC0415 - seconds to import, for few who train

        config = LoraConfig(
            task_type=TaskType.FEATURE_EXTRACTION,
            r=_RANK,
            lora_alpha=2 * _RANK,
            target_modules=_TARGETS,
            layers_to_transform=_TUNED_LAYERS,
            layers_pattern="layer",
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of transformers, for what peft asks of it
            self.encoder.model = get_peft_model(self.encoder.model, config).to(self.encoder.device)

    def begin_with(self, bundle: Path) -> None:
        """Go on from a bundle's adapter and layers.

        Raises:
            BundleError: its adapter has other matrices or ranks, or its layers tell other things.
        """
        try:
            factors = load_file(bundle / "adapter.safetensors")
            heads = load_file(bundle / "heads.safetensors")
            with torch.no_grad():
                for name, layer in tuned_layers(self.encoder.model):
                    (adapter,) = layer.active_adapters
                    layer.lora_A[adapter].weight.copy_(factors.pop(f"{name}.down"))
                    layer.lora_B[adapter].weight.copy_(factors.pop(f"{name}.up") / layer.scaling[adapter])
                for name, linear in (("kinds", self.kinds), ("meanings", self.meanings)):
                    linear.weight.copy_(heads[f"{name}.weight"])
                    linear.bias.copy_(heads[f"{name}.bias"])
        except (OSError, SafetensorError, KeyError, RuntimeError) as error:
            raise BundleError(f"training cannot go on from bundle {bundle}: {str(error).splitlines()[0]}") from error

    def scores(self, pieces: Sequence[Piece]) -> tuple[Tensor, Tensor]:
        """Of what pieces say, [pieces, KINDS], and of what is told in them, [told of all pieces, MEANINGS]."""
        batch: dict[str, Any] = self.encoder.tokenizer(
            [each.text for each in pieces],
            truncation=True,
            max_length=MAX_TOKENS,
            padding=True,
            return_tensors="pt",
            return_offsets_mapping=True,
        )
        first, last = batch.pop("offset_mapping").unbind(dim=-1)  # [pieces, tokens]
        read = {name: batch[name] for name in ("input_ids", "attention_mask")}
        hidden = self.encoder.hidden(**read)
        rows = torch.tensor([row for row, piece in enumerate(pieces) for _ in piece.told], dtype=torch.long)
        starts = torch.tensor([told.start for piece in pieces for told in piece.told], dtype=torch.long).unsqueeze(1)
        ends = torch.tensor([told.end for piece in pieces for told in piece.told], dtype=torch.long).unsqueeze(1)
        inside = (first[rows] < ends) & (starts < last[rows])
        kinds: Tensor = self.kinds(self._pooled(hidden, read["attention_mask"].bool()))
        meanings: Tensor = self.meanings(self._pooled(hidden[rows.to(hidden.device)], inside))
        return kinds, meanings

    def _pooled(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Unit means over a mask, times the root of their length."""
        means = (hidden * mask.unsqueeze(-1).to(hidden.device)).sum(dim=1)
        pooled: Tensor = self.dropout(nn.functional.normalize(means, dim=-1) * self.encoder.hidden_size**0.5)
        return pooled


@dataclass(frozen=True)
class Trained:
    """What training came to, on wordings that thresholds are tuned on."""

    steps: int
    mistakes: float  # the part of the sentences that are told wrongly, and that of the values and names


def train_reader(
    directory: Path,
    encoder_source: str,
    *,
    seed: int,
    descents: Sequence[Descent] = DESCENTS,
    agreements: int = AGREEMENTS,
    begin: Path | None = None,
) -> tuple[TrainableReader, Trained]:
    """Train in a run directory, from a bundle on if one is given; what was stopped goes on from its checkpoint."""
    directory.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    encoder = TrainableEncoder(find_encoder(encoder_source))
    reader = TrainableReader(encoder).to(encoder.device)
    reader.open_encoder()
    if begin is not None:
        reader.begin_with(begin)
    first = seed * agreements
    lessons = _Drawn(lessons_of(range(first, first + agreements), wordings(TRAINING)))
    tuned = range(_FIRST_TUNED_SEED, _FIRST_TUNED_SEED + _TUNED_AGREEMENTS)
    stopping = _Drawn(lessons_of(tuned, wordings(TUNING))).balanced(random.Random(seed), _STOPPED_BY)  # noqa: S311

    def loss() -> Tensor:
        chance = random.Random(int(torch.randint(1 << 31, ())))  # noqa: S311 - training, not secrets
        return _loss(reader, lessons.batch(chance))

    def validate() -> float:
        with torch.inference_mode():
            return mistakes(reader, stopping)

    steps, least = 0, float("inf")
    for number, descent in enumerate(descents):
        name = "agreements" if number == 0 else f"agreements-{number + 1}"
        validations = descend(reader, loss, validate, descent, seed=seed + number, directory=directory, name=name)
        steps, least = steps + (len(validations) - 1) * descent.validate_every, min(validations)
    return reader, Trained(steps, least)


def tuned_layers(model: nn.Module) -> list[tuple[str, Any]]:
    """The layers with low-rank terms, by the names of their matrices in the encoder's files."""
    from peft.tuners.lora import LoraLayer  # noqa: PLC0415

    return [
        (f"{name.removeprefix(_PEFT_PREFIX)}.weight", layer)
        for name, layer in model.named_modules()
        if isinstance(layer, LoraLayer)
    ]


def layer_of(linear: nn.Linear) -> Layer:
    """A layer as bundles carry it."""
    return Layer(*(each.detach().cpu().double().numpy() for each in (linear.weight, linear.bias)))


def mistakes(reader: TrainableReader, lessons: Sequence[Lesson]) -> float:
    """The part of the lessons whose kinds are not all told rightly, and that of the meanings."""
    told = _told(reader, lessons)
    kinds = ((told.kinds > 0) != (told.said > 0)).any(dim=1).double().mean()
    meanings = (told.meanings.argmax(dim=1) != told.meaning).double().sum() / max(1, len(told.meaning))
    return float(kinds + meanings)


class _Drawn:
    """Draws lessons such that rare kinds and meanings come as often as others."""

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        self._idle: list[Lesson] = []
        kinds: dict[int, list[Lesson]] = defaultdict(list)
        meanings: dict[int, list[Lesson]] = defaultdict(list)
        for lesson in lessons:
            if not lesson.pieces:
                continue
            said = [at for at, said in enumerate(lesson.kinds) if said]
            for at in said:
                kinds[at].append(lesson)
            for at in {told.meaning for piece in lesson.pieces for told in piece.told if told.meaning}:
                meanings[at].append(lesson)
            if not said:
                self._idle.append(lesson)
        self._said = [kinds[at] for at in sorted(kinds)]
        self._meant = [meanings[at] for at in sorted(meanings)]

    def batch(self, chance: random.Random) -> list[Lesson]:
        """A fifth says nothing of a deal; the others are drawn by what they say or by what is meant in them."""
        return [_varied(chance, chance.choice(self._one(chance))) for _ in range(_BATCH)]

    def balanced(self, chance: random.Random, each: int) -> list[Lesson]:
        """Some of every kind and meaning."""
        return [chance.choice(some) for some in (self._idle, *self._said, *self._meant) for _ in range(each)]

    def _one(self, chance: random.Random) -> list[Lesson]:
        lot = chance.random()
        if lot < _IDLE_SHARE:
            return self._idle
        return chance.choice(self._said if lot < _IDLE_SHARE + _SAID_SHARE else self._meant)


def _varied(chance: random.Random, lesson: Lesson) -> Lesson:
    """A lesson as it is, or misspelt, or with one of its values and names between marks, as other readers mark them."""
    pieces = lesson.pieces
    if chance.random() < _MISSPELT_SHARE:
        pieces = tuple(rewritten(piece, lambda text: misspelt(text, chance)) for piece in pieces)
    if chance.random() < _MARKED_SHARE:
        pieces = tuple(marked(piece, chance.randrange(len(piece.told))) if piece.told else piece for piece in pieces)
    return Lesson(pieces, lesson.kinds)


def _loss(reader: TrainableReader, lessons: Sequence[Lesson]) -> Tensor:
    told = _told(reader, lessons)
    loss = nn.functional.binary_cross_entropy_with_logits(told.kinds, told.said, reduction="none").sum(dim=1).mean()
    if len(told.meaning):
        loss = loss + nn.functional.cross_entropy(told.meanings, told.meaning)
    return loss


class _Told(NamedTuple):
    """What is told of some lessons, and what is right."""

    kinds: Tensor  # scores of lessons
    said: Tensor
    meanings: Tensor  # scores of values and names
    meaning: Tensor


def _told(reader: TrainableReader, lessons: Sequence[Lesson]) -> _Told:
    """Of a lesson what its pieces say together: for each kind, what the likeliest of them says."""
    numbered = [(number, piece) for number, lesson in enumerate(lessons) for piece in lesson.pieces]
    numbered.sort(key=lambda each: len(each[1].text))  # padding is work
    kinds, meanings = [], []
    for first in range(0, len(numbered), _AT_ONCE):
        said, meant = reader.scores([piece for _, piece in numbered[first : first + _AT_ONCE]])
        kinds.append(said)
        meanings.append(meant)
    device = kinds[0].device
    rows = torch.tensor([row for row, _ in numbered], device=device).unsqueeze(1)
    likeliest = torch.full((len(lessons), len(KINDS)), -torch.inf, device=device)
    likeliest = likeliest.scatter_reduce(0, rows.expand(-1, len(KINDS)), torch.cat(kinds), "amax")
    wanted = torch.tensor([each.kinds for each in lessons], device=device)
    told = [each for _, piece in numbered for each in piece.told]
    possible = torch.tensor(np.array([each.possible for each in told], dtype=bool), device=device)
    meaning = torch.tensor([each.meaning for each in told], device=device, dtype=torch.long)
    return _Told(likeliest, wanted, torch.cat(meanings).masked_fill(~possible.view(len(told), -1), -1e9), meaning)
