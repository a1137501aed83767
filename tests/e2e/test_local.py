"""`catalyst local` end to end, as a user runs it."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from mpmath import mp, mpf

from oracle.chain.anvil import AnvilChain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import load_deployment
from oracle.chain.ledger import Ledger
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.chain.ports import free_port
from oracle.formulas.lanes import WAD
from oracle.model.bundle import DEFAULT_BUNDLE, load_bundle, read_manifest
from tests.cli.started import end_here
from tests.conftest import ROOT, Command, Refusal
from tests.window.test_blocks import RAW


def run(
    *arguments: str, directory: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "oracle", "local", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=directory,
        env={**os.environ, "COLUMNS": "80", **(environment or {})},
        check=False,
    )


def _epochs(path: Path, count: int) -> list[dict[str, Any]]:
    epochs: list[dict[str, Any]] = json.loads(path.read_text())["epochs"]
    assert [epoch["epoch"] for epoch in epochs] == list(range(1, count + 1))
    for epoch in epochs:
        # p again, from the numbers as written: p = floor(d / sum of exp(phi)).
        with mp.workdps(50):
            exact = mpf(int(epoch["base_difficulty"])) * WAD / int(epoch["sum_exp_wad"])
            assert int(epoch["difficulty"]) == int(mp.floor(exact))
        assert epoch["max_relative_error"] < 1e-12
        assert epoch["signers"] == [0, 1]
        assert 0.1 <= epoch["theta_min"] <= epoch["theta_max"] <= 1
    return epochs


def _check_sample(printed: str) -> None:
    """README's sample is what a run prints, but for its time and the rounding of its check."""

    def comparable(text: str) -> list[str]:
        masked = re.sub(r"applied in [\d.]+ s;|relative error [\d.e-]+", "_", text)
        return [line.rstrip() for line in masked.splitlines()]

    sample = (ROOT / "README.md").read_text().partition("## What you will see\n")[2].partition("\n## ")[0]
    shown = [line[4:] for line in sample.splitlines() if line.startswith("    ") and "catalyst local" not in line]
    rest = iter(comparable(printed))
    assert len(shown) > 15
    for line in comparable("\n".join(shown)):
        assert line == "…" or line in rest, f"README shows a line that is not printed, or not there: {line}"


def _check_decisions(epochs: list[dict[str, Any]]) -> None:
    """The crowd is announced from block 15 on and comes in blocks 19 to 26; θ0 · capacity is 16 transactions."""
    decisions = [epoch["decision"] for epoch in epochs]
    # The words of its announcement alone raise φ ahead of it, while numbers lower it.
    assert decisions[2]["text_phi"] > 0.05
    assert decisions[2]["numbers_phi"] < 0
    assert max(decisions[1]["arrivals"]) <= 16 < min(decisions[3]["arrivals"])
    assert all(decision["text_phi"] >= 0 for decision in decisions)
    assert decisions[4]["held_nodes"] == {"the ratio of Σexp(φ)": 100}
    for epoch, decision in zip(epochs, decisions, strict=True):
        assert decision["given_phi"] == pytest.approx(epoch["mean_phi"], abs=1e-12)
        assert decision["wanted_phi"] == pytest.approx(decision["numbers_phi"] + decision["text_phi"], abs=2**-15)
    # No report is in force in the rounds that the first two of them read.
    assert all(decision["queue"] == decision["queue_without_phi"] for decision in decisions[:2])


def _check_by_node(epochs: list[dict[str, Any]]) -> None:
    """Who serves dear traffic gets more: node 1 takes the dearest quarter of what waits, the others what fits."""
    last = epochs[-1]["decision"]
    nodes = {each["node"]: each for each in last["nodes"]}
    other = last["nodes"][-1]
    winners = [each for each in last["nodes"] if each["rounds"]]
    assert len(winners) >= 3
    assert other["rounds"] == 0
    assert other["value"] == 1
    dearest = max(winners, key=lambda each: each["gas_price_gwei"])
    assert dearest is nodes[1]
    assert all(
        nodes[1][of] > each[of] for each in last["nodes"] if each is not dearest for of in ("given_phi", "theta")
    )
    # More is wished for whoever is dearer, and the mean over all nodes is what is wished for all.
    in_order = sorted(last["nodes"], key=lambda each: each["value"])
    assert [each["wanted_phi"] for each in in_order] == sorted({each["wanted_phi"] for each in in_order})
    mean = (sum(each["wanted_phi"] for each in winners) + (100 - len(winners)) * other["wanted_phi"]) / 100
    assert mean == pytest.approx(last["wanted_phi"], abs=1e-9)
    # The bound that held all takes as much from each, so that nodes stay as far apart as wished.
    missing = [each["wanted_phi"] - each["given_phi"] for each in last["nodes"]]
    assert min(missing) > 0.1
    assert max(missing) - min(missing) < 2**-14
    thetas = [each["theta"] for each in last["nodes"]]
    assert (min(thetas), max(thetas)) == pytest.approx((epochs[-1]["theta_min"], epochs[-1]["theta_max"]))
    assert sum(each["confirmed"] for each in winners) > 100


