"""The numeric channels of a window, which the policy reads by name: the load and the backlog of each block."""

import math

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.lanes import UNITS_PER_ONE, WAD
from oracle.window.window import Window

CHANNELS = (
    "load",  # arrivals over what a block holds at the theta in force
    "backlog",  # log(1 + queue after the block, in blocks that are full at theta = 1)
)


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


def numeric_channels(window: Window) -> NDArray[np.float64]:
    """Shape [blocks, channels], in the order of CHANNELS.

    The backlog is a virtual queue: every transaction joins it, and every block serves up to mean theta times capacity.
    It starts empty at the window's first block. If the window carries the true backlog, the whole queue is shifted so
    that it ends there (see `unserved_transactions`). It is a function of the window alone, as the report's hash
    demands.
    """
    served_per_block = _served_per_block(window)
    shift = unserved_transactions(window) - _virtual_backlog(window)
    queue, rows = 0.0, []
    for block in window.blocks:
        arrivals = len(block.transactions)
        queue = max(0.0, queue + arrivals - served_per_block)
        backlog = max(0.0, queue + shift)
        rows.append([arrivals / served_per_block, math.log1p(backlog / window.capacity_transactions)])
    # Inputs are bounded: no choice of a sender brings them further than this out of the policy's training range.
    return np.clip(np.asarray(rows, dtype=np.float64), -8.0, 8.0)


def unserved_transactions(window: Window) -> float:
    """Transactions that the window's last block could have served and did not.

    If the window carries the true backlog at its end, this is that backlog less the last block's own transactions,
    which only the next block can hold. Otherwise it is the virtual queue.
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
