"""Ctrl-C while a command starts ends it with 130 and without a word, whatever is being imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from oracle.cli.commands import cli

# Interrupts itself once the module named by the first argument is about to be imported.
_SCRIPT = """
import os, signal, sys

class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == at:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

at = sys.argv.pop(1)
# A shell's job in the background ignores it, and so would what that starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupter())
from oracle.cli import main
main()
"""
# A line of each command, and what it imports for its work.
LINES = {
    "local": ([], "oracle.lab.local.run"),
    "committee": ([], "oracle.lab.committee.demo"),
    "check": (["--rpc", "x", "--capacity", "1", "--epoch-blocks", "1", "--key-file", "key"], "oracle.service.check"),
    "journal": (["recover", "--rpc", "x"], "oracle.service.recover"),
    "deploy": (["--chain", "eth-tester"], "deploy.command"),
    "network": (["--minutes", "1", "--out", "run"], "oracle.lab.network.command"),
    "compare": (["--out", "run"], "oracle.lab.network.command"),
    "backtest": (["--blocks", "key"], "oracle.lab.backtest.history"),
    "oracle": (["--rpc", "x", "--capacity", "1", "--epoch-blocks", "1", "--key-file", "key"], "oracle.service.process"),
    "node": (["--rpc", "x", "--index", "0", "--key-file", "key"], "oracle.engines.node"),
    "stake": (["status", "--rpc", "x", "--index", "0"], "oracle.engines.holder"),
    "vote": (["status", "--rpc", "x", "--index", "0"], "oracle.engines.holder"),
    "train": (["probe", "--run", "run"], "oracle.model.encoder"),
    "bench": (["control"], "oracle.lab.bench.control"),
    "verify": (["--rpc", "x"], "oracle.audit.verify"),
    "explain": (["--rpc", "x", "--epoch", "1"], "oracle.audit.explain"),
    "verify-deployment": (["--rpc", "x"], "deploy.verification"),
    "govern": (["list", "--rpc", "x"], "oracle.governance.govern"),
    "encoder": ([], "oracle.service.encoder_replicas"),
    "api-key": (["create", "--scope", "control"], "oracle.service.api_keys"),
    "plan": (["read", "key"], "oracle.plans.bundle"),
    "records": (["verify-log", "key"], "oracle.records.access_log"),
    "report": (["make", "--rpc", "x", "--query", "key", "--out", "new"], "oracle.records.figures"),
    "route": (["read", "x", "--graph", "key"], "oracle.routing.record"),
    "store": (["classify", "key"], "oracle.storage.bundle"),
}


def test_every_command_is_here() -> None:
    assert LINES.keys() == cli.commands.keys() - {"completion"}  # which imports nothing for its work


@pytest.mark.parametrize("command", LINES)
def test_an_interruption_while_importing_ends_without_a_word(command: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("11" * 32)
    (tmp_path / "key").chmod(0o600)
    arguments, work = LINES[command]
    for at in ("click", work):
        ended = subprocess.run(
            [sys.executable, "-c", _SCRIPT, at, command, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            check=False,
        )
        assert (ended.returncode, ended.stdout, ended.stderr.strip()) == (130, "", ""), at
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
