"""How much of a decision comes from numbers, from words, and from which words, found by leaving texts out."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from oracle.model.features import Features
from oracle.model.policy import Policy
from oracle.window.texts import text_shares
from oracle.window.window import Window


@dataclass(frozen=True)
class TextEffect:
    """One distinct text of a window."""

    text: str
    added_phi: float  # mean phi of the active nodes, less what it would be without this one text
    first_block: int
    last_block: int


@dataclass(frozen=True)
class Attribution:
    """Mean phi of the active nodes before every bound, `numbers_phi + text_phi`, and where it comes from."""

    numbers_phi: float  # of the same window without any text
    text_phi: float  # what all texts together add
    texts: tuple[TextEffect, ...]  # largest effect first; they need not add up to `text_phi`, since texts overlap


def attribute(policy: Policy, window: Window, features: Features) -> Attribution:
    """What phi would be without all texts of a window, and without each of them. `features` are the window's."""
    active = features.nodes[np.array(window.nodes.active, dtype=bool)]
    if not len(active):
        return Attribution(0.0, 0.0, ())
    # Equal nodes get equal phi, so each kind of node is computed once.
    kinds, counts = np.unique(active, axis=0, return_counts=True)
    numbers, nodes = (torch.from_numpy(array).unsqueeze(0) for array in (features.numbers, kinds))
    weights = torch.from_numpy(features.weights)
    share = torch.from_numpy(counts / counts.sum())

    def mean(phi: Tensor) -> float:
        return float((phi.squeeze(0) * share).sum())

    with torch.inference_mode():
        values = [reader.values(torch.from_numpy(features.embeddings)) for reader in policy.readers]

        def residual(kept: Tensor) -> float:
            return mean(policy.residual_of([(kept @ value).unsqueeze(0) for value in values], numbers, nodes))

        whole, none = residual(weights), residual(torch.zeros_like(weights))
        feedback = mean(policy.feedback(numbers, nodes))
        effects = []
        for column, (text, first, last) in enumerate(_places(window)):
            kept = weights.clone()
            kept[:, column] = 0
            effects.append(TextEffect(text, whole - residual(kept), first, last))
    return Attribution(
        numbers_phi=feedback + none,
        text_phi=whole - none,
        texts=tuple(sorted(effects, key=lambda effect: (-abs(effect.added_phi), effect.text))),
    )


def _places(window: Window) -> list[tuple[str, int, int]]:
    """Each distinct text that is read, in the order of the features' columns, with the blocks it spans."""
    spans: dict[str, tuple[int, int]] = {}
    for block, shares in zip(window.blocks, text_shares(window), strict=True):
        for share in shares:
            spans[share.text] = (spans.get(share.text, (block.number, 0))[0], block.number)
    return [(text, *spans[text]) for text in sorted(spans)]
