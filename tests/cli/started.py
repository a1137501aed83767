"""Run command lines, and take what each printed.

In a process of their own, where it matters which heavy libraries are loaded then; or in this one, which has them.
"""

import io
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from oracle.cli import main
from tests.logs import logging_as_before

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


def end_here(lines: Sequence[Sequence[str]], directory: Path) -> list[Ended]:
    """As `end_of`, in this process: one that is started anew takes longer to import than most commands take."""
    return [_end_here(line, directory) for line in lines]


def _end_here(line: Sequence[str], directory: Path) -> Ended:
    out, err, code = io.StringIO(), io.StringIO(), 0
    ending = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patched, chdir(directory), logging_as_before():
        patched.setattr(sys, "argv", ["catalyst", *line])
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            finally:
                signal.signal(signal.SIGTERM, ending)
    return Ended(code, out.getvalue(), err.getvalue(), [])
