"""Training the generative reader: an adapter on a causal language model, on clauses with their answers."""

import random
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from oracle.plans.generative.causal import Causal, load_causal
from oracle.plans.generative.prompt import plain_prompt
from oracle.plans.generative.question import slots_of
from oracle.training.agreements.clauses import Clause, clauses_of
from oracle.training.agreements.lesson import lessons_of
from oracle.training.descent import Descent, descend
from oracle.workload.agreements.wordings import TRAINING, TUNING, wordings

DESCENT = Descent(steps=480, learning_rate=7e-4, validate_every=60, patience=4, max_gradient_norm=1.0)
AGREEMENTS = 3_000  # that clauses are drawn from
_FIRST_TUNED_SEED = 1_000_000
_VALIDATED = 64  # clauses that training is stopped by
_BATCH = 8
_RANK = 16
_SILENT_SHARE = 0.2  # of the clauses of a batch: they say nothing of a deal
_PEFT_PREFIX = "base_model.model."  # before the names of what peft wraps
_IGNORED = -100  # a target that cross entropy leaves out


@dataclass(frozen=True)
class GenerativeTrained:
    """What training came to, on wordings that thresholds are tuned on."""

    steps: int
    loss_before: float
    loss: float


class Adapter(nn.Module):
    """The parameters of an adapter alone, by name: what descent copies and keeps is megabytes, not the whole model."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                self.register_parameter(name.replace(".", "/"), parameter)


def train_generative(
    directory: Path,
    source: str,
    *,
    seed: int,
    descent: Descent = DESCENT,
    agreements: int = AGREEMENTS,
    validated: int = _VALIDATED,
) -> tuple[Causal, GenerativeTrained]:
    """Train in a run directory; one that was stopped goes on from its last checkpoint.

    Args:
        directory: Of the run.
        source: Of the model (`load_causal`).
        seed: Decides what is drawn.
        descent: Length and rates.
        agreements: That clauses are drawn from.
        validated: Clauses in other wordings, which say when training ends.

    Returns:
        The model with its adapter, as peft wraps it, and what training came to.
    """
    directory.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    bare = load_causal(source)
    causal = Causal(with_adapter(bare.model), bare.tokenizer)
    first = seed * agreements
    lessons = _Drawn(clauses_of(lessons_of(range(first, first + agreements), wordings(TRAINING))))
    tuned = range(_FIRST_TUNED_SEED, _FIRST_TUNED_SEED + 5 * validated)
    kept = _Drawn(clauses_of(lessons_of(tuned, wordings(TUNING)))).some(random.Random(seed), validated)  # noqa: S311

    def loss() -> Tensor:
        chance = random.Random(int(torch.randint(1 << 31, ())))  # noqa: S311
        return answer_loss(causal, lessons.some(chance, _BATCH))

    def validate() -> float:
        with torch.inference_mode():
            parts = [float(answer_loss(causal, kept[at : at + _BATCH])) for at in range(0, len(kept), _BATCH)]
        return sum(parts) / len(parts)

    validations = descend(
        Adapter(causal.model), loss, validate, descent, seed=seed, directory=directory, name="generative"
    )
    steps = (len(validations) - 1) * descent.validate_every
    return causal, GenerativeTrained(steps, validations[0], min(validations))


def with_adapter(model: Any) -> Any:
    """A model with an adapter on all its linear layers, as peft wraps it; nothing else of it is trained."""
    from peft import LoraConfig, TaskType, get_peft_model  # noqa: PLC0415 - seconds to import, for few who train

    config = LoraConfig(task_type=TaskType.CAUSAL_LM, r=_RANK, lora_alpha=2 * _RANK, target_modules="all-linear")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of transformers, for what peft asks of it
        return get_peft_model(model, config)


def factors_of(model: Any) -> dict[str, Tensor]:
    """What an adapter adds to each matrix, as `oracle.model.adapter` has it."""
    from peft.tuners.lora import LoraLayer  # noqa: PLC0415

    found = {}
    tuned: list[tuple[str, Any]] = [
        (name, layer) for name, layer in model.named_modules() if isinstance(layer, LoraLayer)
    ]
    for name, layer in tuned:
        (adapter,) = layer.active_adapters
        up, down = layer.lora_B[adapter].weight, layer.lora_A[adapter].weight
        matrix = f"{name.removeprefix(_PEFT_PREFIX)}.weight"
        found[f"{matrix}.up"] = (layer.scaling[adapter] * up).detach().cpu().contiguous()
        found[f"{matrix}.down"] = down.detach().cpu().contiguous()
    return found


def answer_loss(causal: Causal, clauses: Sequence[Clause]) -> Tensor:
    """Mean cross entropy of the tokens of right answers; questions, and what no lesson tells, count nothing."""
    rows = [_row(causal, clause) for clause in clauses]
    width = max(len(tokens) for tokens, _ in rows)
    kept = 1 + max(len(wanted) for _, wanted in rows)
    # On the left, so that answers end together and scores of the last places are all that is made.
    tokens = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    labels = torch.full((len(rows), kept - 1), _IGNORED)
    for at, (row, wanted) in enumerate(rows):
        tokens[at, width - len(row) :] = torch.tensor(row)
        mask[at, width - len(row) :] = 1
        labels[at, kept - 1 - len(wanted) :] = torch.tensor(wanted)
    device = causal.device
    places = (mask.cumsum(dim=1) - 1).clamp(min=0)
    scores = causal.model(
        input_ids=tokens.to(device),
        attention_mask=mask.to(device),
        position_ids=places.to(device),
        logits_to_keep=kept,
        use_cache=False,
    ).logits
    return nn.functional.cross_entropy(
        scores[:, :-1].flatten(0, 1).float(), labels.to(device).flatten(), ignore_index=_IGNORED
    )


def _row(causal: Causal, clause: Clause) -> tuple[list[int], list[int]]:
    """The tokens of question and answer, and those of the answer."""
    before, after = plain_prompt(causal)
    answer = [token for slot in slots_of(clause.kinds, clause.meanings) for token in causal.tokens(slot)]
    return [*before, *causal.tokens(clause.question.text), *after, *answer], answer


class _Drawn:
    """Draws clauses such that rare kinds come as often as others."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._clauses: dict[str | None, list[Clause]] = defaultdict(list)
        for clause in clauses:
            for kind in clause.kinds or (None,):
                self._clauses[kind].append(clause)

    def some(self, chance: random.Random, count: int) -> list[Clause]:
        """A batch."""
        kinds = sorted(kind for kind in self._clauses if kind is not None)
        silent = None in self._clauses
        picked = [None if silent and chance.random() < _SILENT_SHARE else chance.choice(kinds) for _ in range(count)]
        return [chance.choice(self._clauses[kind]) for kind in picked]
