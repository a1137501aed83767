"""A holder of a world: its node's process, and the daemon that holds, which the laboratory may tell to lie."""

import logging
import shutil
import threading
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path

from eth_account.signers.local import LocalAccount

from oracle.errors import CatalystError
from oracle.keeping.holder_daemon import HolderDaemon
from oracle.keeping.node_client import OwnNode
from oracle.keeping.node_process import NodeProcess
from oracle.keeping.terms import Terms
from oracle.lab.storage.spots import Spot
from oracle.storage.merkle import ChunkProof

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.5


class LyingDaemon(HolderDaemon):
    """A holder that shows chunks of its own making while it is told to lie."""

    lies = False

    def prove(self, file: bytes, terms: Terms, indexes: list[int]) -> list[ChunkProof]:
        """As its base, or with every byte changed."""
        proofs = super().prove(file, terms, indexes)
        if not self.lies:
            return proofs
        return [ChunkProof(bytes(byte ^ 0xFF for byte in each.chunk), each.path) for each in proofs]


@dataclass
class Site:
    """One holder of the world."""

    key: LocalAccount
    spot: Spot
    process: NodeProcess
    node: OwnNode
    daemon: LyingDaemon
    _ended: threading.Event = field(default_factory=threading.Event)
    _running: "Future[None] | None" = None

    @property
    def account(self) -> str:
        """Checksummed."""
        return str(self.key.address)

    @property
    def directory(self) -> Path:
        """Of its node."""
        return self.process.directory

    @property
    def is_lost(self) -> bool:
        """Whether it has vanished."""
        return not self.process.is_running

    def turn(self) -> None:
        """One of its daemon. What fails is logged, as a daemon by itself would, and the next turn tries again."""
        try:
            self.daemon.turn()
        except CatalystError as error:
            log.info("%s: %s", self.account, error)

    def run(self, executor: Executor) -> None:
        """Have it take turn after turn beside the caller, until `end`."""
        self._running = executor.submit(self._turns)

    def end(self) -> None:
        """Take no more turns; returns once the last has ended, and raises what it raised. Safe to call again."""
        self._ended.set()
        if self._running is not None:
            self._running.result()

    def lose(self) -> None:
        """It vanishes for good: its process is killed, its disk is gone, and it answers nothing."""
        self._ended.set()
        self.process.kill()
        self.end()
        shutil.rmtree(self.directory)

    def _turns(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self.turn()
