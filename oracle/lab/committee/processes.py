"""The operators of a committee as processes: each a `catalyst oracle` with one key, a journal and an API of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import requests

from oracle.chain.ports import free_ports
from oracle.errors import CatalystError
from oracle.lab.committee.site import Site
from oracle.settings import ENVIRONMENT_PREFIX

_START_SECONDS = 120.0
_END_SECONDS = 15.0


class Operators:
    """All operators of a site."""

    def __init__(self, site: Site, options: Sequence[str]) -> None:
        """Nothing is started yet; `options` of `catalyst oracle` are those of all."""
        self._site, self._options = site, tuple(options)
        self.ports = free_ports(len(site.operators))
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def url(self, operator: int) -> str:
        """Of an operator's API."""
        return f"http://127.0.0.1:{self.ports[operator]}"

    def log(self, operator: int) -> Path:
        """An operator's log."""
        return self._site.directory / f"operator-{operator}.log"

    def journal(self, operator: int) -> Path:
        """An operator's journal."""
        return self._site.directory / f"operator-{operator}.sqlite"

    def start(self, operator: int) -> None:
        """Start a process; it answers some seconds later."""
        peers = [self.url(other) for other in range(len(self.ports)) if other != operator]
        with self.log(operator).open("ab") as log:
            self.processes[operator] = subprocess.Popen(  # noqa: S603 - this program, no shell
                [
                    *(sys.executable, "-m", "oracle", "oracle", "--rpc", self._site.anvil.url),
                    *("--deployments", str(self._site.record_path), "--state", str(self.journal(operator))),
                    *("--key-file", str(self._site.key_file(operator)), "--port", str(self.ports[operator])),
                    *(word for peer in peers for word in ("--peer", peer)),
                    *self._options,
                ],
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,
            )

    def await_answers(self, operators: Sequence[int]) -> None:
        """Wait until these answer.

        Raises:
            CatalystError: one ended, or took too long.
        """
        deadline = time.monotonic() + _START_SECONDS
        for operator in operators:
            while not self._answers(operator):
                code = self.processes[operator].poll()
                if code is not None or time.monotonic() > deadline:
                    lines = self.log(operator).read_text().strip().splitlines() or [""]
                    raise CatalystError(f"operator {operator} does not answer (exit code {code}): {lines[-1]}")
                time.sleep(0.1)

    def await_block(self, block: int, seconds: float) -> bool:
        """Wait until the steps of all at a block have ended; whether they did in time."""
        deadline = time.monotonic() + seconds
        for operator in self.processes:
            while (self._head(operator) or 0) < block:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.05)
        return True

    def kill(self, operator: int) -> None:
        """End one at once."""
        process = self.processes.pop(operator)
        process.kill()
        process.wait()

    def stop(self, operator: int) -> None:
        """Have one end.

        Raises:
            CatalystError: it did not end cleanly.
        """
        code = self._stopped(operator)
        if code:
            raise CatalystError(f"operator {operator} ended with exit code {code}: see {self.log(operator)}")

    def close(self) -> None:
        """End all; safe to call again."""
        for operator in list(self.processes):
            self._stopped(operator)

    def check(self) -> None:
        """See that all that were started run.

        Raises:
            CatalystError: one has ended by itself.
        """
        for operator, process in self.processes.items():
            code = process.poll()
            if code is not None:
                lines = self.log(operator).read_text().strip().splitlines() or [""]
                raise CatalystError(f"operator {operator} ended with exit code {code}: {lines[-1]}")

    def _answers(self, operator: int) -> bool:
        try:
            requests.get(f"{self.url(operator)}/health", timeout=5)
        except requests.RequestException:
            return False
        return True

    def _head(self, operator: int) -> int | None:
        """The latest block as an operator's last step saw it; None where it did not see one or does not answer."""
        try:
            head: int | None = requests.get(f"{self.url(operator)}/health", timeout=5).json()["head"]
        except requests.RequestException:
            return None
        return head

    def _stopped(self, operator: int) -> int:
        process = self.processes.pop(operator)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


@contextmanager
def started(site: Site, options: Sequence[str]) -> Iterator[Operators]:
    """All operators of a site as processes that answer; they end with it. `options` are as of `Operators`."""
    operators = Operators(site, options)
    with closing(operators):
        everyone = range(len(site.operators))
        for operator in everyone:
            operators.start(operator)
        operators.await_answers(everyone)
        yield operators


def _environment() -> dict[str, str]:
    """Ours without what sets options of commands: those of a process are all on its command line."""
    return {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
