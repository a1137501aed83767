"""`catalyst network` in real time: processes of its own, one of them killed, and ended by Ctrl-C, leaving none."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq


def _children(pid: int) -> dict[str, int]:
    """Process ids of the children by the command of the project that they run; Anvil as `anvil`."""
    found: dict[str, int] = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        name = words[words.index("oracle") + 1] if "oracle" in words else Path(words[0]).name
        found[name if name not in found else f"{name} {len(found)}"] = int(child)
    return found


# Its hash rate is 1.6 times as high from the 6th interval on.
_SEED = 480


def _hash_rate(pid: int) -> float:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return float(words[words.index("--hash-rate") + 1])


def test_a_run_in_real_time_follows_the_hash_rate_survives_a_killed_miner_and_ends_cleanly(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "oracle", "network", "--time", "real", "--phi", "oracle", "--out", str(out)),
                *("--nodes", "6", "--capacity", "20", "--interval-seconds", "2", "--minutes", "30"),
                *("--seed", str(_SEED)),
            ],
            stdout=log,
            stderr=log,
            # A shell that runs the tests in the background has children ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - before any thread
        )

    def said() -> str:
        return (tmp_path / "log").read_text()

    def until_height(height: int) -> None:
        deadline = time.monotonic() + 120
        while not any(f"height {n}" in said() for n in range(height, height + 40)):
            assert process.poll() is None, said()
            assert time.monotonic() < deadline, said()
            time.sleep(0.2)

    until_height(3)
    before = _hash_rate(_children(process.pid)["node"])
    deadline = time.monotonic() + 120
    while (node := _children(process.pid).get("node")) is None or _hash_rate(node) == before:
        assert time.monotonic() < deadline, said()
        time.sleep(0.5)
    assert _hash_rate(node) == 1.6 * before
    until_height(9)
    children = _children(process.pid)
    assert sorted(name.split()[0] for name in children) == ["anvil", "node", "node", "oracle"]
    os.kill(children["node"], signal.SIGKILL)
    until_height(18)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=90) == 0, said()
    assert not any(Path(f"/proc/{child}").exists() for child in children.values())

    summary = json.loads((out / "summary.json").read_text())
    assert summary["rounds"] >= 18
    assert summary["sent"] == summary["confirmed"] + summary["pending"] > 20
    # The last rounds were won by the nodes of the process that was left: each has every other node.
    rounds = pq.read_table(out / "rounds.parquet").to_pylist()
    nodes = [row["node"] for row in rounds if row["node"] is not None]
    assert len({node % 2 for node in nodes[-4:]}) == 1
    assert {row["hash_rate"] for row in rounds} == {2000 / 2, 1.6 * 2000 / 2}
    assert (out / "latency.png").exists()
