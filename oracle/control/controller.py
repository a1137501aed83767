"""The interface of controllers: a function from the window alone to phi, named by a hash that reports carry."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from oracle.window.blocks import Block
from oracle.window.window import Window

if TYPE_CHECKING:
    from oracle.control.attribution import Attribution


@dataclass(frozen=True)
class Decision:
    """Phi of every node before the contract's limits, and the time that it took."""

    phi: NDArray[np.float64]  # [nodes]
    encode_milliseconds: float
    decide_milliseconds: float


class Controller(Protocol):
    """Decides phi from a window. Controllers with equal hashes decide equally."""

    @property
    def name(self) -> str:
        """A name for people who run it."""

    @property
    def model_hash(self) -> bytes:
        """The modelHash in reports, 32 bytes."""

    @property
    def window_blocks(self) -> int:
        """The most blocks that it reads."""

    def decide(self, window: Window) -> Decision:
        """Phi of every node."""

    def prepare(self, block: Block, most_texts: int) -> int:
        """Read a block ahead of the windows that will hold it, which changes nothing but how soon they are decided.

        Args:
            block: With traffic alone.
            most_texts: How many texts may be read now.

        Returns:
            How many were read; where that is `most_texts`, some may be left.
        """

    def attributed(self, window: Window, most_texts: int) -> "Attribution | None":
        """Where a decision comes from, by text; None where texts move nothing, or more than `most_texts` speak."""
