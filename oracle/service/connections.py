"""Bounds on the connections of the HTTP server, so that no client keeps others out by holding connections.

uvicorn itself has a time-out only for connections that are idle after an answer, and with many connections it answers
503 to everyone. Here a new connection is always accepted, and an idle one makes room for it, so that `/health` and
`/metrics` always answer.
"""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from oracle.service.seldom import Seldom

_log = logging.getLogger(__name__)
_log.addFilter(Seldom())
# What comes in one read may be more than a whole head may have; the parser gets it by pieces, and stops between them.
_PIECE_BYTES = 4_096


@dataclass(frozen=True)
class Bounds:
    """How long and how many connections may occupy the server."""

    request_seconds: float = 10.0  # from the connection, or the last answer, to the end of the next request
    answer_seconds: float = 60.0  # from the end of the request until the answer is taken
    head_bytes: int = 65_536  # of a request's header
    connections: int = 512  # one more closes the one that has waited longest for a request
    client_connections: int = 128  # of one address, likewise


class _Connections:
    """The open connections, longest without a request first."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._open: dict[GuardedProtocol, str] = {}  # with the client's address, in the order of their last answers
        self._of_client: Counter[str] = Counter()

    def add(self, protocol: "GuardedProtocol", client: str) -> None:
        """Accept a connection; if it is one too many, another makes room for it."""
        bounds = self.bounds
        if self._of_client[client] >= bounds.client_connections:
            self._close_one([each for each, address in self._open.items() if address == client])
        elif len(self._open) >= bounds.connections:
            self._close_one(list(self._open))
        self._open[protocol] = client
        self._of_client[client] += 1

    def answered(self, protocol: "GuardedProtocol") -> None:
        """The connection waits for a request from now on."""
        if protocol in self._open:
            self._open[protocol] = self._open.pop(protocol)

    def remove(self, protocol: "GuardedProtocol") -> None:
        """Forget a connection; calling again does no harm."""
        client = self._open.pop(protocol, None)
        if client is not None:
            self._of_client[client] -= 1
            if not self._of_client[client]:
                del self._of_client[client]

    def _close_one(self, candidates: "list[GuardedProtocol]") -> None:
        """Close the one that has waited longest for a request; if all are answering, the one that has longest."""
        chosen = next((each for each in candidates if each.awaits_request), candidates[0])
        self.remove(chosen)
        chosen.transport.abort()


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, with a time limit on each request's arrival and on each answer's departure."""

    def __init__(self, connections: _Connections, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.logger = _log  # uvicorn's has a line for each request that is none
        self._all = connections
        self._limit: asyncio.TimerHandle | None = None
        self._whole = 0  # complete requests, less those answered
        self._in_head, self._head_bytes = True, 0

    @property
    def awaits_request(self) -> bool:
        """Whether no request, or only part of one, has come since the last answer."""
        return self._whole <= 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._set_limit(self._all.bounds.request_seconds)
        self._all.add(self, self.client[0] if self.client else "")

    def data_received(self, data: bytes) -> None:
        """Take in what came, with a bound on the header, since the parser itself has none.

        A header that begins in the middle of a piece counts from the next one, so it may have 2 pieces more.
        """
        for start in range(0, len(data), _PIECE_BYTES):
            piece = data[start : start + _PIECE_BYTES]
            if self._in_head:
                self._head_bytes += len(piece)
            super().data_received(piece)
            if self.transport.is_closing():
                return
            if self._in_head and self._head_bytes > self._all.bounds.head_bytes:
                self.send_400_response("The head of the request is too large.")
                return

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        if not self._in_head:  # the bytes of the first request are counted already
            self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """The request's header is complete."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete; its answer has its own time limit."""
        super().on_message_complete()
        self._whole += 1
        if self._whole == 1:
            self._set_limit(self._all.bounds.answer_seconds)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._whole -= 1  # below 0 if the answer came before the end of the body
        bounds = self._all.bounds
        self._set_limit(bounds.request_seconds if self.awaits_request else bounds.answer_seconds)
        self._all.answered(self)
        super().on_response_complete()  # goes on with a request that came meanwhile

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._limit is not None:
            self._limit.cancel()
        self._all.remove(self)
        super().connection_lost(exc)

    def _set_limit(self, seconds: float) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = self.loop.call_later(seconds, self.transport.abort)


def guarded(bounds: Bounds) -> Any:
    """A protocol for uvicorn's `http` option, whose connections share `bounds`."""
    return partial(GuardedProtocol, _Connections(bounds))
