"""The numeric channels of a window: aggregates of each block, scale-free where they can be.

The policy reads two of them by name: the load of each block, and the backlog after the last one.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oracle.formulas.lanes import UNITS_PER_ONE, WAD
from oracle.window.blocks import Block, Transaction
from oracle.window.kinds import meaning_of
from oracle.window.window import Window

CHANNELS = (
    "load",  # arrivals over what a block holds at the theta in force
    "backlog",  # log(1 + queue after the block, in blocks that are full at theta = 1)
    "fullness",  # served over what the block holds, at most 1
    "interval",  # log of block interval over target
    "gas_fullness",  # gas used over gas limit
    "fee_level",  # log of median gas price over the window's median
    "fee_spread",  # standard deviation of log gas price
    "value",  # log(1 + value in ether) of the whole block
    "calldata",  # log(1 + mean calldata bytes)
    "share_payment",
    "share_token",
    "share_text",
    "sender_diversity",  # distinct senders over transactions
    "mean_phi",  # mean phi in force at the window's end
)
_TOKEN_KINDS = frozenset({"token transfer", "approval", "mint", "swap"})


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
    phis = window.nodes.active_lanes
    mean_phi = sum(phis) / len(phis) / UNITS_PER_ONE if phis else 0.0
    window_fee = _median([t.gas_price_wei for block in window.blocks for t in block.transactions])
    rows = []
    shift = unserved_transactions(window) - _virtual_backlog(window)
    queue, backlog = 0.0, max(0.0, shift)
    previous: Block | None = None
    for block in window.blocks:
        arrivals = len(block.transactions)
        queue = max(0.0, queue + arrivals - served_per_block)
        served = min(backlog + arrivals, served_per_block)
        backlog = max(0.0, queue + shift)
        interval = block.timestamp_seconds - previous.timestamp_seconds if previous else window.interval_seconds
        rows.append(
            [
                arrivals / served_per_block,
                math.log1p(backlog / window.capacity_transactions),
                served / served_per_block,
                math.log(max(interval, 0.1) / window.interval_seconds),
                block.gas_used / block.gas_limit if block.gas_limit else 0.0,
                *_transaction_channels(block.transactions, window_fee),
                mean_phi,
            ]
        )
        previous = block
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


def _transaction_channels(transactions: Sequence[Transaction], window_fee: float) -> list[float]:
    count = len(transactions)
    if count == 0:
        return [0.0] * 8
    fees = np.log([float(max(1, t.gas_price_wei)) for t in transactions])
    meanings = [meaning_of(t) for t in transactions]
    return [
        float(np.median(fees)) - math.log(max(1.0, window_fee)),
        float(np.std(fees)),
        math.log1p(sum(t.value_wei for t in transactions) / WAD),
        math.log1p(sum(len(t.calldata) for t in transactions) / count),
        sum(m.kind == "payment" for m in meanings) / count,
        sum(m.kind in _TOKEN_KINDS for m in meanings) / count,
        sum(bool(m.text) for m in meanings) / count,
        len({t.sender for t in transactions}) / count,
    ]


def _median(values: Sequence[int]) -> float:
    return float(np.median(np.asarray(values, dtype=np.float64))) if values else 1.0
