"""The layers of the reader of transfers: what clauses wish, and what names, amounts and times mean."""

import torch
from torch import Tensor

from oracle.model.layers import Layer
from oracle.training.fitted import fitted_layer
from oracle.training.transfers.lesson import Lessons


def wish_layer(lessons: Lessons, decay: float) -> Layer:
    """Sigmoids; `decay` is the weight of squared weights, of each example's loss."""
    said = torch.from_numpy(lessons.wishes)

    def loss(scores: Tensor) -> Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(scores, said)

    return fitted_layer(lessons.clauses, said.shape[1], loss, decay)


def meaning_layer(lessons: Lessons, decay: float) -> Layer:
    """A softmax over the meanings that a target can have; rare meanings count as much as others."""
    meanings = torch.from_numpy(lessons.meanings)
    possible = torch.from_numpy(lessons.possible)
    counts = torch.bincount(meanings, minlength=possible.shape[1]).double()
    weights = torch.where(counts > 0, counts.clamp(min=1).rsqrt(), torch.zeros(()).double())

    def loss(scores: Tensor) -> Tensor:
        return torch.nn.functional.cross_entropy(scores.masked_fill(~possible, -1e9), meanings, weight=weights)

    return fitted_layer(lessons.targets, possible.shape[1], loss, decay)
