"""What miners gain who mine only while p is low: blocks for a hash, over those of miners who always mine.

In each block all mine at one p, so hoppers gain by when they mine alone. Both sides are counted by the finds that
their hashes can expect, hashes / p, which is what they found but for luck.
"""

import numpy as np
from numpy.typing import NDArray

from oracle.plant.kernel import DIFFICULTY, HOPPING, INTERVAL, PHI, RATE
from oracle.plant.plant import Trajectory

_SETTLED_BLOCKS = 1_000  # after which hoppers know what p is usual


def hopping_gain(trajectory: Trajectory) -> NDArray[np.float64]:
    """Blocks for a hash of hoppers over those of loyal miners, less 1; one value per seed.

    For pools whose nodes have one phi.
    """
    log = trajectory.log[:, _SETTLED_BLOCKS:]
    work = log[:, :, RATE] * log[:, :, INTERVAL]  # expected finds of all who mined
    found_for_a_hash = np.exp(log[:, :, PHI]) / log[:, :, DIFFICULTY]  # 1 / p
    hopping = log[:, :, HOPPING]
    present = 1 - trajectory.definition.hopping_share * (1 - hopping)
    finds = work / present  # of the whole hash rate, had all mined
    hashes = finds / found_for_a_hash
    hoppers = (hopping * finds).sum(axis=1) / (hopping * hashes).sum(axis=1)
    loyal = finds.sum(axis=1) / hashes.sum(axis=1)
    return np.asarray(hoppers / loyal - 1)
