"""How the blocks of a local run come."""

import time
from typing import Protocol

from oracle.chain.connection import Chain, connect
from oracle.errors import ConnectionFailed

_NEXT_BLOCK_TIMEOUT_SECONDS = 60


class BlockSource(Protocol):
    """A chain, and a way to have it produce its next block."""

    chain: Chain

    def next_block(self, interval_seconds: int) -> None:
        """Return once there is one more block; `interval_seconds` after the last where this run sets the clock."""

    def close(self) -> None:
        """End what was started."""


class ForeignBlocks:
    """Blocks of a node that others run: wait for them."""

    def __init__(self, url: str) -> None:
        self.chain = connect(url)
        self._seen = self.chain.head()

    def next_block(self, interval_seconds: int) -> None:  # noqa: ARG002 - the node's own clock decides
        """Wait for a block past the last one returned for.

        Raises:
            ConnectionFailed: none came in time.
        """
        deadline = time.monotonic() + _NEXT_BLOCK_TIMEOUT_SECONDS
        while (head := self.chain.head()) <= self._seen:
            if time.monotonic() > deadline:
                raise ConnectionFailed(
                    f"{self.chain.name} produced no block within {_NEXT_BLOCK_TIMEOUT_SECONDS} s; is it mining?"
                )
            time.sleep(0.1)
        self._seen = head

    def close(self) -> None:
        """Nothing was started."""


class WholeSeconds:
    """Times as chains stamp them: what rounding takes from one is given to the next."""

    def __init__(self) -> None:
        self._left = 0.0

    def interval_seconds(self, seconds: float) -> int:
        """Whole seconds in place of `seconds`, at least 1."""
        whole = max(1, round(self._left + seconds))
        self._left += seconds - whole
        return whole
