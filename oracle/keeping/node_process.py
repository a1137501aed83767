"""An IPFS node as a process: Helia under Node.js, in a directory of its own."""

import json
import os
import secrets
import shutil
import subprocess
import threading
from pathlib import Path

from oracle.errors import NodeAway, SettingsError
from oracle.keeping.node_client import OwnNode

PROGRAM = Path(__file__).parent / "holder" / "node.mjs"
_START_SECONDS = 60.0
_END_SECONDS = 10.0


class NodeProcess:
    """One node. It ends with this process, whose pipe it reads."""

    def __init__(self, directory: Path, *, capacity_bytes: int, program: Path = PROGRAM, port: int = 0) -> None:
        """Begin to start one; `await_ready` waits for it.

        Args:
            directory: Its own: blocks, identity, token and log.
            capacity_bytes: Most bytes of all files together.
            program: What Node.js runs.
            port: Of its HTTP API on the loopback interface; 0 for any that is free.

        Raises:
            SettingsError: Node.js or Helia is not installed.
        """
        node = shutil.which("node")
        if node is None or not (Path(__file__).parents[2] / "node_modules" / "helia").is_dir():
            raise SettingsError("IPFS nodes need Node.js and Helia: run `make setup` in a checkout of the project")
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._token = _token(directory / "token")
        with (directory / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - fixed program, no shell
                [
                    *(node, str(program), "--directory", str(directory), "--token-file", str(directory / "token")),
                    *("--capacity-bytes", str(capacity_bytes), "--port", str(port)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def await_ready(self) -> OwnNode:
        """Wait until it serves.

        Raises:
            NodeAway: it ended, or took too long.
        """
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        timer = threading.Timer(_START_SECONDS, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self._ended()
            raise NodeAway(f"the node in {self.directory} did not start: {self._why()}")
        return OwnNode(f"http://127.0.0.1:{json.loads(line)['port']}", self._token)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Wait until it ends by itself, which it does not while all is well.

        Raises:
            NodeAway: it ended; says why.
        """
        code = self._process.wait()
        raise NodeAway(f"the node in {self.directory} ended with code {code}: {self._why()}")

    def kill(self) -> None:
        """End it at once, as a lost machine would."""
        self._process.kill()
        self._ended()

    def close(self) -> None:
        """Have it end; safe to call again."""
        if self.is_running:
            self._process.terminate()
            try:
                self._process.wait(timeout=_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._ended()

    def _why(self) -> str:
        """The last error in its log."""
        said = (self.directory / "log").read_text(errors="replace").strip().splitlines()
        return next((each for each in reversed(said) if "Error: " in each), "see its log")[:200]

    def _ended(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _token(path: Path) -> str:
    """That of the file, which is made where there is none; its owner alone reads it."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()
