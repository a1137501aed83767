"""What asks for no work starts at once: help and refusals load no library that takes seconds."""

import subprocess
import sys
from pathlib import Path

from oracle.cli.commands import cli
from oracle.cli.environment import commands_of
from tests.cli.started import end_of

PATHS = [path for path, _ in commands_of(cli)]
GROUPS = [("bench",), ("train",)]

# A command line, and how its refusal begins.
REFUSED = [
    (["nothing"], "No such command 'nothing'"),
    (["deploy", "--nothing"], "No such option '--nothing'"),
    (["local", "--nodes", "x"], "Invalid value for '--nodes'"),
    (["local", "--threshold", "5"], "threshold 5 does not fit a committee of 3"),
    (["local", "--committee", "40", "--threshold", "30"], "a committee of 40 is too large"),
    (["local", "--rpc", "http://127.0.0.1:1"], "--rpc needs the key that deploys and pays"),
    (["local", "--blocks", "absent"], "--blocks absent cannot be read"),
    (["local", "--bundle", "absent"], "--bundle absent cannot be read"),
    (["deploy"], "give either --rpc for a running node or --chain for a trial"),
    (["deploy", "--rpc", "http://127.0.0.1:1"], "--rpc needs the key that deploys and pays"),
    (["deploy", "--rpc", "http://127.0.0.1:1", "--key-file", "absent"], "--key-file absent cannot be read"),
    (["deploy", "--chain", "anvil", "--operator", "0x1"], "--operator: '0x1' is no address"),
    (["deploy", "--chain", "anvil", "--theta0", "half"], "--theta0 'half' is no number"),
    (["deploy", "--chain", "anvil", "--threshold", "4"], "threshold 4 does not fit a committee of 3"),
    (["deploy", "--chain", "anvil", "--miners", "absent"], "--miners absent cannot be read"),
    (["deploy", "--chain", "anvil", "--confirmations", "3"], "--confirmations goes with --ledger-capacity"),
    (["deploy", "--chain", "anvil", "--phi", "feedback", "--bundle", "."], "--phi feedback reads no model"),
    (["oracle", "--rpc", "x", "--capacity", "3"], "nothing makes a report due: give --epoch-blocks, --epoch-seconds"),
    (["oracle", "--rpc", "x", "--capacity", "3", "--epoch-blocks", "3", "--depth", "0"], "--depth is 0"),
    (["oracle", "--rpc", "x", "--capacity", "3", "--epoch-blocks", "3"], "the oracle has no operator key"),
    (["node", "--rpc", "x", "--index", "1"], "0 keys for 1 nodes"),
    (["network", "--phi", "off", "--encoder", "x"], "--phi off reads no model"),
    (["backtest"], "give either --blocks FILE or --run DIR"),
    (["bench", "control", "--beside", "absent"], "--beside absent cannot be read"),
    (["train", "export", "--run", "absent", "--out", "x"], "--run absent cannot be read"),
]


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    lines = [[*path, option] for path in PATHS for option in ("--help", "-h")]
    for line, ended in zip(lines, end_of(lines, tmp_path), strict=True):
        assert (ended.code, ended.err, ended.loaded) == (0, "", []), line
        usage = " ".join(["Usage: catalyst", *line[:-1], "[OPTIONS]"])
        assert " ".join(ended.out.split()).startswith(usage), line


def test_a_group_without_a_command_prints_its_help_line_by_line(tmp_path: Path) -> None:
    for path, ended in zip(GROUPS, end_of(GROUPS, tmp_path), strict=True):
        assert (ended.code, ended.err, ended.loaded) == (2, "", [])
        words = {line.split()[1] for line in ended.out.splitlines() if line.startswith("│ ")}
        assert {inner[-1] for inner in PATHS if inner and inner[:-1] == path} <= words
        assert ended.out.split()[0] == "Usage:"


def test_a_refused_option_loads_nothing_heavy(tmp_path: Path) -> None:
    for (line, begins), ended in zip(REFUSED, end_of([line for line, _ in REFUSED], tmp_path), strict=True):
        assert ended.code == 2, (line, ended.err)
        assert ended.err.startswith(f"catalyst: {begins}"), (line, ended.err)
        assert ended.err.count("\n") == 1, ended.err
        assert ended.loaded == [], line
    assert list(tmp_path.iterdir()) == []


def test_feedback_runs_without_the_libraries_of_models(tmp_path: Path) -> None:
    deployed, played = end_of(
        [
            ["deploy", "--chain", "anvil", "--nodes", "3", "--phi", "feedback"],
            ["network", "--phi", "feedback", "--minutes", "1", "--nodes", "3", "--out", "run"],
        ],
        tmp_path,
    )
    assert (deployed.code, played.code) == (0, 0), deployed.err + played.err
    assert "classical feedback" in deployed.out
    assert not {"torch", "transformers"} & {*deployed.loaded, *played.loaded}
    assert (tmp_path / "run" / "summary.json").exists()


def test_constants_of_the_plant_load_no_model(tmp_path: Path) -> None:
    code = "import sys, oracle.plant.families, oracle.control.choice; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0
