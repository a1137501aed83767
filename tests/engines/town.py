"""A network whose nodes and oracle are processes, on an Anvil whose blocks come when the test says."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oracle.chain.anvil import AnvilChain
from oracle.lab.network.audit import Auditor
from oracle.lab.network.site import Site
from oracle.workload.crowds import Traffic
from oracle.workload.generator import generate
from oracle.workload.sender import Sender

PATIENCE_SECONDS = 300
BLOCK_SECONDS = 0.25  # real time of a second of the chain's clock


@dataclass
class Town:
    """A site, and the processes that keep it going."""

    anvil: AnvilChain
    site: Site
    directory: Path
    sent: set[bytes] = field(default_factory=set)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sender = Sender(self.site.chain, self.site.accounts)
        traffic = Traffic(base_load=3, crowds=[], accounts=len(self.site.accounts), seed=3)
        self._calls = generate(traffic, self.site.venue)

    def start(self, *arguments: str, keys: Sequence[bytes]) -> subprocess.Popen[bytes]:
        words = [*arguments, "--rpc", self.anvil.url, "--deployments", str(self.directory)]
        for key in keys:
            path = self.directory / key.hex()[:12]
            path.touch(mode=0o600)
            path.write_text(key.hex())
            words += ["--key-file", str(path)]
        with (self.directory / "log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "oracle", *words], stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def nodes(self, indices: Sequence[int], *more: str) -> subprocess.Popen[bytes]:
        words = [word for index in indices for word in ("--index", str(index))]
        keys = [bytes(self.site.miners[index].key) for index in indices]
        state = self.directory / f"node-{indices[0]}.state"
        return self.start("node", *words, "--state", str(state), *more, keys=keys)

    def oracle(self) -> subprocess.Popen[bytes]:
        return self.start(
            *("oracle", "--epoch-blocks", "8", "--depth", "1", "--capacity", "20", "--poll-seconds", "0.1"),
            *("--port", "0", "--state", str(self.directory / "oracle.sqlite")),
            keys=[bytes(key.key) for key in (self.site.payer, *self.site.operators)],
        )

    def until(self, reached: Callable[[], bool]) -> None:
        """Traffic and blocks until something is so."""
        chain = self.site.chain
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            assert time.monotonic() < deadline, self.log[-3000:]
            self.sent |= set(self._sender.send(next(self._calls)))
            time.sleep(BLOCK_SECONDS)
            self.anvil.produce_block(chain.timestamp(chain.head()) + 1)

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def round(self) -> int:
        return self.site.ledger.open_round(self.site.chain.head()).number

    def epoch(self) -> int:
        return self.site.contracts.epoch(self.site.chain.head())

    def check(self) -> None:
        """Every round against the formulas, and every transaction that was sent confirmed once or pending."""
        self.anvil.produce_block(self.site.chain.timestamp(self.site.chain.head()) + 1)
        auditor = Auditor(self.site)
        auditor.check(self.site.chain.head())
        checked = auditor.result
        assert checked.rounds == self.round() - 1
        assert checked.confirmed.keys() <= self.sent
        assert len(checked.confirmed) + checked.pending == len(self.sent)
        assert len(checked.confirmed) > 20
        assert checked.wasted == 0
        assert checked.max_relative_error < 1e-12

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.anvil.close()
