"""Texts that move the policy most, found by search."""

import random
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from oracle.model.bundle import Bundle
from oracle.plant.definition import Definition
from oracle.plant.kernel import PHI, TIME
from oracle.training.policy_on_plant import plant_nodes, plant_numbers
from oracle.training.pooling import Texts, values_of
from oracle.training.text_table import TextTable

Floats = NDArray[np.float64]
_DRAWN_TO_ONE_RAISED = 16


def find_texts(
    bundle: Bundle,
    texts: TextTable,
    read: Texts,
    definition: Definition,
    log: Floats,
    *,
    windows: int,
    candidates: int,
    starts: int,
    changes: int,
) -> tuple[str, str]:
    """The texts that move phi up and down most, on average over windows of a run in all of whose blocks they stand.

    What raises phi is judged on any windows; what lowers it, on those where the policy raises it.

    Args:
        bundle: Encoder and policy.
        texts: Where the search begins: some of these, and from the best of them word by word.
        read: What is read on each seed.
        definition: The plant's.
        log: [seeds, blocks, columns] of a run.
        windows: How many windows a text is judged by.
        candidates: How many texts of the table are tried.
        starts: How many of the best are changed.
        changes: How many changes are tried of each.
    """
    chance = random.Random(0)  # noqa: S311 - a search, not secrets
    known = texts.texts()
    words = sorted({word for text in known for word in text.split()})
    found = []
    for sign in (1, -1):
        effect = _effect(bundle, texts, read, definition, log, windows, raised=sign < 0)
        tried = {text: effect(text) for text in chance.sample(known, min(candidates, len(known)))}
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
    bundle: Bundle, texts: TextTable, read: Texts, definition: Definition, log: Floats, windows: int, *, raised: bool
) -> Callable[[str], float]:
    """How far a text moves phi on average over some windows; if `raised`, over those of more where phi is highest."""
    policy, length = bundle.policy, bundle.policy.config.window_blocks
    random_ = np.random.default_rng(0)
    drawn = windows * _DRAWN_TO_ONE_RAISED if raised else windows
    seeds = random_.integers(len(log), size=drawn)
    ends = random_.integers(length, log.shape[1], size=drawn)
    rows = np.stack([log[seed, end - length : end] for seed, end in zip(seeds, ends, strict=True)])
    times = torch.from_numpy(rows[:, :, TIME].astype(int))
    at = torch.from_numpy(seeds).unsqueeze(1), times
    said = read.at(*at)
    numbers = torch.from_numpy(plant_numbers(definition, rows, rows[:, -1, PHI], length))
    nodes = torch.from_numpy(plant_nodes(definition, rows[:, -1, PHI]))
    with torch.inference_mode():
        values = values_of(policy, texts.tensor())
        plain = policy.residual_of(said.said(values), numbers, nodes)[:, 0]
        if raised:
            highest = plain.argsort(descending=True)[:windows]
            said, plain = Texts(said.index[highest], said.weights[highest]), plain[highest]
            numbers, nodes = numbers[highest], nodes[highest]
    hostile = said.with_hostile(torch.full((windows, 1), len(values[0])))

    def effect(text: str) -> float:
        with torch.inference_mode():
            own = values_of(policy, torch.from_numpy(bundle.encoder.encode(text)).unsqueeze(0))
            both = [torch.cat(pair) for pair in zip(values, own, strict=True)]
            return float((policy.residual_of(hostile.said(both), numbers, nodes)[:, 0] - plain).mean())

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
