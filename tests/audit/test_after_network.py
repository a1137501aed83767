"""`catalyst verify` against the chain that a network leaves behind, which keeps few states."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from oracle.cli.commands import EXIT_TERMINATED
from tests.conftest import Command

CATALYST = [sys.executable, "-m", "oracle"]


@pytest.mark.parametrize("engine", ["pow", pytest.param("pos", marks=pytest.mark.long)])
def test_all_reports_of_a_network_are_as_recomputed(
    command: Command, different: Command, tmp_path: Path, engine: str
) -> None:
    options = ["--minutes", "6", "--nodes", "4", "--capacity", "20", "--phi", "oracle", "--engine", engine]
    network = subprocess.Popen(
        [*CATALYST, "network", *options, "--hold", "--out", str(tmp_path / "run")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert network.stdout is not None
        lines: list[str] = []
        while not (lines and lines[-1].startswith("catalyst verify")):
            lines.append(network.stdout.readline())
            assert lines[-1], "".join(lines)
        # Here, and in one process: each that is started anew loads torch and the encoder first.
        verify = [*lines[-1].split()[1:], "--workers", "1"]
        said = command(*verify, "--json", "found.json")
        reports = json.loads((tmp_path / "found.json").read_text())["reports"]
        assert len(reports) >= 3
        assert f"{len(reports)} reports are as recomputed, by the policy of bundle" in said
        # Another capacity than the committee's gives other windows: the first is named.
        assert "epoch 1: windowHash differs" in different(*verify, "--capacity", "21")
        network.terminate()
        network.communicate(timeout=60)
        assert network.returncode == EXIT_TERMINATED
    finally:
        network.kill()
        network.communicate()
