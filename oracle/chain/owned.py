"""Chains that this process starts, whose blocks come when it says so."""

from oracle.chain.anvil import AnvilChain
from oracle.chain.embedded import EmbeddedChain

# 2026-01-01; a fixed genesis makes runs with one seed equal.
GENESIS_TIMESTAMP_SECONDS = 1_767_225_600


class OwnedBlocks:
    """Blocks of a chain that this run started: they come at once, stamped as told."""

    def __init__(self, owned: EmbeddedChain | AnvilChain) -> None:
        self._owned = owned
        self.chain = owned.chain
        self.faucet_key = owned.faucet_key

    def next_block(self, interval_seconds: int) -> None:
        """Produce one."""
        self._owned.produce_block(self.chain.timestamp(self.chain.head()) + interval_seconds)

    def close(self) -> None:
        """End the chain."""
        self._owned.close()


def start_chain(kind: str) -> OwnedBlocks:
    """Start an `eth-tester` or `anvil` chain."""
    started = {"eth-tester": EmbeddedChain, "anvil": AnvilChain}[kind]
    return OwnedBlocks(started(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS))
