"""The commands of a page as a script: blocks in order, those "in a terminal of its own" beside the others."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

from oracle.chain.ports import free_ports
from tests.conftest import ROOT

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BESIDE, _LONG = "# in a terminal of its own\n", "# takes long\n"
_PORTS = ("8545", "8460", "8461", "8470", "8471", "8472")
_LIMIT_SECONDS = 900
_END_LOOKS, _LOOK_SECONDS = 100, 0.2
_HEAD = """\
set -euo pipefail
declare -A beside
listens() { for _ in $(seq 600); do (: > /dev/tcp/127.0.0.1/$1) 2>/dev/null && return; sleep 0.2; done; return 1; }
"""
_TAIL = """\
for pid in "${!beside[@]}"; do
    kill -0 "$pid" || { echo "ended by itself: ${beside[$pid]}"; exit 1; }
done
"""


def blocks(page: Path) -> list[str]:
    """The commands of a page, block by block."""
    return [str(each) for each in _BLOCK.findall(page.read_text())]


def script(page: Path, *, long: bool) -> str:
    """All blocks of a page; without those that take long, or those alone."""
    parts = [_HEAD]
    for number, block in enumerate(blocks(page)):
        if block.startswith(_LONG) != long:
            continue
        if not block.startswith(_BESIDE):
            parts.append(block)
            continue
        # A function, not a subshell of the text: here-documents and comments stay as they are.
        log = f"beside-{number}.log"
        parts.append(f"run_{number}() {{\n{block}}}\nrun_{number} > {log} 2>&1 &\nbeside[$!]={log}\n")
        parts += [f"listens {port}\n" for port in re.findall(r"--port (\d+)", block)]
    return "".join([*parts, _TAIL])


def run(page: Path, directory: Path, *, long: bool = False, limit_seconds: int = _LIMIT_SECONDS) -> str:
    """Run a page in a directory that looks like the repository, and return all that it printed.

    Raises:
        AssertionError: a command failed, or one beside the others ended by itself.
    """
    _furnish(directory)
    text = script(page, long=long)
    for port, free in zip(_PORTS, free_ports(len(_PORTS)), strict=True):
        text = re.sub(rf"\b{port}\b", str(free), text)
    path = ":".join([str(directory / "bin"), str(directory / ".venv/bin"), str(directory / "node_modules/.bin")])
    with (directory / "printed.log").open("w") as printed:
        process = subprocess.Popen(
            ["/bin/bash", "-c", text],
            cwd=directory,
            env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code: int | None = process.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process.pid)
            process.wait()
    logs = "".join(f"\n== {log.name}\n{log.read_text()[-4000:]}" for log in sorted(directory.glob("*.log")))
    assert code == 0, f"{page.name} ended with {code}{logs}"
    return logs


def _end(group: int) -> None:
    """End all that a page started; it is a session of its own. Commands end first, with what they started apart."""
    try:
        os.killpg(group, signal.SIGTERM)
        for _ in range(_END_LOOKS):
            time.sleep(_LOOK_SECONDS)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _furnish(directory: Path) -> None:
    """Links to what commands of pages read, and programs that run this checkout."""
    for name in ("abi", "contracts", "oracle", "tests", "node_modules", "Makefile"):
        (directory / name).symlink_to(ROOT / name)
    python = shlex.quote(sys.executable)
    # The real recipes; what set-up makes is there already, and CI makes it on a clean clone.
    there = " ".join(f"-o {each}" for each in (".venv/.runs", ".venv/.installed", "node_modules/.installed"))
    programs = {
        ".venv/bin/catalyst": f'exec {python} -m oracle "$@"',
        ".venv/bin/python": f'exec {python} "$@"',
        "bin/make": f'exec /usr/bin/env -S PATH=/usr/bin:/bin make {there} -o dapp/dist/index.html "$@"',
    }
    for name, line in programs.items():
        program = directory / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/bash\n{line}\n")
        program.chmod(0o755)
