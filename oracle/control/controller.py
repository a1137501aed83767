"""What the committee signs for: a function of the window alone, named by a hash."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from oracle.window.window import Window


@dataclass(frozen=True)
class Decision:
    """Phi of every node before the contract's limits, and what it took."""

    phi: NDArray[np.float64]  # [nodes]
    encode_milliseconds: float
    decide_milliseconds: float


class Controller(Protocol):
    """Decides phi from a window. Equal hashes decide equally."""

    @property
    def name(self) -> str:
        """For those who run it."""

    @property
    def model_hash(self) -> bytes:
        """What reports commit to, 32 bytes."""

    @property
    def window_blocks(self) -> int:
        """Blocks that it reads, at most."""

    def decide(self, window: Window) -> Decision:
        """Phi of every node."""
