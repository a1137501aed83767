"""`catalyst node` and `catalyst oracle` as processes on one chain: a miner and the daemon are killed; it goes on."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.deployment import deployment_path
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.control.policy import PolicyController
from oracle.lab.network.plan import HASHES_PER_BLOCK, NetworkPlan
from oracle.lab.network.site import build_site
from oracle.model.bundle import Bundle
from tests.conftest import Refusal
from tests.engines.town import BLOCK_SECONDS, Town

_INTERVAL_SECONDS = 2
_RATE = ("--hash-rate", str(HASHES_PER_BLOCK / (_INTERVAL_SECONDS * BLOCK_SECONDS) / 2))


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
    town.close()


@pytest.mark.long
def test_a_network_of_processes_survives_a_killed_miner_and_a_killed_daemon(town: Town) -> None:
    stays, dies = town.nodes([0, 1], *_RATE), town.nodes([2, 3], *_RATE)
    daemon = town.oracle()
    town.until(lambda: town.epoch() >= 2 and town.round() > 6)
    for process in (dies, daemon):
        process.kill()
        process.wait()
    epoch, round_ = town.epoch(), town.round()
    town.until(lambda: town.round() >= round_ + 4)
    assert town.epoch() <= epoch + 1  # one report may have been pending
    daemon, again = town.oracle(), town.nodes([2, 3], *_RATE)
    reported = town.epoch()
    town.until(lambda: town.epoch() >= reported + 2)
    # The miner that was killed did not read the chain from its beginning.
    assert town.log.count("the ledger was followed up to block") == 2
    for process in (stays, daemon, again):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0, town.log[-3000:]
    town.check()


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
