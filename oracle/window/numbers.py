"""The numbers of a window: mean theta, the range that phi has, and the backlog that blocks left."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.lanes import UNITS_PER_ONE, WAD
from oracle.window.window import Nodes, PhiBounds, Window

Floats = NDArray[np.float64]


def phi_range(bounds: PhiBounds, theta0: Floats) -> tuple[Floats, Floats]:
    """Least and greatest phi that keep theta0 + phi, of any shape, within what the contracts allow."""
    most = bounds.max_phi_lane / UNITS_PER_ONE
    low = np.maximum(-most, bounds.theta_min_wad / WAD - theta0)
    return low, np.minimum(most, bounds.theta_max_wad / WAD - theta0)


def mean_phi(lanes: Sequence[int], nodes: Nodes) -> float:
    """Mean phi of the active nodes, whose lanes these are; 0 where there is none."""
    active = [lane for lane, is_active in zip(lanes, nodes.active, strict=True) if is_active]
    return sum(active) / max(1, len(active)) / UNITS_PER_ONE


def mean_theta0(window: Window) -> float:
    """Mean theta0 of the active nodes; 0.5 where there is none."""
    nodes = window.nodes
    active = [theta0 / WAD for theta0, is_active in zip(nodes.theta0_wad, nodes.active, strict=True) if is_active]
    return sum(active) / len(active) if active else 0.5


def mean_theta(window: Window) -> float:
    """Mean theta of the active nodes at the window's end; 0.5 where there is none."""
    active = [
        theta0 / WAD + lane / UNITS_PER_ONE
        for theta0, lane, is_active in zip(
            window.nodes.theta0_wad, window.nodes.lanes, window.nodes.active, strict=True
        )
        if is_active
    ]
    return sum(active) / len(active) if active else 0.5


def unserved_transactions(window: Window) -> float:
    """Transactions that the window's last block could have served and did not.

    If the window carries the true backlog at its end, this is that backlog less the last block's own transactions,
    which only the next block can hold. Otherwise it is a virtual queue: every transaction joins it, and every block
    serves up to mean theta times capacity. It starts empty at the window's first block.
    """
    if window.backlog_transactions is None:
        return _virtual_backlog(window)
    return float(max(0, window.backlog_transactions - len(window.blocks[-1].transactions)))


def _virtual_backlog(window: Window) -> float:
    queue, served_per_block = 0.0, _served_per_block(window)
    for block in window.blocks:
        queue = max(0.0, queue + len(block.transactions) - served_per_block)
    return queue


def _served_per_block(window: Window) -> float:
    return max(1e-9, mean_theta(window) * window.capacity_transactions)
