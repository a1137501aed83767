"""Texts that move the policy most, found by search, and readings in which a tenth of each block says them."""

import random
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from oracle.model.bundle import Bundle
from oracle.plant.definition import Definition
from oracle.plant.kernel import PHI, TIME
from oracle.training.policy_on_plant import plant_nodes, plant_numbers
from oracle.training.readings import Reading
from oracle.training.text_table import TextTable

Floats = NDArray[np.float64]
SHARE = 0.1  # of the transactions at the fees that others pay, and so of the weight of each block


def with_texts(readings: Sequence[Reading], said: Sequence[tuple[int, NDArray[np.bool_]]]) -> tuple[Reading, ...]:
    """Readings where SHARE of each block's weight says something else.

    Args:
        readings: Of each seed.
        said: Rows of the text table, with [seeds, T] where each is said.
    """
    hostile = []
    for seed, reading in enumerate(readings):
        index = np.pad(reading.index, ((0, 0), (0, 1)))
        weights = np.pad(reading.weights, ((0, 0), (0, 1)))
        for row, where in said:
            at = where[seed]
            index[at, -1] = row
            weights[at, :-1] *= 1 - SHARE
            weights[at, -1] = SHARE
        hostile.append(Reading(index, weights))
    return tuple(hostile)


def find_texts(
    bundle: Bundle,
    texts: TextTable,
    readings: Sequence[Reading],
    definition: Definition,
    log: Floats,
    *,
    windows: int,
    candidates: int,
    starts: int,
    changes: int,
) -> tuple[str, str]:
    """The texts that move phi up and down most, on average over windows of a run in all of whose blocks they stand.

    Args:
        bundle: Encoder and policy.
        texts: Where the search begins: some of these, and from the best of them word by word.
        readings: Of each seed.
        definition: The plant's.
        log: [seeds, blocks, columns] of a run.
        windows: How many windows a text is judged by.
        candidates: How many texts of the table are tried.
        starts: How many of the best are changed.
        changes: How many changes are tried of each.
    """
    chance = random.Random(0)  # noqa: S311 - a search, not secrets
    effect = _effect(bundle, texts, readings, definition, log, windows)
    known = texts.texts()
    tried = {text: effect(text) for text in chance.sample(known, min(candidates, len(known)))}
    words = sorted({word for text in known for word in text.split()})
    found = []
    for sign in (1, -1):
        best = sorted(tried, key=lambda text: -sign * tried[text])[:starts]
        climbed = {text: tried[text] for text in best}
        for text in best:
            current, reached = text, tried[text]
            for _ in range(changes):
                changed = _changed(current, words, chance)
                value = effect(changed)
                if sign * value > sign * reached:
                    current, reached = changed, value
            climbed[current] = reached
        found.append(max(climbed, key=lambda text: sign * climbed[text]))
    return found[0], found[1]


def _effect(
    bundle: Bundle, texts: TextTable, readings: Sequence[Reading], definition: Definition, log: Floats, windows: int
) -> Callable[[str], float]:
    """How far a text moves phi on average."""
    policy, length = bundle.policy, bundle.policy.config.window_blocks
    random_ = np.random.default_rng(0)
    seeds = random_.integers(len(log), size=windows)
    ends = random_.integers(length, log.shape[1], size=windows)
    rows = np.stack([log[seed, end - length : end] for seed, end in zip(seeds, ends, strict=True)])
    times = rows[:, :, TIME].astype(int)
    index = np.stack([readings[seed].index[at] for seed, at in zip(seeds, times, strict=True)])
    weights = np.stack([readings[seed].weights[at] for seed, at in zip(seeds, times, strict=True)])
    numbers = torch.from_numpy(plant_numbers(definition, rows, rows[:, -1, PHI], length))
    nodes = torch.from_numpy(plant_nodes(definition, rows[:, -1, PHI]))
    table = texts.tensor()
    shares = torch.from_numpy(np.pad((1 - SHARE) * weights, ((0, 0), (0, 0), (0, 1)), constant_values=SHARE)).double()

    def residual(values: Sequence[Tensor], weighed: Tensor) -> float:
        pooled = [reader.block_text.pool(value, weighed) for reader, value in zip(policy.readers, values, strict=True)]
        return float(policy.residual_of(pooled, numbers, nodes).mean())

    with torch.inference_mode():
        said = [reader.block_text.values(table)[torch.from_numpy(index)] for reader in policy.readers]
        plain = residual(said, torch.from_numpy(weights).double())

    def effect(text: str) -> float:
        with torch.inference_mode():
            embedding = torch.from_numpy(bundle.encoder.encode(text))
            own = [reader.block_text.values(embedding).expand(*index.shape[:2], 1, -1) for reader in policy.readers]
            joined = [torch.cat([value, extra], dim=2) for value, extra in zip(said, own, strict=True)]
            return residual(joined, shares) - plain

    return effect


def _changed(text: str, words: Sequence[str], chance: random.Random) -> str:
    """One word put in, taken out or replaced."""
    own = text.split()
    at = chance.randrange(len(own))
    what = chance.randrange(3)
    if what == 0 and len(own) > 1:
        del own[at]
    else:
        own[at : at + (what == 1)] = [chance.choice(words)]
    return " ".join(own)
