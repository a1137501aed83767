"""Run an app by uvicorn in a thread, on a socket opened beforehand."""

import socket
import threading
import time

import uvicorn
from fastapi import FastAPI

from oracle.errors import SettingsError
from oracle.service.connections import Bounds, guarded

_START_TIMEOUT_SECONDS = 15
_WAITING_TO_BE_ACCEPTED = 1024


def take_port(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        SettingsError: the port is taken, or the host is no address of this machine.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; give --port another one, or stop what uses it"
        ) from error
    listener.listen(_WAITING_TO_BE_ACCEPTED)
    return listener


class HttpServer:
    """Serves an app until stopped."""

    def __init__(self, app: FastAPI, listener: socket.socket, bounds: Bounds = Bounds()) -> None:  # noqa: B008 - frozen
        host, port = listener.getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=guarded(bounds),
                loop="uvloop",
                ws="none",
                log_config=None,  # the root's handler redacts; uvicorn's own would print what it gets
                access_log=False,
                lifespan="on",
            )
        )
        self._app = app
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="http", daemon=True)

    def start(self) -> None:
        """Return once it answers."""
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise SettingsError(f"the HTTP server at {self.url} did not start; see the log above")
            time.sleep(0.01)

    def stop(self) -> None:
        """Finish running requests and end; streams end at once."""
        if (sources := getattr(self._app.state, "sources", None)) is not None:
            sources.ending.set()
        self._server.should_exit = True
        self._thread.join(timeout=10)
