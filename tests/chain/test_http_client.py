"""One node over HTTP: whatever it sends, an answer has an end; users, proxies and forms of bodies as usual in HTTP."""

import gzip
import json
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from oracle.chain.connection import connect
from oracle.chain.http_client import BadStatus, Bounds, HttpClient, NoAnswer, RequestFailed, TimedOut, TooLarge
from oracle.chain.redact import redact
from oracle.errors import ConnectionFailed
from oracle.lab.faults.server import FaultyServer
from tests.chain.certificates import own_certificate

BOUNDS = Bounds(connect_seconds=5, wait_seconds=5, whole_seconds=10, most_bytes=1000)
ANSWER = {"jsonrpc": "2.0", "id": 0, "result": "0x1"}


class _Node:
    """Answers by a function of the request, and remembers the last one."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.over = threading.Event()
        self.asked: str | None = None  # as the request line has it
        self.headers = Message()
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                node.asked, node.headers = self.path, self.headers
                answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = FaultyServer(Handler)
        self.url = self._server.url

    def secure(self, context: ssl.SSLContext) -> None:
        """Serve by TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def close(self) -> None:
        self.over.set()
        self._server.end()


Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], _Node]


@pytest.fixture
def serve() -> Iterator[Serve]:
    nodes: list[_Node] = []

    def made(answer: Callable[[BaseHTTPRequestHandler], None]) -> _Node:
        nodes.append(_Node(answer))
        return nodes[-1]

    yield made
    for node in nodes:
        node.close()


def _send(handler: BaseHTTPRequestHandler, content: bytes, *, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(content)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)


def _plain(handler: BaseHTTPRequestHandler) -> None:
    _send(handler, json.dumps(ANSWER).encode())


def _compressed(handler: BaseHTTPRequestHandler) -> None:
    _send(handler, gzip.compress(json.dumps(ANSWER).encode()), Content_Encoding="gzip")


