"""How long deciding takes beside encoding, by number of nodes; a part of `catalyst bench encode`."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from deploy.parameters import THETA0_WAD
from oracle.control.policy import PolicyController
from oracle.window.rounds import Round, Rounds
from oracle.window.window import Nodes, Window

NODES = (100, 10_000, 1_000_000)
_REPEATS = 15
_WON = 201  # rounds of a whole window


@dataclass(frozen=True)
class DecideRow:
    """One number of nodes."""

    nodes: int
    ms_p50: float
    ms_p95: float


def decide_rows(policy: PolicyController, window: Window, nodes: Sequence[int] = NODES) -> list[DecideRow]:
    """On a window whose texts are known, as a chain with a ledger has it: two plans, hash rate, and shares by node."""
    rows = []
    for count in nodes:
        seen = replace(
            window,
            nodes=Nodes((THETA0_WAD,) * count, (0,) * count, (True,) * count),
            backlog_transactions=100,
            rounds=_rounds(window, count),
        )
        policy.decide(seen)
        took = []
        for _ in range(_REPEATS):
            started = time.perf_counter()
            decision = policy.decide(seen)
            took.append(1e3 * (time.perf_counter() - started) - decision.encode_milliseconds)
        rows.append(DecideRow(count, float(np.median(took)), float(np.quantile(took, 0.95))))
    return rows


def _rounds(window: Window, nodes: int) -> Rounds:
    last = window.blocks[-1]
    won = tuple(
        Round(
            chain_block=last.number + at - _WON,
            timestamp_seconds=last.timestamp_seconds + window.interval_seconds * (at - _WON),
            node=7 * at % nodes,
            difficulty=1 << 16,
            base_difficulty=nodes << 16,
            offered=20 * at,
            confirmed=20,
            gas_prices_wei=20 * 10**9,
        )
        for at in range(_WON)
    )
    return Rounds(won, 2880, None)
