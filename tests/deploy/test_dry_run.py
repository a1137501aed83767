"""`catalyst deploy --dry-run` tells what a deployment will send, and sends nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from deploy.command import run_deploy
from deploy.dry_run import Forecast, forecast
from deploy.options import DeployOptions
from oracle.chain.anvil import AnvilChain
from oracle.chain.deployment import deployment_path, load_deployment, new_deployment
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.control.choice import FEEDBACK
from oracle.workload.calls import workload_accounts

OPERATORS = tuple(account.address for account in workload_accounts(b"operators", 3))


@pytest.fixture
def anvil() -> Iterator[AnvilChain]:
    chain = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, block_seconds=0.2)
    yield chain
    chain.close()


def _options(anvil: AnvilChain, tmp_path: Path, **changes: object) -> DeployOptions:
    asked: dict[str, Any] = {
        "chain": None,
        "rpc": anvil.url,
        "deployer": Account.from_key(anvil.faucet_key),
        "deployments": tmp_path,
        "nodes": 450,  # two batches
        "threshold": 2,
        "operators": OPERATORS,
        "guardian": None,
        "miners_file": None,
        "theta0": "0.5",
        "interval_seconds": 10,
        "half_life_seconds": 2880,
        "hashes_per_block": 65536,
        "ledger_capacity": None,
        "confirmations": None,
        "engine": "pow",
        "stake_token": None,
        "engine_options": {},
        "unsteered": True,
        "paged": False,
        "preflight": True,
        "feeds": True,
        "node_feeds": (),
        "phi": FEEDBACK,
        "bundle": None,
    }
    return DeployOptions(**(asked | changes))


def _forecast(anvil: AnvilChain, options: DeployOptions) -> Forecast:
    assert options.deployer is not None
    path = deployment_path(options.deployments, anvil.chain)
    record = load_deployment(anvil.chain, path) if path.exists() else new_deployment(anvil.chain, path)
    return forecast(options, anvil.chain, options.deployer.address, record)


def test_what_it_tells_is_what_a_deployment_takes(
    anvil: AnvilChain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = _options(anvil, tmp_path, guardian=OPERATORS[0], timelock_seconds=7200)
    told = _forecast(anvil, options)
    assert [step.what for step in told.steps][-2:] == ["PhiOracle.transferOwnership", "deploy OwnerTimelock"]
    assert anvil.chain.nonce(Account.from_key(anvil.faucet_key).address) == 0
    assert list(tmp_path.iterdir()) == []

    run_deploy(options)
    used = next(int(line.split()[-1]) for line in capsys.readouterr().out.splitlines() if line.startswith("gas used"))
    # Addresses have other bytes, of which zeros cost less.
    assert abs(told.gas - used) < 2_000
    after = _forecast(anvil, options)
    assert after.steps == ()
    assert set(after.done) >= {"PhiOracle", "DifficultyController", "ReportPreflight"}


def test_what_an_interrupted_deployment_has_done_is_left_out(anvil: AnvilChain, tmp_path: Path) -> None:
    run_deploy(_options(anvil, tmp_path, preflight=False, feeds=False))

    told = _forecast(anvil, _options(anvil, tmp_path))
    assert [step.what for step in told.steps] == [
        "deploy ReportPreflight",
        "deploy DifficultyFeed",
        "deploy MeanThetaFeed",
    ]


def test_the_command_says_it_and_ends(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "oracle", "deploy", "--chain", "anvil", "--nodes", "3", "--phi", FEEDBACK, "--dry-run"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert "deployed at" not in ended.stderr
    assert "all " in ended.stdout
    assert "gwei per gas" in ended.stdout
