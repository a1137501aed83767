"""Where a plan starts, from a window alone: pace, backlog and load, and the rules that bind phi.

On a chain with a ledger these come from its rounds. Elsewhere phi moves no block, the chain's own blocks are the
rounds, and the backlog is a virtual queue (`oracle.window.numbers`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.control.hash_rate import ROUNDS, work_rate
from oracle.control.load import expected_load
from oracle.control.plan import Prospect, Rules
from oracle.formulas.lanes import UNITS_PER_ONE
from oracle.window.numbers import mean_theta0, phi_range, unserved_transactions
from oracle.window.rounds import Round, Rounds
from oracle.window.window import Window

Floats = NDArray[np.float64]

# Of a chain that no report has reached yet: as the benchmark has them.
_EPOCH_BLOCKS, _LAG_BLOCKS = 10, 3
# Epochs that a plan plays are at least and at most this long; phi moves in them as it could in reports.
_SHORTEST, _LONGEST = 10, 40
# Blocks of one timestamp, and clocks that stand still, count as a part of T; a chain that stood still as a long time.
_LEAST_LENGTH, _MOST_LENGTH = 1e-3, 1e6


@dataclass(frozen=True)
class Start:
    """What plans start from, one run."""

    prospect: Prospect
    rules: Rules
    usual_load: Floats  # [1]


def start_of(window: Window) -> Start:
    """The start of the plans of a window."""
    rounds = window.rounds if window.rounds is not None and len(window.rounds.won) > 1 else None
    arrivals, lengths = _arrivals(window) if rounds is None else _offered(rounds, window)
    load, usual = expected_load(arrivals, lengths)
    active = max(1, len(window.nodes.active_lanes))
    phi = sum(window.nodes.active_lanes) / active / UNITS_PER_ONE
    backlog = unserved_transactions(window) / window.capacity_transactions
    prospect = Prospect(
        pace=np.full_like(load, 1.0 if rounds is None else _pace(rounds, window, active)),
        backlog=np.array([backlog]),
        phi=np.array([phi]),
        load=load,
    )
    return Start(prospect, _rules(window, rounds), usual)


def _rules(window: Window, rounds: Rounds | None) -> Rules:
    bounds, theta0 = window.bounds, mean_theta0(window)
    low, high = phi_range(bounds, np.array([theta0]))
    per_block = 1.0 if rounds is None else _rounds_a_block(rounds.won)
    epoch, lag = window.cadence.epoch_blocks, window.cadence.lag_blocks
    if epoch == 0:
        epoch, lag = _EPOCH_BLOCKS, _LAG_BLOCKS
    reported = max(1, round(epoch * per_block))
    played = min(_LONGEST, max(_SHORTEST, reported))
    return Rules(
        epoch_blocks=played,
        lag_blocks=min(played, round(lag * per_block)),
        theta0=theta0,
        max_step=bounds.max_step_lane / UNITS_PER_ONE * max(1.0, played / reported),
        low=float(low[0]),
        high=float(high[0]),
        half_life=math.inf if rounds is None else rounds.half_life_seconds / window.interval_seconds,
        speeds=0.0 if rounds is None else 1.0,
    )


def _rounds_a_block(won: tuple[Round, ...]) -> float:
    return (len(won) - 1) / max(1, won[-1].chain_block - won[0].chain_block)


def _lengths(timestamps: list[int], interval_seconds: int) -> Floats:
    """T between each two, [1, timestamps - 1]."""
    lengths = np.diff(np.array([timestamps], dtype=np.float64)) / interval_seconds
    return np.clip(lengths, _LEAST_LENGTH, _MOST_LENGTH)


def _offered(rounds: Rounds, window: Window) -> tuple[Floats, Floats]:
    """Arrivals in full blocks and lengths in T of the rounds but the first, [1, rounds - 1] each."""
    offered = np.array([[each.offered for each in rounds.won]], dtype=np.float64)
    timestamps = [each.timestamp_seconds for each in rounds.won]
    return np.diff(offered) / window.capacity_transactions, _lengths(timestamps, window.interval_seconds)


def _arrivals(window: Window) -> tuple[Floats, Floats]:
    """The same of the chain's blocks; of a single block, as if it had taken a T."""
    counts = np.array([[len(block.transactions) for block in window.blocks]], dtype=np.float64)
    if len(window.blocks) == 1:
        return counts / window.capacity_transactions, np.ones((1, 1))
    timestamps = [block.timestamp_seconds for block in window.blocks]
    return counts[:, 1:] / window.capacity_transactions, _lengths(timestamps, window.interval_seconds)


def _pace(rounds: Rounds, window: Window, active: int) -> float:
    """Rounds in a T at phi = 0, at the difficulty that is in force: work done in a T, over d / N."""
    base = rounds.won[-1].base_difficulty / active
    if rounds.unit_seconds is not None:
        return window.interval_seconds / rounds.unit_seconds / max(1.0, base)
    last = rounds.won[-ROUNDS - 1 :]
    lengths = _lengths([each.timestamp_seconds for each in last], window.interval_seconds)
    difficulties = np.array([[float(each.difficulty) for each in last[1:]]])
    return float(work_rate(lengths, difficulties)[0]) / base
