"""f(v, theta0) of one window, on the canonical path: float64, CPU, batch of one."""

import numpy as np
import torch
from numpy.typing import NDArray

from oracle.model.features import Features
from oracle.model.policy import Policy


def decide(policy: Policy, features: Features) -> NDArray[np.float64]:
    """Phi of every node, shape [nodes], before the contract's limits."""
    with torch.inference_mode():
        phi: NDArray[np.float64] = (
            policy(
                torch.from_numpy(features.numbers).unsqueeze(0),
                torch.from_numpy(features.embeddings).unsqueeze(0),
                torch.from_numpy(features.weights).unsqueeze(0),
                torch.from_numpy(features.nodes).unsqueeze(0),
            )
            .squeeze(0)
            .numpy()
        )
    return phi
