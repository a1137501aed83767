"""A gate before a node: while it is shut, nobody reaches the node."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

from oracle.chain.ports import free_port

_CHUNK_BYTES = 1 << 16


class Gate:
    """A forwarder of TCP connections that can be shut."""

    def __init__(self, target: str) -> None:
        """Open a gate before the node of a URL."""
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", free_port()))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._shut, self._open = threading.Event(), set[socket.socket]()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self, *, is_shut: bool = True) -> None:
        """Shut or open it. What passes through it now is ended."""
        (self._shut.set if is_shut else self._shut.clear)()
        if is_shut:
            self._end_all()

    def close(self) -> None:
        """End it."""
        self._shut.set()
        self._listener.close()
        self._end_all()

    def _end_all(self) -> None:
        with self._lock:
            ended, self._open = self._open, set()
        for each in ended:
            _end(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._shut.is_set():
                client.close()
                continue
            try:
                node = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open |= {client, node}
            for source, sink in ((client, node), (node, client)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_carry, args=(source, sink), daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(_CHUNK_BYTES):
            sink.sendall(data)
    except OSError:
        pass
    _end(source)
    _end(sink)


def _end(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
