"""The services of compose.yaml, and how to run as plain processes what their containers would run."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from oracle.chain.anvil import ANVIL
from oracle.chain.ports import free_port
from tests.operate.conftest import OPERATE

COMPOSE = OPERATE / "compose.yaml"
# By image.
DOCKERFILES = {
    "catalyst:0.1.0": OPERATE / "Dockerfile",
    "catalyst-node:0.1.0": OPERATE / "node.Dockerfile",
    "catalyst-api:0.1.0": OPERATE / "api.Dockerfile",
}
_PROGRAMS = {"anvil": [str(ANVIL)], "catalyst": [sys.executable, "-m", "oracle"]}


@cache
def services() -> dict[str, dict[str, Any]]:
    """All of them, with what they share filled in."""
    return dict(yaml.safe_load(COMPOSE.read_text())["services"])


def words_of(name: str) -> list[str]:
    """What the container of a service runs: the entry point of its image or its own, and its command."""
    service = services()[name]
    entrypoint = service.get("entrypoint") or entrypoint_of(DOCKERFILES[service["image"]])
    return [*entrypoint, *service["command"]]


def entrypoint_of(dockerfile: Path) -> list[str]:
    """Of an image."""
    (last,) = re.findall(r"^ENTRYPOINT (.+)$", dockerfile.read_text(), re.MULTILINE)
    return list(json.loads(last))


@dataclass
class Processes:
    """Services as processes. Their names are ports of this host, and what they mount is under `folder`."""

    folder: Path
    variables: Mapping[str, str]  # as of .env
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start one."""
        service = services()[name]
        program, *words = words_of(name)
        command = [*_PROGRAMS[program], *(self._here(name, word) for word in words)]
        environment = {key: self._here(name, value) for key, value in service.get("environment", {}).items()}
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                command, env={**os.environ, **environment}, stdout=log, stderr=log, cwd=self.folder
            )
        return self.running[name]

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def wait(self, reached: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not reached():
            for name, process in self.running.items():
                assert process.poll() in (None, 0), f"{name}: {self.log(name)}"
            assert time.monotonic() < deadline, {name: self.log(name)[-1000:] for name in self.running}
            time.sleep(0.5)

    def close(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def port(self, name: str) -> int:
        """Of this host, in place of a service's own."""
        if name not in self.ports:
            self.ports[name] = free_port()
        return self.ports[name]

    def _here(self, name: str, word: str) -> str:
        """A word of a command or an environment as it must be on this host."""
        for variable, value in self.variables.items():
            word = word.replace(f"${{{variable}:?run python -m operate.trial first}}", value)
        if word == "0.0.0.0":  # noqa: S104 - of the container's own network
            return "127.0.0.1"
        if word in ("8545", "8460"):
            return str(self.port(name))
        for service in services():
            for port in (8545, 8460):
                word = word.replace(f"http://{service}:{port}", f"http://127.0.0.1:{self.port(service)}")
        for mounted, place in (
            ("/run/secrets", "trial"),
            ("/genesis.json", "trial/genesis.json"),
            ("/miners", "trial/miners"),
            ("/deployments", "deployments"),
            ("/var/lib/catalyst", f"state-{name}"),
        ):
            if word.startswith(mounted):
                place_here = self.folder / (place + word.removeprefix(mounted))
                place_here.parent.mkdir(exist_ok=True)
                return str(place_here)
        return word
