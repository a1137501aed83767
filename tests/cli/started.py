"""Run command lines in a process of their own: what each printed, and which heavy libraries are loaded then."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HEAVY = ("torch", "transformers", "web3", "eth_tester", "eth", "numba", "matplotlib")

_SCRIPT = """
import contextlib, io, json, sys
from oracle.cli import main
heavy, lines = json.loads(sys.argv[1])
for line in lines:
    sys.argv = ["catalyst", *line]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
    loaded = [name for name in heavy if name in sys.modules]
    print(json.dumps([code, out.getvalue(), err.getvalue(), loaded]))
"""


@dataclass(frozen=True)
class Ended:
    """How a command line ended, after those before it in the same process."""

    code: int
    out: str
    err: str
    loaded: list[str]


def end_of(lines: Sequence[Sequence[str]], directory: Path) -> list[Ended]:
    """Run command lines one after the other in `directory`."""
    process = subprocess.run(
        [sys.executable, "-c", _SCRIPT, json.dumps([HEAVY, [list(line) for line in lines]])],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=directory,
        check=True,
    )
    return [Ended(*json.loads(line)) for line in process.stdout.splitlines()]
