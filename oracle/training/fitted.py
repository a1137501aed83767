"""Linear layers on fixed vectors, by L-BFGS in float64: convex, so the same wherever it begins."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from oracle.model.layers import Floats, Layer

_STEPS = 200


def fitted_layer(vectors: Floats, labels: int, loss: Callable[[Tensor], Tensor], decay: float) -> Layer:
    """The layer whose loss is least.

    Args:
        vectors: [examples, hidden], each of length 1.
        labels: How many the layer tells apart.
        loss: Of the scores, [examples, labels].
        decay: Weight of the squared weights beside that loss.
    """
    scaled = torch.from_numpy(math.sqrt(vectors.shape[1]) * vectors)
    weight = torch.zeros(labels, vectors.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(labels, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss(scaled @ weight.T + bias) + decay * weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return Layer(weight.detach().numpy(), bias.detach().numpy())
