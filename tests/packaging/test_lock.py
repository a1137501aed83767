"""requirements/run.txt and node.txt are what dependencies bring, at pinned versions."""

import importlib.metadata
import re
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_list_of_a_run_is_what_the_dependencies_bring() -> None:
    module = runpy.run_path(str(ROOT / "requirements" / "lock.py"))

    assert (ROOT / "requirements" / "run.txt").read_text() == module["locked"](), "run `make lock`"


def test_the_list_of_a_node_is_what_its_part_of_them_brings() -> None:
    module = runpy.run_path(str(ROOT / "requirements" / "lock.py"))

    assert (ROOT / "requirements" / "node.txt").read_text() == module["locked_node"](), "run `make lock`"


# Imports what a node runs, while every package that its list lacks is as if it were not installed.
_WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

absent = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Absent())
import oracle.engines.node
import oracle.engines.pow.player, oracle.engines.pos.player, oracle.engines.dpos.player
from oracle.cli.commands import cli
cli(["node", "--help"])
"""


def test_a_node_needs_nothing_that_its_list_lacks() -> None:
    listed = (ROOT / "requirements" / "node.txt").read_text()
    names = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in listed.splitlines() if "==" in line}
    assert not names & {"torch", "transformers", "numba", "tokenizers"}
    packages = importlib.metadata.packages_distributions()
    own = {"oracle", "deploy", "tests", "operate"}
    absent = {
        top
        for top, distributions in packages.items()
        if not names & {re.sub(r"[-_.]+", "-", each).lower() for each in distributions} and top not in own
    }
    assert {"torch", "numba"} <= absent
    ended = subprocess.run(
        [sys.executable, "-c", _WITHOUT, ",".join(absent)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "--hash-rate" in ended.stdout
