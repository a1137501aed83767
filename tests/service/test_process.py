"""`catalyst oracle` as a process: killed, restarted, stopped, on an Anvil that mines by the clock."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account

from oracle.agreements.deployment import agreements_path, deploy_agreements
from oracle.agreements.sending import Sender
from oracle.chain.anvil import AnvilChain
from oracle.chain.deployment import deployment_path
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.chain.ports import free_port
from oracle.control.feedback import FeedbackController
from oracle.formulas.lanes import WAD
from oracle.model.bundle import DEFAULT_BUNDLE, Bundle
from tests.chain.signing_server import signing_server
from tests.conftest import Refusal
from tests.lying_node import lying_node
from tests.service.site import PATIENCE_SECONDS, Site, site_on_anvil
from tests.small_network import OPERATORS


@pytest.fixture
def policy_site(bundle: Bundle, tmp_path: Path) -> Iterator[Site]:
    """Its contract expects the policy of the bundle."""
    with site_on_anvil(tmp_path, bundle.model_hash) as made:
        yield made


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Its contract expects the feedback, whose daemon starts in a fraction of the time."""
    with site_on_anvil(tmp_path, FeedbackController().model_hash) as made:
        yield made


def test_a_daemon_reports_survives_kill_and_stops_on_sigterm(policy_site: Site) -> None:
    site = policy_site
    before = site.sent()
    process = site.start()
    site.mine_until(lambda: site.epoch() >= 1, process)

    # Killed with a report in flight: blocks stop, so it stays unmined while the process is gone.
    site.network.blocks(4)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while site.sent() <= before + site.epoch():
        assert time.monotonic() < deadline, site.log()
        time.sleep(0.02)
    epoch, sent = site.epoch(), site.sent()
    process.kill()
    process.wait()

    process = site.start()
    site.mine_until(lambda: site.epoch() >= epoch + 2, process)
    # One transaction for each epoch, no more: the one in flight was not sent a second time.
    assert site.sent() - before == site.epoch() or site.sent() - before == site.epoch() + 1
    assert sent - before == epoch + 1
    journal = httpx.get(f"{site.url()}/v1/reports").json()["items"]
    applied = [row["epoch"] for row in journal if row["status"] == "applied"]
    assert sorted(applied) == list(range(1, len(applied) + 1))
    # A chain that has stood still for a while, as between two lines of a test on a busy machine, is no healthy one.
    site.mine_until(lambda: httpx.get(f"{site.url()}/health").json()["status"] == "ok", process)

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) == 0
    log = site.log()
    assert "Traceback" not in log
    assert all(key.key.hex() not in log for key in OPERATORS)