@pytest.mark.parametrize("chain", ["eth-tester", "anvil"])
def test_five_epochs_are_applied_and_verified(chain: str, tmp_path: Path) -> None:
    result = run("--chain", chain, "--json", "run.json", directory=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    epochs = _epochs(tmp_path / "run.json", 5)
    assert "5 epochs applied" in result.stdout
    if chain == "eth-tester":
        _check_sample(result.stdout)
    _check_decisions(epochs)
    _check_by_node(epochs)
    for words in ("window", "transactions", "signers", "mean φ", "Σexp(φ)", "encode ms", "submit ms"):
        assert result.stdout.count(words) >= 5, words
    # The crowd in the middle is met by a larger phi than the quiet beginning.
    assert epochs[-1]["mean_phi"] > epochs[0]["mean_phi"]
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_equal_seeds_give_equal_reports(command: Command, tmp_path: Path) -> None:
    hashes = []
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        command("local", "--chain", "anvil", "--epochs", "2", "--nodes", "20", "--seed", seed, "--json", name)
        hashes.append([epoch["window_hash"] for epoch in _epochs(tmp_path / name, 2)])
    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]


def test_recorded_mainnet_blocks_are_replayed(command: Command, recorded_blocks_path: Path, tmp_path: Path) -> None:
    printed = command("local", "--blocks", str(recorded_blocks_path), "--json", "run.json")
    epochs = _epochs(tmp_path / "run.json", 5)
    assert "24 recorded blocks (46147 to " in printed
    # All but the last blocks' transactions were in the last window, which begins with the traffic.
    assert epochs[-1]["transactions"] > 1500


@pytest.fixture
def node() -> Iterator[AnvilChain]:
    """A node that mines by its own clock, as a foreign one does."""
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, chain_id=4242, block_seconds=0.5)
    yield anvil
    anvil.close()


