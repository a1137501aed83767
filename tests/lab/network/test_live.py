"""`catalyst network` in real time: processes of its own, one of them killed, and ended by Ctrl-C, leaving none."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from oracle.engines.registry import ENGINES
from oracle.lab.network.plan import HASHES_PER_BLOCK
from oracle.model.manifest import DEFAULT_BUNDLE, model_hash, read_manifest
from oracle.workload.schedule import draw_schedule


def _words(pid: int) -> list[str]:
    """The command line of a process; an empty one where it has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except FileNotFoundError:
        return [""]


def _children(pid: int) -> dict[str, int]:
    """Process ids of the children by the command of the project that they run; Anvil as `anvil`."""
    found: dict[str, int] = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = _words(int(child))
        name = words[words.index("oracle") + 1] if "oracle" in words else Path(words[0]).name
        found[name if name not in found else f"{name} {len(found)}"] = int(child)
    return found


pytestmark = pytest.mark.long

_SEED = 146
_PATIENCE_SECONDS = 240  # of whatever is waited for: the machine may be busy
_MINER_RATE = HASHES_PER_BLOCK / 2 / 2  # hashes a second at intervals of 2 s, of each of two miners at the start


def _hash_rate(pid: int) -> set[float]:
    """The rate that a miner was started with; nothing where it has just ended."""
    words = _words(pid)
    return {float(words[words.index("--hash-rate") + 1])} if "--hash-rate" in words else set()


def _start(directory: Path, request: pytest.FixtureRequest, *options: str) -> subprocess.Popen[bytes]:
    """A run in real time that says what it does in `log`, and writes `run`."""
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "oracle", "network", "--time", "real", "--out", str(directory / "run")),
                *("--nodes", "6", "--capacity", "20", "--interval-seconds", "2", "--minutes", "30"),
                *("--seed", str(_SEED), *options),
            ],
            stdout=log,
            stderr=log,
            # Of a command of its own: what the run starts gets its options by the run alone.
            env=os.environ | {"CATALYST_ORACLE_BUNDLE": "nowhere"},
            # A shell that runs the tests in the background has children ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - before any thread
        )
    # A run that its test gives up ends all the same, with its processes.
    request.addfinalizer(process.wait)
    request.addfinalizer(lambda: process.send_signal(signal.SIGINT))
    return process


def _until_height(process: subprocess.Popen[bytes], directory: Path, height: int) -> None:
    """Wait until the run says that so many rounds were won."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while height > max(map(int, re.findall(r"height (\d+)", said := (directory / "log").read_text())), default=0):
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.2)


def test_by_default_a_run_in_real_time_has_the_policy_from_the_daemon(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    process = _start(tmp_path, request)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not re.search(r"mean φ\s+[+-]0\.(?!000)", said := (tmp_path / "log").read_text()):
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.2)
    assert "oracle" in _children(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=90) == 0, (tmp_path / "log").read_text()
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert settings["model_hash"] == "0x" + model_hash(read_manifest(DEFAULT_BUNDLE)).hex()


def test_a_run_in_real_time_survives_a_killed_miner_and_ends_cleanly(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    assert draw_schedule(_SEED, 900).hash_rates == ((0, 1.0), (6, 1.6))
    out = tmp_path / "run"
    process = _start(tmp_path, request, "--phi", "oracle")

    def said() -> str:
        return (tmp_path / "log").read_text()

    rates: set[float] = set()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while 1.6 * _MINER_RATE not in rates:
        assert process.poll() is None, said()
        assert time.monotonic() < deadline, said()
        node = _children(process.pid).get("node")
        if node is not None:
            rates |= _hash_rate(node)
        time.sleep(0.2)
    assert rates == {_MINER_RATE, 1.6 * _MINER_RATE}
    _until_height(process, tmp_path, 9)
    children = _children(process.pid)
    assert sorted(name.split()[0] for name in children) == ["anvil", "node", "node", "oracle"]
    os.kill(children["node"], signal.SIGKILL)
    # What the run says is behind what it does, by more the busier the machine is.
    height = max(map(int, re.findall(r"height (\d+)", said())))
    _until_height(process, tmp_path, height + 14)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=90) == 0, said()
    assert not any(Path(f"/proc/{child}").exists() for child in children.values())

    summary = json.loads((out / "summary.json").read_text())
    assert summary["rounds"] >= height + 14
    assert summary["sent"] == summary["confirmed"] + summary["pending"] > 20
    # The last rounds were won by the nodes of the process that was left: each has every other node.
    rounds = pq.read_table(out / "rounds.parquet").to_pylist()
    nodes = [row["node"] for row in rounds if row["node"] is not None]
    assert len({node % 2 for node in nodes[-4:]}) == 1
    assert {row["hash_rate"] for row in rounds} == {2 * _MINER_RATE, 2 * 1.6 * _MINER_RATE}
    assert (out / "latency.png").exists()


@pytest.mark.parametrize("engine", [engine for engine, terms in ENGINES.items() if terms.by_clock])
def test_stakers_and_delegates_in_real_time_survive_killed_nodes_and_a_killed_oracle(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # By this seed each of the two processes has half of the stake.
    process = _start(tmp_path, request, "--engine", engine, "--interval-seconds", "5")
    _until_height(process, tmp_path, 3)
    children = _children(process.pid)
    assert sorted(name.split()[0] for name in children) == ["anvil", "node", "node", "oracle"]
    for name in ("node", "oracle"):
        os.kill(children[name], signal.SIGKILL)
    height = max(map(int, re.findall(r"height (\d+)", (tmp_path / "log").read_text())))
    _until_height(process, tmp_path, height + 4)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=90) == 0, (tmp_path / "log").read_text()
    assert not any(Path(f"/proc/{child}").exists() for child in children.values())
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["sent"] == summary["confirmed"] + summary["pending"] > 20
    rounds = pq.read_table(tmp_path / "run" / "rounds.parquet").to_pylist()
    makers = [row["node"] for row in rounds if row["node"] is not None]
    assert len({node % 2 for node in makers[-3:]}) == 1
