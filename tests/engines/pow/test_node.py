"""`catalyst node` and `catalyst oracle` as processes on one chain: a miner and the daemon are killed; it goes on."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.deployment import deployment_path
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.control.policy import PolicyController
from oracle.lab.network.audit import Auditor
from oracle.lab.network.plan import HASHES_PER_BLOCK, NetworkPlan
from oracle.lab.network.site import Site, build_site
from oracle.model.bundle import Bundle
from oracle.workload.crowds import Traffic
from oracle.workload.generator import generate
from oracle.workload.sender import Sender
from tests.conftest import Refusal

_PATIENCE_SECONDS = 120
_BLOCK_SECONDS = 0.25  # real time of a second of the chain's clock
_INTERVAL_SECONDS = 2


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

    def nodes(self, indices: Sequence[int]) -> subprocess.Popen[bytes]:
        rate = HASHES_PER_BLOCK / (_INTERVAL_SECONDS * _BLOCK_SECONDS) / 2
        words = [word for index in indices for word in ("--index", str(index))]
        keys = [bytes(self.site.miners[index].key) for index in indices]
        state = self.directory / f"node-{indices[0]}.state"
        return self.start("node", *words, "--hash-rate", str(rate), "--state", str(state), keys=keys)

    def oracle(self) -> subprocess.Popen[bytes]:
        return self.start(
            *("oracle", "--epoch-blocks", "8", "--depth", "1", "--capacity", "20", "--poll-seconds", "0.1"),
            *("--port", "0", "--state", str(self.directory / "oracle.sqlite")),
            keys=[bytes(key.key) for key in (self.site.payer, *self.site.operators)],
        )

    def until(self, reached: Callable[[], bool]) -> None:
        """Traffic and blocks until something is so."""
        chain = self.site.chain
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not reached():
            assert time.monotonic() < deadline, (self.directory / "log").read_text()[-3000:]
            self.sent |= set(self._sender.send(next(self._calls)))
            time.sleep(_BLOCK_SECONDS)
            self.anvil.produce_block(chain.timestamp(chain.head()) + 1)

    def round(self) -> int:
        return self.site.ledger.open_round(self.site.chain.head()).number

    def epoch(self) -> int:
        return self.site.contracts.epoch(self.site.chain.head())


@pytest.fixture
def town(bundle: Bundle, tmp_path: Path) -> Iterator[Town]:
    plan = NetworkPlan(
        seed=2,
        intervals=1,
        controller=PolicyController(bundle),
        nodes=4,
        accounts=6,
        capacity_transactions=20,
        interval_seconds=_INTERVAL_SECONDS,
    )
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
    town = Town(anvil, build_site(plan, anvil, tmp_path), tmp_path)
    yield town
    for process in town.processes:
        process.kill()
        process.wait()
    anvil.close()


def test_a_network_of_processes_survives_a_killed_miner_and_a_killed_daemon(town: Town) -> None:
    stays, dies = town.nodes([0, 1]), town.nodes([2, 3])
    daemon = town.oracle()
    town.until(lambda: town.epoch() >= 2 and town.round() > 6)
    for process in (dies, daemon):
        process.kill()
        process.wait()
    epoch, round_ = town.epoch(), town.round()
    town.until(lambda: town.round() >= round_ + 4)
    assert town.epoch() <= epoch + 1  # one report may have been pending
    daemon, again = town.oracle(), town.nodes([2, 3])
    reported = town.epoch()
    town.until(lambda: town.epoch() >= reported + 2)
    # The miner that was killed did not read the chain from its beginning.
    assert (town.directory / "log").read_text().count("the ledger was followed up to block") == 2
    for process in (stays, daemon, again):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0, (town.directory / "log").read_text()[-3000:]
    town.anvil.produce_block(town.site.chain.timestamp(town.site.chain.head()) + 1)

    auditor = Auditor(town.site)
    auditor.check(town.site.chain.head())
    checked = auditor.result
    assert checked.rounds == town.round() - 1
    assert checked.confirmed.keys() <= town.sent
    assert len(checked.confirmed) + checked.pending == len(town.sent)
    assert len(checked.confirmed) > 20
    assert checked.wasted == 0
    assert checked.max_relative_error < 1e-12


def test_bad_input_to_a_node_ends_with_one_line(town: Town, refusal: Refusal, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text(town.site.miners[0].key.hex())
    common = ("node", "--rpc", town.anvil.url, "--deployments", str(town.directory), "--key-file", str(key))
    assert "2 nodes; give one key for each" in refusal(*common, "--index", "0", "--index", "1")
    assert "there is no node 9" in refusal(*common, "--index", "9")
    assert "node 1 mines with the key of" in refusal(*common, "--index", "1")
    record = json.loads(deployment_path(town.directory, town.site.chain).read_text())
    del record["contracts"]["PowLedger"]
    (tmp_path / "bare.json").write_text(json.dumps(record))
    line = refusal(*common[:3], "--deployments", str(tmp_path / "bare.json"), *common[5:], "--index", "0")
    assert "has no ledger of rounds" in line
