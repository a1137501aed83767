"""Classical feedback: one phi for all nodes, proportional to the backlog."""

import json
import time
from dataclasses import asdict, dataclass

import numpy as np
from eth_hash.auto import keccak

from oracle.control.controller import Decision
from oracle.formulas.feedback import FEEDBACK_CONSTANT, FEEDBACK_GAIN, feedback_phi
from oracle.window.blocks import Block
from oracle.window.numbers import unserved_transactions
from oracle.window.window import Window


@dataclass(frozen=True)
class FeedbackController:
    """Phi by `formulas.feedback`, within +-limit."""

    gain: float = FEEDBACK_GAIN
    constant: float = FEEDBACK_CONSTANT
    limit: float = 0.5
    window_blocks: int = 32

    @property
    def name(self) -> str:
        """The name, without parameters."""
        return "classical feedback"

    @property
    def model_hash(self) -> bytes:
        """Hash of name and parameters."""
        return bytes(keccak(json.dumps(["feedback 2", asdict(self)], sort_keys=True).encode()))

    def decide(self, window: Window) -> Decision:
        """The same phi for every node."""
        started = time.perf_counter()
        backlog = unserved_transactions(window) / window.capacity_transactions
        phi = float(np.clip(feedback_phi(backlog, gain=self.gain, constant=self.constant), -self.limit, self.limit))
        return Decision(np.full(window.nodes.count, phi), 0.0, 1e3 * (time.perf_counter() - started))

    def attributed(self, _window: Window, _most_texts: int) -> None:
        """It reads numbers alone."""

    def prepare(self, block: Block, most_texts: int) -> int:
        """Nothing: no text is read."""
        del block, most_texts
        return 0