def test_a_daemon_whose_node_hangs_ends_on_sigterm_and_goes_on_at_the_next_start(site: Site) -> None:
    with lying_node(site.anvil.url) as node:
        process = site.start(node.url)
        site.mine_until(lambda: site.epoch() >= 1, process)
        node.hang.set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not node.waiting:  # a step is under way, and will not come back
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0  # 5 seconds and what a busy machine adds; the request itself waits for 20
        assert "Traceback" not in site.log()
        epoch = site.epoch()
        node.hang.clear()
        process = site.start(node.url)
        site.mine_until(lambda: site.epoch() >= epoch + 1, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    with closing(sqlite3.connect(site.directory / "state.sqlite")) as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        epochs = [epoch for (epoch,) in journal.execute("SELECT epoch FROM reports WHERE status = 'applied'")]
    assert sorted(epochs) == list(range(1, len(epochs) + 1))


def test_keys_may_be_in_the_environment_and_with_a_remote_signer(site: Site) -> None:
    with signing_server(OPERATORS, site.anvil.chain.chain_id) as signer:
        environment = {"CATALYST_ORACLE_KEY": site.network.payer.key.hex()}  # it pays
        named = [word for each in OPERATORS[:2] for word in ("--signer-address", each.address)]
        keys = ["--signer", signer.url, *named]
        process = site.start(key_options=keys, environment=environment)
        site.mine_until(lambda: site.epoch() >= 1, process)
        signer.away = True
        site.mine_until(lambda: f"signer {signer.url} does not answer" in site.log(), process)
        site.mine_until(lambda: httpx.get(f"{site.url()}/health").status_code == 503, process)
        signer.away = False
        epoch = site.epoch()
        site.mine_until(lambda: site.epoch() >= epoch + 1, process)
        site.mine_until(lambda: httpx.get(f"{site.url()}/health").status_code == 200, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0

        common = ["--rpc", site.anvil.url, "--deployments", str(site.directory), "--epoch-blocks", "3"]
        common += ["--depth", "1", "--capacity", "12", "--state", str(site.directory / "state.sqlite"), "--json"]
        found = _check(*common, *keys, environment=environment)
        assert [each["ok"] for each in found if each["what"] == f"signer {signer.url}"] == [True, True], found
        signer.chain_id = 1
        found = _check(*common, *keys, environment=environment)
        said = [each["says"] for each in found if each["what"] == f"signer {signer.url}" and not each["ok"]]
        assert len(said) == 2
        assert f"start it with --chain-id {site.anvil.chain.chain_id}" in said[0]
    assert environment["CATALYST_ORACLE_KEY"].removeprefix("0x") not in site.log()
    assert "Traceback" not in site.log()


def _check(*arguments: str, environment: dict[str, str]) -> list[dict[str, Any]]:
    """What `catalyst check` finds."""
    done = subprocess.run(
        [sys.executable, "-m", "oracle", "check", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_a_start_whose_node_hangs_says_so_and_can_be_stopped(site: Site) -> None:
    with lying_node(site.anvil.url) as node:
        node.hang.set()
        process = site.start(node.url)
        stopped = site.start(node.url)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while node.waiting < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        stopped.send_signal(signal.SIGTERM)
        assert stopped.wait(timeout=15) == 0
        assert process.wait(timeout=60) == 2  # 20 seconds, once
    (line,) = site.log().strip().splitlines()
    assert f"RPC {node.url} does not answer: nothing came within 20 s" in line


def test_a_daemon_decides_as_the_contract_expects(site: Site) -> None:
    """By feedback where it expects that, and then by no bundle."""
    process = site.start()
    site.mine_until(lambda: site.epoch() >= 2, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) == 0
    assert "φ by classical feedback" in site.log()
    contracts = site.network.contracts
    (phi_wad,) = {contracts.node(node).phi_wad for node in range(contracts.node_count())}
    assert phi_wad / WAD > FeedbackController().constant - 0.001  # as lanes round it; more where transactions wait

    refused = _run(
        *("--rpc", site.anvil.url, "--deployments", str(site.directory)),
        *("--state", str(site.directory / "state.sqlite")),
        *("--epoch-blocks", "3", "--capacity", "12", "--port", "0", *site.keys()),
        *("--bundle", str(DEFAULT_BUNDLE)),
    )
    assert refused.returncode == 2
    assert "but φ is by the policy of bundle" in refused.stderr


def _run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "oracle", "oracle", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **(environment or {})},
        check=False,
    )


def test_bad_input_ends_with_one_line_and_exit_code_2(site: Site, refusal: Refusal) -> None:
    keys = site.keys()
    common = ["--rpc", site.anvil.url, "--capacity", "12", "--epoch-blocks", "3", "--deployments", str(site.directory)]
    state = ["--state", str(site.directory / "other.sqlite")]  # none of the cases comes to open it
    other_chain = site.directory / "other.json"
    record = json.loads(deployment_path(site.directory, site.anvil.chain).read_text())
    other_chain.write_text(json.dumps(record | {"chainId": 5}))
    taken = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    cases = {
        "no operator key": [*common, *state],
        "unreachable": ["--rpc", f"http://127.0.0.1:{free_port()}", *common[2:], *state, *keys],
        "chain id": [*common, *state, *keys, "--deployments", str(other_chain)],
        "cannot listen": [*common, *state, *keys, "--port", taken.url.rsplit(":", 1)[1]],
        "nothing makes a report due": [*common[:4], *common[6:], *state, *keys],
        "needs a heartbeat": [*common[:4], *common[6:], *state, *keys, "--threshold", "0.01"],
        "cannot be written": [*common, *keys, "--port", "0", "--state", str(site.directory / "other.json" / "state")],
        "is a folder": [*common, *keys, "--port", "0", "--state", str(site.directory)],
        "must sign": [*common, *state, *keys[:4], "--port", "0"],
    }
    try:
        for words, arguments in cases.items():
            line = refusal("oracle", *arguments)
            assert words in line, line
    finally:
        taken.close()
    mistyped = _run(*common, *state, *keys, environment={"CATALYST_ORACLE_EPOC_BLOCKS": "3"})
    assert mistyped.returncode == 2
    assert "CATALYST_ORACLE_EPOC_BLOCKS" in mistyped.stderr


def test_what_is_built_on_the_network_is_served_with_it(site: Site) -> None:
    owned = OwnedBlocks(site.anvil)
    sender = Sender(site.anvil.chain, Account.from_key(owned.faucet_key), mine=lambda: owned.next_block(10))
    path = agreements_path(site.directory, site.anvil.chain)
    book = deploy_agreements(sender, path, with_money=False).book
    process = site.start()
    site.mine_until(lambda: "API at" in site.log(), process)
    served = httpx.get(f"{site.url()}/v1/deployment").json()["contracts"]
    record = json.loads(deployment_path(site.directory, site.anvil.chain).read_text())["contracts"]
    assert served.items() > record.items()
    assert served["PlanBook"]["address"] == book
