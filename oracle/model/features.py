"""From a window to the arrays that the policy takes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.lanes import UNITS_PER_ONE, WAD
from oracle.model.encoder import Encoder
from oracle.model.policy import NODE_FEATURES
from oracle.window.numbers import numeric_channels
from oracle.window.texts import text_shares
from oracle.window.window import Nodes, Window

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """One window as arrays."""

    numbers: FloatArray  # [blocks, channels], in the order of CHANNELS
    embeddings: FloatArray  # [texts, hidden]: every distinct text once
    weights: FloatArray  # [blocks, texts]
    nodes: FloatArray  # [nodes, 3]


def window_features(window: Window, encoder: Encoder) -> Features:
    """Numbers, embedded texts with their weights, and node features of a window."""
    shares = text_shares(window)
    column = {text: at for at, text in enumerate(sorted({share.text for block in shares for share in block}))}
    embeddings = np.zeros((len(column), encoder.hidden_size))
    for text, at in column.items():
        embeddings[at] = encoder.encode(text)
    weights = np.zeros((len(shares), len(column)))
    for row, block_shares in zip(weights, shares, strict=True):
        for share in block_shares:
            row[column[share.text]] = share.weight
    return Features(
        numbers=numeric_channels(window), embeddings=embeddings, weights=weights, nodes=node_features(window.nodes)
    )


def node_features(nodes: Nodes) -> FloatArray:
    """Shape [nodes, 3]: theta0, theta0 relative to the mean of active nodes, phi in force."""
    if nodes.count == 0:
        return np.zeros((0, NODE_FEATURES))
    theta0 = np.array([value / WAD for value in nodes.theta0_wad])
    active = np.array(nodes.active)
    mean = float(theta0[active].mean()) if active.any() else 0.0
    relative = theta0 / mean - 1 if mean > 0 else np.zeros_like(theta0)
    return np.stack([theta0, np.clip(relative, -2, 2), np.array(nodes.lanes) / UNITS_PER_ONE], axis=1)