def test_runs_against_a_foreign_node_and_resumes_its_deployment(
    command: Command, node: AnvilChain, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text(node.faucet_key.hex())
    common = ["--rpc", node.url, "--key-file", "key", "--nodes", "20", "--epochs", "1", "--epoch-blocks", "3"]
    (first,) = end_here([["local", *common, "--json", "first.json"]], tmp_path)
    assert first.code == 0, first.out + first.err
    assert node.faucet_key.hex() not in first.out + first.err
    record = (tmp_path / "deployments" / "4242.json").read_text()
    command("local", *common, "--json", "second.json")
    assert (tmp_path / "deployments" / "4242.json").read_text() == record
    reports = [
        json.loads((tmp_path / name).read_text())["epochs"][0]["epoch"] for name in ("first.json", "second.json")
    ]
    assert reports[1] > reports[0]
    # The pools mined meanwhile; how often depends on how many of the node's blocks the runs saw.
    deployed = load_deployment(node.chain, tmp_path / "deployments" / "4242.json")
    ledger = deployed.ledger()
    assert ledger is not None
    assert Ledger(node.chain, ledger.address).open_round(node.chain.head()).number > 1


def test_deploy_prints_addresses_and_can_be_run_again(node: AnvilChain, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text(node.faucet_key.hex())
    operators = [argument for n in (1, 2, 3) for argument in ("--operator", Account.from_key(bytes([n] * 32)).address)]
    # Its blocks follow no controller, as `deploy` would notice once there are enough of them.
    command = ["deploy", "--rpc", node.url, "--key-file", str(key), "--nodes", "30", "--unsteered", *operators]
    outputs = []
    for _ in range(2):
        (ended,) = end_here([command], tmp_path)
        assert ended.code == 0, ended.err
        outputs.append([line for line in ended.out.splitlines() if "gas" not in line])
    assert outputs[0] == outputs[1]
    contracts = json.loads((tmp_path / "deployments" / "4242.json").read_text())["contracts"]
    for name in ("PhiOracle", "DifficultyController"):
        assert any(name in line and contracts[name]["address"] in line for line in outputs[0])
    oracle = Contracts(node.chain, load_deployment(node.chain, tmp_path / "deployments" / "4242.json").addresses())
    assert oracle.oracle_state().model_hash == load_bundle(DEFAULT_BUNDLE).model_hash
    assert any(line.endswith("0x" + load_bundle(DEFAULT_BUNDLE).model_hash.hex()) for line in outputs[0])


@pytest.mark.parametrize("chain", ["eth-tester", "anvil"])
def test_deploy_tries_out_a_deployment_on_a_chain_of_its_own(chain: str, tmp_path: Path) -> None:
    (ended,) = end_here([["deploy", "--chain", chain, "--nodes", "20"]], tmp_path)
    assert ended.code == 0, ended.err
    assert "the trial chain has ended" in ended.out
    assert not list(tmp_path.iterdir())


def test_bad_input_ends_with_one_line_and_exit_code_2_and_writes_nothing(
    node: AnvilChain, tmp_path: Path, refusal: Refusal
) -> None:
    (tmp_path / "broken.jsonl").write_text(json.dumps(RAW) + "\nnot a block\n")
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(json.dumps(RAW).encode())[:-9])
    spoilt = bytearray(gzip.compress(json.dumps(RAW).encode()))
    spoilt[20:40] = bytes(20)
    (tmp_path / "spoilt.jsonl.gz").write_bytes(spoilt)
    tampered = tmp_path / "bundle"
    tampered.mkdir()
    default = ROOT / "oracle" / "model" / "default_bundle"
    for file in default.iterdir():
        (tampered / file.name).write_bytes(file.read_bytes())
    assert "reader.safetensors" in read_manifest(tampered)["files"]
    (tampered / "reader.safetensors").write_bytes(b"\0" * 100)
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text(node.faucet_key.hex())
    other = tmp_path / "deployments"
    other.mkdir()
    (other / "4242.json").write_text('{"chainId": 1, "genesisHash": "0x00", "contracts": {}}')
    before = sorted(path.name for path in tmp_path.iterdir())
    cases = {
        "nowhere": ["--bundle", "nowhere"],
        "reader.safetensors has SHA-256": ["--bundle", "bundle"],
        "broken.jsonl, line 2": ["--blocks", "broken.jsonl"],
        "cut.jsonl.gz": ["--blocks", "cut.jsonl.gz"],
        "spoilt.jsonl.gz": ["--blocks", "spoilt.jsonl.gz"],
        "--seed": ["--seed", str(2**63)],
        "is not http(s)": ["--rpc", "http://[x", "--key-file", "key"],
        "a.b is not installed": ["--encoder", "package:a.b"],
        "absent.jsonl": ["--blocks", "absent.jsonl"],
        "unreachable": ["--rpc", f"http://127.0.0.1:{free_port()}/v3/SECRET", "--key-file", "key"],
        "is of chain id 1": ["--rpc", node.url, "--key-file", "key"],
        "needs the key": ["--rpc", node.url],
        "committee of 3": ["--threshold", "4"],
        "cannot listen": ["--serve", "--port", node.url.rsplit(":", 1)[1]],
        "--json": ["--json", "no/such/folder.json"],
        "No such option": ["--epoch", "4"],
    }
    for words, arguments in cases.items():
        line = refusal("local", *arguments)
        assert words in line, line
        assert "SECRET" not in line
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_bad_options_of_a_deployment_end_with_one_line_and_exit_code_2(refusal: Refusal) -> None:
    cases = {
        "--theta0 'NaN' is no number": ["--theta0", "NaN"],
        "--theta0 'Infinity' is no number": ["--theta0", "Infinity"],
        "--half-life-seconds": ["--half-life-seconds", str(2**32)],
        "either --rpc": ["--rpc", "http://127.0.0.1:1"],
        "--phi feedback reads no model": ["--phi", "feedback", "--bundle", "."],
        "nowhere": ["--bundle", "nowhere"],
    }
    for words, arguments in cases.items():
        line = refusal("deploy", "--chain", "eth-tester", *arguments)
        assert words in line, line


def test_a_refusal_of_the_process_itself_is_one_line_too(tmp_path: Path) -> None:
    result = run("--threshold", "4", directory=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("catalyst: ") and result.stderr.count("\n") == 1


def test_an_interrupted_run_leaves_no_process_behind(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "oracle", "local", "--chain", "anvil", "--serve", "--port", "0", "--epochs", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        # A shell that runs the tests in the background has children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - before any thread
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "serving on" in line:
            break
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert children
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 130
    process.stdout.close()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.1)
