"""Values as far apart as asked, within bounds of their own, at a given mean; compiled."""

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.compiled import compiled

Floats = NDArray[np.float64]
_HALVINGS = 60


@compiled
def at_mean(apart: Floats, mean: Floats, low: Floats, high: Floats) -> Floats:
    """clip(level + apart, low, high) with the level of each row at which its mean over columns is `mean`.

    Args:
        apart: [rows, columns].
        mean: [rows]; one beyond the bounds is taken to them.
        low: [rows, columns], least values.
        high: [rows, columns], greatest ones; not below `low`.
    """
    found = np.empty_like(apart)
    rows, columns = apart.shape
    for row in range(rows):
        below, above = np.inf, -np.inf
        for column in range(columns):
            below = min(below, low[row, column] - apart[row, column])
            above = max(above, high[row, column] - apart[row, column])
        for _ in range(_HALVINGS):
            level = (below + above) / 2
            total = 0.0
            for column in range(columns):
                total += min(high[row, column], max(low[row, column], level + apart[row, column]))
            if total < mean[row] * columns:
                below = level
            else:
                above = level
        for column in range(columns):
            found[row, column] = min(high[row, column], max(low[row, column], above + apart[row, column]))
    return found