def _in_chunks(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for part in (b'{"jsonrpc":"2.0",', b'"id":0,"result":"0x1"}', b""):
        handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")


@pytest.mark.parametrize("answer", [_plain, _compressed, _in_chunks])
def test_an_answer_may_come_in_each_form_of_http_over_one_connection(
    serve: Serve, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    ports = set()

    def noted(handler: BaseHTTPRequestHandler) -> None:
        ports.add(handler.client_address[1])
        answer(handler)

    http = HttpClient(serve(noted).url)
    assert [http.post(b"{}", BOUNDS) for _ in range(3)] == [ANSWER] * 3
    assert len(ports) == 1


def test_an_answer_that_drips_is_given_up_in_time(serve: Serve) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not node.over.wait(0.05):
            handler.wfile.write(b" ")

    node = serve(drip)
    with pytest.raises(TimedOut, match=r"the answer was not whole after 0\.5 s"):
        HttpClient(node.url).post(b"{}", Bounds(5, 5, 0.5, 1000))


def test_a_silent_node_is_given_up_in_time(serve: Serve) -> None:
    def wait(_: BaseHTTPRequestHandler) -> None:
        node.over.wait()

    node = serve(wait)
    with pytest.raises(TimedOut, match=r"nothing came within 0\.2 s"):
        HttpClient(node.url).post(b"{}", Bounds(5, 0.2, 10, 1000))


@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_larger_than_asked_for_is_not_read(serve: Serve, compressed: bool) -> None:
    large = b" " * 50_000_000
    content = gzip.compress(large) if compressed else large
    headers = {"Content_Encoding": "gzip"} if compressed else {}
    node = serve(lambda handler: _send(handler, content, status=200, **headers))
    with pytest.raises(TooLarge, match="more than 1000 bytes"):
        HttpClient(node.url).post(b"{}", BOUNDS)


def test_statuses_of_failures_and_redirects_are_no_answers(serve: Serve) -> None:
    def refuse(status: int, **headers: str) -> BadStatus:
        node = serve(lambda handler: _send(handler, json.dumps(ANSWER).encode(), status=status, **headers))
        with pytest.raises(BadStatus) as refused:
            HttpClient(node.url).post(b"{}", BOUNDS)
        return refused.value

    assert refuse(429, Retry_After="7").retry_after == "7"
    assert {status: refuse(status).may_pass for status in (400, 404, 429, 500, 503)} == {
        **{400: False, 404: False},
        **{429: True, 500: True, 503: True},
    }
    other = serve(_plain)
    assert not refuse(302, Location=other.url).may_pass
    assert other.asked is None


def test_what_is_no_json_or_ends_early_is_no_answer(serve: Serve) -> None:
    with pytest.raises(NoAnswer, match="is no JSON"):
        HttpClient(serve(lambda handler: _send(handler, b"<html>")).url).post(b"{}", BOUNDS)

    def truncated(handler: BaseHTTPRequestHandler) -> None:
        _send(handler, json.dumps(ANSWER).encode(), Content_Length="900")
        handler.close_connection = True

    with pytest.raises(RequestFailed):
        HttpClient(serve(truncated).url).post(b"{}", BOUNDS)


def test_a_user_in_the_url_goes_into_a_header_and_into_no_request_line(serve: Serve) -> None:
    node = serve(_plain)
    HttpClient(node.url.replace("//", "//me:pa%20ss@") + "/key").post(b"{}", BOUNDS)
    assert node.asked == "/key"
    assert node.headers["Authorization"] == "Basic " + b64encode(b"me:pa ss").decode()


def test_a_proxy_that_the_environment_names_is_asked_but_not_for_this_machine_or_what_it_exempts(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, own = serve(_plain), serve(_plain)
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//proxy-user:proxy-secret@"))
    assert HttpClient("http://node.invalid:8545/key").post(b"{}", BOUNDS) == ANSWER
    assert proxy.asked == "http://node.invalid:8545/key"
    assert proxy.headers["Proxy-Authorization"] == "Basic " + b64encode(b"proxy-user:proxy-secret").decode()
    assert redact("by proxy-user with proxy-secret") == "by … with …"
    HttpClient(own.url).post(b"{}", BOUNDS)
    assert own.asked == "/"
    monkeypatch.setenv("no_proxy", "invalid")
    with pytest.raises(RequestFailed):
        HttpClient("http://node.invalid:8545/key").post(b"{}", BOUNDS)


def test_a_proxy_of_another_kind_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://socks-user:socks-secret@127.0.0.1:1080")
    with pytest.raises(ConnectionFailed, match=r"proxy 'socks5://127\.0\.0\.1:1080', which") as refused:
        connect("http://node.invalid:8545/key")
    assert "socks-secret" not in str(refused.value)


def test_a_certificate_is_checked_and_one_of_its_own_authority_trusted_where_that_is_named(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = own_certificate(tmp_path)
    node = serve(_plain)
    node.secure(context)
    url = node.url.replace("http://127.0.0.1", "https://localhost")
    with pytest.raises(RequestFailed, match="certificate verify failed"):
        HttpClient(url).post(b"{}", BOUNDS)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert HttpClient(url).post(b"{}", BOUNDS) == ANSWER
    with pytest.raises(RequestFailed, match=r"127\.0\.0\.1"):  # whose name the certificate does not have
        HttpClient(url.replace("localhost", "127.0.0.1")).post(b"{}", BOUNDS)


def test_a_node_that_is_not_there_fails_at_once() -> None:
    server = FaultyServer(BaseHTTPRequestHandler)
    server.end()
    started = time.monotonic()
    with pytest.raises(RequestFailed) as failed:
        HttpClient(server.url).post(b"{}", BOUNDS)
    assert not isinstance(failed.value, TimedOut)
    assert time.monotonic() - started < BOUNDS.connect_seconds
