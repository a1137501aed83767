"""A grantee at what is no data server: each is one sentence, and nothing is signed for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from oracle.records.data_client import DataClient, ServerFailed
from tests.records.stage import CLINIC, Town


@contextmanager
def _answering(body: bytes, status: int = 200, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """The URL of a server that answers all requests so, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 - the names of the standard library

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "no JSON object"),
        (b"[" * 50_000, "no JSON object"),
        (b"[]", "no JSON object"),
        (b"{}", "no challenge"),
        (b'{"nonce": "x.y.z", "server": "s", "chain": 1, "book": "0x00"}', "no challenge"),
    ],
)
def test_what_is_no_data_server_gets_no_signature(town: Town, body: bytes, says: str) -> None:
    with _answering(body) as (url, asked), pytest.raises(ServerFailed, match=says):
        DataClient(url, CLINIC).read(town.consent(salt=1), "r-1")
    assert asked == ["/challenges"]


def test_a_server_that_sends_elsewhere_is_not_followed(town: Town) -> None:
    with _answering(b"", 307, Location="http://127.0.0.1:1/") as (url, asked), pytest.raises(ServerFailed):
        DataClient(url, CLINIC).read(town.consent(salt=1), "r-1")
    assert asked == ["/challenges"]
