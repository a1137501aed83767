"""What a policy says at every block of a history, and what feedback alone would have said."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from oracle.control.feedback import FeedbackController
from oracle.control.policy import PolicyController
from oracle.control.prospect import start_of
from oracle.formulas.lanes import UNITS_PER_ONE
from oracle.lab.backtest.history import History
from oracle.model.bundle import load_bundle
from oracle.window.numbers import unserved_transactions
from oracle.window.texts import TextShare
from oracle.window.window import Window
from oracle.workers.pool import Workers

# Load to come is that of this many blocks; in the default bundle's lessons, crowds are announced up to 40 T ahead.
AHEAD_BLOCKS = 30
SPOKE = 0.02  # of phi: text counts as having spoken where it adds more
_TEXTS_SHOWN = 3


@dataclass(frozen=True)
class ShadowRow:
    """One block."""

    block: int
    timestamp_seconds: int
    window_blocks: int
    transactions: int
    backlog: float  # blocks that are full at theta = 1
    phi_in_force: float
    phi_policy: float
    phi_feedback: float
    text_added: float
    milliseconds: float  # from window to phi
    texts: tuple[str, ...]  # the heaviest of the window's blocks, taken together


@dataclass(frozen=True)
class Shadow:
    """A replay."""

    source: str
    model_hash: bytes  # 32 bytes
    capacity_transactions: int
    interval_seconds: int
    rows: tuple[ShadowRow, ...]
    stretches: int  # of blocks in a row
    spoke: float  # part of the blocks where text added more than SPOKE
    most_added: float
    mean_phi_policy: float
    mean_phi_feedback: float
    # Spearman's rank correlation between what text added and how much more load came in the next blocks than in the
    # last; None where there are too few blocks in a row, or text added the same everywhere.
    foretold: float | None

    def as_json(self) -> dict[str, Any]:
        """For `--json`; the hash as 0x-hexadecimal."""
        return asdict(self) | {"model_hash": "0x" + self.model_hash.hex()}


def shadow(
    bundle_directory: Path, encoder: str | None, history: History, progress: Callable[[int], None], workers: Workers
) -> Shadow:
    """Replay by workers, block by block: `progress` is told of every block done.

    Raises:
        BundleError: the bundle, or its encoder, cannot be loaded.
    """
    bundle = _policy(bundle_directory, encoder).bundle
    rows = []
    jobs = (partial(_row, bundle_directory, encoder, each) for each in history.windows(bundle.config.window_blocks))
    for done, row in enumerate(workers.run(jobs), 1):
        rows.append(row)
        progress(done)
    added = np.array([row.text_added for row in rows])
    return Shadow(
        source=history.source,
        model_hash=bundle.model_hash,
        capacity_transactions=history.capacity_transactions,
        interval_seconds=history.interval_seconds,
        rows=tuple(rows),
        stretches=sum(row.window_blocks == 1 for row in rows),
        spoke=float((added > SPOKE).mean()),
        most_added=float(added.max()),
        mean_phi_policy=float(np.mean([row.phi_policy for row in rows])),
        mean_phi_feedback=float(np.mean([row.phi_feedback for row in rows])),
        foretold=_foretold(rows),
    )


@lru_cache(maxsize=1)
def _policy(bundle_directory: Path, encoder: str | None) -> PolicyController:
    """Once in each process: it keeps what it has read."""
    return PolicyController(load_bundle(bundle_directory, encoder))


def _row(bundle_directory: Path, encoder: str | None, window: Window) -> ShadowRow:
    policy = _policy(bundle_directory, encoder)
    decision = policy.decide(window)
    read = policy.shares_of(window)
    evidence = policy.evidence_of(read, window.interval_seconds)
    common = policy.common(window, start_of(window), evidence)
    last = window.blocks[-1]
    return ShadowRow(
        block=last.number,
        timestamp_seconds=last.timestamp_seconds,
        window_blocks=len(window.blocks),
        transactions=len(last.transactions),
        backlog=unserved_transactions(window) / window.capacity_transactions,
        phi_in_force=window.nodes.lanes[0] / UNITS_PER_ONE,
        phi_policy=float(decision.phi[0]),
        phi_feedback=float(FeedbackController().decide(window).phi[0]),
        text_added=common.with_text - common.without_text,
        milliseconds=decision.encode_milliseconds + decision.decide_milliseconds,
        texts=_heaviest_texts(read),
    )


def _heaviest_texts(read: Sequence[Sequence[TextShare]]) -> tuple[str, ...]:
    """The texts that weigh most over all blocks of the window, since all of them speak for its phi."""
    weights: dict[str, float] = defaultdict(float)
    for shares in read:
        for share in shares:
            weights[share.text] += share.weight
    return tuple(sorted(weights, key=lambda text: (-weights[text], text))[:_TEXTS_SHOWN])


def _foretold(rows: Sequence[ShadowRow]) -> float | None:
    added, change = [], []
    for at in range(AHEAD_BLOCKS - 1, len(rows) - AHEAD_BLOCKS):
        around = rows[at - AHEAD_BLOCKS + 1 : at + AHEAD_BLOCKS + 1]
        if around[-1].block - around[0].block != len(around) - 1:
            continue
        came = [row.transactions for row in around]
        added.append(rows[at].text_added)
        change.append(sum(came[AHEAD_BLOCKS:]) - sum(came[:AHEAD_BLOCKS]))
    if len(set(added)) < 2 or len(set(change)) < 2:
        return None
    return float(np.corrcoef(_ranks(added), _ranks(change))[0, 1])


def _ranks(values: Sequence[float]) -> np.ndarray:
    """Ranks from 0; equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return np.asarray((last - (counts + 1) / 2)[inverse])
