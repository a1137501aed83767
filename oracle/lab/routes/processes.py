"""Providers of a world as processes of their own, each as `catalyst route relay` starts it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oracle.crossing.places import write_places
from oracle.errors import SettingsError
from oracle.lab.routes.world import World, key_of

_POLL_SECONDS = 0.25
_START_SECONDS = 60
_END_SECONDS = 10


@contextmanager
def processes(world: World, out: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """All providers of a world, by name, once each says that it serves; they end with the block.

    Args:
        world: The chains.
        out: Folder for the file of the chains, and for keys, journals and logs.

    Raises:
        SettingsError: one of them does not work; says where its log is.
    """
    places = out / "places.json"
    write_places(places, world.places, world.urls)
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for provider in dict.fromkeys(way.provider for way in world.ways):
            started[provider] = _start(provider, out, places)
        _wait_at_work(started, out)
        yield started
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            try:
                process.wait(timeout=_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(provider: str, out: Path, places: Path) -> subprocess.Popen[bytes]:
    """Start a provider's process; its key, which is worth nothing, is written into the folder for it."""
    arguments = ["route", "relay", "--places", str(places), "--key-file", str(key_file(provider, out))]
    journal = ["--journal", str(out / f"{provider}-{places.stat().st_mtime_ns}.db")]
    with _log(provider, out).open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "oracle", *arguments, *journal], stdout=log, stderr=log
        )


def _log(provider: str, out: Path) -> Path:
    return out / f"{provider}.log"


def _wait_at_work(started: dict[str, subprocess.Popen[bytes]], out: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    waiting = dict(started)
    while waiting:
        for name, process in list(waiting.items()):
            if b"serves" in _log(name, out).read_bytes():
                del waiting[name]
            elif process.poll() is not None or time.monotonic() > until:
                raise SettingsError(f"the process of {name} does not work; {_log(name, out)} says why")
        time.sleep(_POLL_SECONDS)


def key_file(name: str, out: Path) -> Path:
    """The key of somebody, which is worth nothing, written into the folder."""
    path = out / f"{name}.key"
    path.touch(mode=0o600)
    path.write_text(key_of(name).key.hex() + "\n")
    return path
