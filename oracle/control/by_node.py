"""From one phi for all to one for each node, with the same mean: more where dearer traffic goes through.

    value_n = (g_n + PRIOR m) / (c_n + PRIOR) / m,   phi_n = phi + clip(GAIN (value_n - 1), +-MOST) + level

g_n is the sum of the gas prices of what node n confirmed in the rounds of the window, c_n their number, and m the mean
price over all nodes. PRIOR transactions at the mean price are counted for every node, so that a node of which little is
known is like the others. A node with small blocks takes the dearest transactions alone, and gets more; with more, it
takes cheaper ones too: so this settles. The level is such that the mean over the active nodes stays, within every
node's own bounds. Nodes of a smaller theta0 get a part of phi in proportion.
"""

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.lanes import WAD
from oracle.formulas.levels import at_mean
from oracle.window.numbers import phi_range
from oracle.window.window import Window

Floats = NDArray[np.float64]

GAIN, MOST = 0.1, 0.05
PRIOR = 20.0  # transactions


def phi_by_node(window: Window, mean: float) -> Floats:
    """Phi of every node, [nodes], whose mean over the active ones is as near to `mean` as their bounds allow."""
    nodes = window.nodes
    phi = np.zeros(nodes.count)
    active = np.flatnonzero(np.array(nodes.active, dtype=bool))
    if not len(active):
        return phi
    theta0 = np.array([nodes.theta0_wad[node] / WAD for node in active])
    relative = theta0 / theta0.mean() if theta0.mean() > 0 else np.ones_like(theta0)
    low, high = phi_range(window.bounds, theta0)
    apart = mean * (relative - 1) + np.clip(GAIN * (values(window)[active] - 1), -MOST, MOST)
    phi[active] = at_mean(apart[None], np.array([mean]), low[None], high[None])[0]
    return phi


def values(window: Window) -> Floats:
    """How dear what each node confirmed was, [nodes]; 1 is the mean of all."""
    prices, counts = np.zeros(window.nodes.count), np.zeros(window.nodes.count)
    for each in window.rounds.won if window.rounds is not None else ():
        if each.node < window.nodes.count:
            prices[each.node] += each.gas_prices_wei
            counts[each.node] += each.confirmed
    if prices.sum() == 0:
        return np.ones(window.nodes.count)
    mean = prices.sum() / counts.sum()
    return np.asarray((prices + PRIOR * mean) / (counts + PRIOR) / mean)
