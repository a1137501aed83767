"""Classical feedback: one phi for all nodes, proportional to the backlog."""

import json
import time
from dataclasses import asdict, dataclass

import numpy as np
from eth_hash.auto import keccak

from oracle.control.controller import Decision
from oracle.model.feedback_law import FEEDBACK_CONSTANT, FEEDBACK_GAIN
from oracle.window.numbers import unserved_transactions
from oracle.window.window import Window


@dataclass(frozen=True)
class FeedbackController:
    """Phi = constant + gain * backlog, within +-limit; the backlog in blocks that are full at theta = 1.

    The default gain lies between those that the plant prefers for epochs of 10 and of 20 (docs/benchmark.md); the
    constant offers about 0.1 more mean capacity than phi = 0 with it (docs/compare.md).
    """

    gain: float = FEEDBACK_GAIN
    constant: float = FEEDBACK_CONSTANT
    limit: float = 0.5
    window_blocks: int = 32

    @property
    def name(self) -> str:
        """Without its parameters."""
        return "classical feedback"

    @property
    def model_hash(self) -> bytes:
        """Hash of name and parameters."""
        return bytes(keccak(json.dumps(["feedback 2", asdict(self)], sort_keys=True).encode()))

    def decide(self, window: Window) -> Decision:
        """The same phi for every node."""
        started = time.perf_counter()
        backlog = unserved_transactions(window) / window.capacity_transactions
        phi = float(np.clip(self.constant + self.gain * backlog, -self.limit, self.limit))
        return Decision(np.full(window.nodes.count, phi), 0.0, 1e3 * (time.perf_counter() - started))
