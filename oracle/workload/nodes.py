"""What the nodes of experiments are like: few hold most of the stake, as on live chains, and delegates miss turns."""

import numpy as np

from oracle.formulas.lanes import WAD

# Of Pareto's law of 80 to 20: a fifth of the nodes has four fifths of the stake.
PARETO_EXPONENT = 1.16
MISSED_TURNS = 0.01  # share of a delegate's turns
_MOST_WEI = 2 * WAD  # of one node
_LEAST_SHARE = 1e-4  # of the most


def pareto_stakes(nodes: int, seed: int) -> list[int]:
    """Stake of each node in wei, by a Pareto law."""
    drawn = 1 + np.random.default_rng([seed, 0x7374616B]).pareto(PARETO_EXPONENT, nodes)
    return [int(_MOST_WEI * max(_LEAST_SHARE, share)) for share in drawn / drawn.max()]
