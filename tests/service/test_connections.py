"""Connections that only hold the server: real sockets against a real server, with a small app behind it."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest
from fastapi import FastAPI, Request

from oracle.service.connections import Bounds
from oracle.service.http_server import HttpServer, take_port

_PATIENCE_SECONDS = 60


class _App:
    """Answers at once, but for `/wait`, which waits for the end of the test."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.waiting = 0
        released = asyncio.Event()

        @self.app.get("/health")
        @self.app.get("/metrics")
        @self.app.get("/other")
        async def at_once() -> str:
            return "here"

        @self.app.get("/wait")
        async def wait() -> str:
            self.waiting += 1
            await released.wait()
            return "released"

        @self.app.get("/release")
        async def release() -> str:
            released.set()
            return "released"

        @self.app.post("/body")
        async def body(request: Request) -> int:
            return len(await request.body())


@contextmanager
def _served(bounds: Bounds, app: FastAPI | None = None) -> Iterator[tuple[str, tuple[str, int]]]:
    listener = take_port("127.0.0.1", 0)
    server = HttpServer(app or _App().app, listener, bounds)
    server.start()
    yield server.url, listener.getsockname()[:2]
    server.stop()


def _get(url: str, path: str) -> int:
    return httpx.get(f"{url}{path}", timeout=_PATIENCE_SECONDS).status_code


def _opened(stack: ExitStack, address: tuple[str, int], sent: bytes, *, source: str = "127.0.0.1") -> socket.socket:
    connection = stack.enter_context(socket.create_connection(address, _PATIENCE_SECONDS, (source, 0)))
    connection.sendall(sent)
    return connection


def _is_closed(connection: socket.socket) -> bool:
    """Whether the server closes it, sooner or later; bytes of an answer may come first."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def test_everything_is_answered_while_300_half_open_connections_stay() -> None:
    unfinished = [
        b"",
        b"GET /other HTTP/1.1\r\nHost: a\r\n",
        b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nfour",
    ]
    bounds = Bounds(request_seconds=_PATIENCE_SECONDS, client_connections=400)
    with _served(bounds) as (url, address), ExitStack() as stack:
        held = [_opened(stack, address, unfinished[i % 3]) for i in range(300)]
        for path in ("/health", "/metrics", "/other"):
            assert _get(url, path) == 200
        for connection in held:  # they stay: nothing has been closed
            connection.setblocking(False)
            with suppress(BlockingIOError):
                assert connection.recv(1) != b"", "closed by the server"


def test_requests_that_do_not_come_whole_are_closed_after_the_bound() -> None:
    with _served(Bounds(request_seconds=0.3)) as (url, address), ExitStack() as stack:
        half_open = [
            _opened(stack, address, sent)
            for sent in (
                b"",
                b"GET /other HTTP/1.1\r\nHost: a\r\n",
                b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nfour",
                b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n",  # idle after an answer
            )
        ]
        assert all(_is_closed(connection) for connection in half_open)
        assert _get(url, "/other") == 200


def test_a_head_without_end_is_refused() -> None:
    with _served(Bounds(head_bytes=10_000)) as (url, address), ExitStack() as stack:
        for endless in (b"GET /" + b"a" * 20_000, b"GET /other HTTP/1.1\r\nX: " + b"a" * 20_000):
            connection = _opened(stack, address, endless)
            assert connection.recv(12) == b"HTTP/1.1 400"
            assert _is_closed(connection)
        body = httpx.post(f"{url}/body", content=b"a" * 20_000, timeout=_PATIENCE_SECONDS)
        assert body.json() == 20_000


@pytest.mark.parametrize("before", [b"", b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n"], ids=["first", "later"])
def test_a_head_that_comes_whole_is_bounded_too(before: bytes) -> None:
    with _served(Bounds()) as (url, address), ExitStack() as stack:
        for kilobytes in (80, 200):  # the socket takes either in one read
            large = b"GET /other HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 1_000 * kilobytes + b"\r\n\r\n"
            connection = _opened(stack, address, before + large)
            answered = bytearray()
            with suppress(ConnectionResetError):
                while part := connection.recv(65_536):
                    answered += part
            assert answered.count(b"HTTP/1.1 400") == 1
            assert answered.count(b"HTTP/1.1 200") <= (before != b"")
        headers = {"X": "a" * 60_000}
        assert httpx.get(f"{url}/other", headers=headers, timeout=_PATIENCE_SECONDS).status_code == 200


def test_requests_that_follow_one_another_at_once_are_all_answered() -> None:
    with _served(Bounds()) as (_, address), ExitStack() as stack:
        last = b"GET /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        connection = _opened(stack, address, b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n" * 20 + last)
        answered = bytearray()
        while part := connection.recv(65_536):
            answered += part
        assert answered.count(b"HTTP/1.1 200 OK") == 21


def test_an_answer_that_is_not_taken_in_time_is_given_up() -> None:
    with _served(Bounds(answer_seconds=0.3)) as (url, address), ExitStack() as stack:
        assert _is_closed(_opened(stack, address, b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"))
        assert _get(url, "/release") == 200


def test_one_connection_too_many_closes_the_one_that_waits_longest() -> None:
    bounds = Bounds(request_seconds=_PATIENCE_SECONDS, client_connections=3, connections=5)
    with _served(bounds) as (url, address), ExitStack() as stack:
        mine = [_opened(stack, address, b"") for _ in range(3)]
        others = [_opened(stack, address, b"", source="127.0.0.2") for _ in range(2)]
        assert _get(url, "/health") == 200  # the fourth of this client
        assert _is_closed(mine[0])
        late = [_opened(stack, address, b"", source=f"127.0.0.{3 + i}") for i in range(4)]  # beyond the five of all
        assert _is_closed(mine[1])
        assert _is_closed(mine[2])
        late[-1].sendall(b"GET /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert late[-1].recv(12) == b"HTTP/1.1 200"
        assert all(other.fileno() > 0 for other in others)


def test_everything_is_answered_while_300_requests_are_under_way() -> None:
    app = _App()
    with _served(Bounds(client_connections=400), app.app) as (url, address), ExitStack() as stack:
        for _ in range(300):
            _opened(stack, address, b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        while app.waiting < 300:
            assert _get(url, "/health") == 200
        for path in ("/health", "/metrics", "/other", "/release"):
            assert _get(url, path) == 200


def test_what_is_no_request_is_refused_each_time_and_hardly_fills_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with _served(Bounds()) as (_, address), caplog.at_level(logging.INFO):
        for _ in range(40):
            for sent in (b"\x16\x03\x01 no http\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"):
                with ExitStack() as stack:
                    connection = _opened(stack, address, sent)
                    assert connection.recv(12).startswith(b"HTTP/1.1 40")
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == len(set(said)) <= 3
