"""How fast work is done now, from the times and difficulties of rounds alone: a Bayesian filter over regimes.

The rate H (work in a T) stays as it is for a long time, and then jumps to any other: miners come and go. A round of
difficulty p lasts Exp(H / p). Levels of H are LEVELS steps of a logarithmic grid around the mean of the rounds; all are
equally likely before the first round. From round to round, over the time dt between,

    w_l <- (1 - q) w_l + q / LEVELS,   q = 1 - exp(-dt / REGIME),   w_l <- w_l * (H_l / p) exp(-dt H_l / p)

A mean over the last so many rounds must choose between noise and being late. The filter does not: after a jump the
rounds before it lose their weight, and without one they keep it.
"""

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.compiled import compiled
from oracle.formulas.exponential import exponential

Floats = NDArray[np.float64]

REGIME = 1_500.0  # T that a regime lasts on average
ROUNDS = 128  # that are looked at
_LEVELS, _SPREAD = 33, 1.2  # the grid reaches from exp(-1.2) to exp(1.2) times the mean


@compiled
def work_rate(lengths: Floats, difficulties: Floats) -> Floats:
    """Posterior mean of the work done in a T, [runs].

    Args:
        lengths: [runs, rounds]: T from each round's beginning to its end, oldest first; more than 0.
        difficulties: [runs, rounds]: expected work of each round.
    """
    runs, rounds = lengths.shape
    found = np.empty(runs)
    weights, rates = np.empty(_LEVELS), np.empty(_LEVELS)
    for run in range(runs):
        work, time = 0.0, 0.0
        for number in range(rounds):
            work += difficulties[run, number]
            time += lengths[run, number]
        for level in range(_LEVELS):
            rates[level] = work / time * exponential(_SPREAD * (2.0 * level / (_LEVELS - 1) - 1.0))
            weights[level] = 1.0 / _LEVELS
        for number in range(rounds):
            length, difficulty = lengths[run, number], difficulties[run, number]
            jump = 1.0 - exponential(-length / REGIME)
            total = 0.0
            for level in range(_LEVELS):
                rate = rates[level] / difficulty
                weights[level] = ((1.0 - jump) * weights[level] + jump / _LEVELS) * rate * exponential(-rate * length)
                total += weights[level]
            for level in range(_LEVELS):
                weights[level] /= total
        mean = 0.0
        for level in range(_LEVELS):
            mean += weights[level] * rates[level]
        found[run] = mean
    return found
