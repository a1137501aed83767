"""The load to come, as far as numbers tell: it goes back from what it is now to what it usually is.

    load(k) = usual + (now - usual) * exp(-(k + 1/2) / LASTING)        k T from now

`usual` is the mean over USUAL_ROUNDS, `now` over NOW_ROUNDS. Crowds end, so a load above the usual one does too.
"""

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.compiled import compiled
from oracle.formulas.exponential import exponential

Floats = NDArray[np.float64]

HORIZON = 96  # T that are foreseen
USUAL_ROUNDS, NOW_ROUNDS = 200, 5
LASTING = 25.0  # T


@compiled
def expected_load(arrivals: Floats, lengths: Floats) -> tuple[Floats, Floats]:
    """The load of each T to come, [runs, HORIZON], and the usual one, [runs]; in the unit of the arrivals, in a T.

    Args:
        arrivals: [runs, rounds]: what came in each round, oldest first; the last USUAL_ROUNDS are read.
        lengths: [runs, rounds]: T that each lasted.
    """
    runs, rounds = arrivals.shape
    ahead, usual = np.empty((runs, HORIZON)), np.empty(runs)
    first = max(0, rounds - USUAL_ROUNDS)
    for run in range(runs):
        came, time, came_now, time_now = 0.0, 0.0, 0.0, 0.0
        for number in range(first, rounds):
            came += arrivals[run, number]
            time += lengths[run, number]
            if number >= rounds - NOW_ROUNDS:
                came_now += arrivals[run, number]
                time_now += lengths[run, number]
        usual[run] = came / time
        beyond = came_now / time_now - usual[run]
        for k in range(HORIZON):
            ahead[run, k] = usual[run] + beyond * exponential(-(k + 0.5) / LASTING)
    return ahead, usual
