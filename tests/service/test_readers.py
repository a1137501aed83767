"""Readers of the API do not hold up reports: each is counted by blocks, none by the clock."""

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.endpoints import Endpoint
from oracle.chain.http_client import HttpClient
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.chain.reads import Reads, RefusedRead
from oracle.control.feedback import FeedbackController
from oracle.errors import ConnectionFailed
from oracle.service import rpc_proxy
from oracle.service.api import create_app
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.rate import Rate
from oracle.service.rpc_proxy import RpcProxy, TooManyRequests
from tests.small_network import EPOCH_BLOCKS, SETTINGS, Network, make_network

_PATIENCE_SECONDS = 60
_ENDLESS = "0x00000000000000000000000000000000000000e1"
_EPOCHS = 4
_READS = (
    *("/v1/nodes/3", "/v1/nodes", "/v1/network", "/v1/committee", "/v1/epochs", "/v1/epochs?limit=7", "/v1/history"),
    *("/v1/reports", "/v1/deployment", "/health", "/metrics"),
)


@pytest.fixture
def network() -> Iterator[Network]:
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    anvil.chain.request("anvil_setCode", [_ENDLESS, "0x5b600056"])  # JUMPDEST, PUSH1 0, JUMP: for ever
    yield make_network(OwnedBlocks(anvil), FeedbackController().model_hash)
    anvil.close()


@pytest.fixture
def daemon(network: Network, tmp_path: Path) -> Iterator[Daemon]:
    store = network.store(tmp_path / "oracle.sqlite")
    yield Daemon(network.cycle(None, store))
    store.close()


@contextmanager
def _served(daemon: Daemon, network: Network) -> Iterator[str]:
    server = HttpServer(create_app(daemon, network.record.as_json()), take_port("127.0.0.1", 0))
    server.start()
    yield server.url
    server.stop()


def _blocks_each_with_one_step(network: Network, daemon: Daemon, count: int) -> None:
    for _ in range(count):
        network.blocks()
        daemon.step()


def _all_on_time(network: Network, daemon: Daemon, epochs: int) -> None:
    """Each window was reported, and in force before the next one's report could be."""
    rows = [row for row in reversed(daemon.cycle.store.latest(100)) if row.status == "applied"]
    assert [row.epoch for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= epochs
    start = network.contracts.anchor.height
    assert [row.to_block for row in rows] == [start + EPOCH_BLOCKS * row.epoch for row in rows]
    for row in rows:
        next_due = row.to_block + EPOCH_BLOCKS + SETTINGS.depth_blocks
        assert row.block_number is not None
        assert row.block_number <= next_due, row


def test_every_epoch_is_reported_when_due_while_many_read(network: Network, daemon: Daemon) -> None:
    network.blocks(1)
    daemon.step()
    stop = threading.Event()
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"to": _ENDLESS, "data": "0x"}, "latest"]}
    with _served(daemon, network) as url, ThreadPoolExecutor(16) as pool:

        def read(client: int) -> set[int]:
            codes = set()
            with httpx.Client(base_url=url, timeout=_PATIENCE_SECONDS) as session:
                while not stop.is_set():
                    codes |= {session.get(path).status_code for path in _READS}
            return codes

        def loop(client: int) -> set[str]:
            ends = set()
            with httpx.Client(base_url=url, timeout=_PATIENCE_SECONDS) as session:
                while not stop.is_set():
                    answer = session.post("/rpc", json=call)
                    ends.add("refused" if answer.status_code == 429 else str(answer.json()["error"]["message"]))
            return ends

        readers = [pool.submit(read, client) for client in range(10)]
        loopers = [pool.submit(loop, client) for client in range(4)]
        try:
            _blocks_each_with_one_step(network, daemon, _EPOCHS * EPOCH_BLOCKS + 1)
        finally:
            stop.set()
        assert {code for reader in readers for code in reader.result()} == {200}
        ends = {end for looper in loopers for end in looper.result()}
    _all_on_time(network, daemon, _EPOCHS)
    assert any("gas" in end.lower() for end in ends), ends  # the endless call ran into the bound on its gas


class _Relay:
    """A node in front of another, that keeps calls to `_ENDLESS` waiting until told."""

    def __init__(self, target: str) -> None:
        self.release, self.held = threading.Event(), threading.Semaphore(0)
        relay, node = self, httpx.Client(timeout=_PATIENCE_SECONDS)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if _ENDLESS.encode() in body:
                    relay.held.release()
                    relay.release.wait(_PATIENCE_SECONDS)
                answer = node.post(target, content=body, headers={"content-type": "application/json"}).content
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._node = node
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._node.close()


def _endpoint(network: Network) -> Endpoint:
    assert network.owned.chain.endpoints is not None
    return network.owned.chain.endpoints.first


def _relayed(network: Network) -> _Relay:
    """A relay through which the network's node is asked from now on."""
    endpoint = _endpoint(network)
    relay = _Relay(endpoint.url)
    endpoint.http = HttpClient(relay.url)
    return relay


def test_reads_that_the_node_does_not_answer_hold_up_no_step(network: Network, daemon: Daemon) -> None:
    """As many as the node is given at once hang through all epochs."""
    relay = _relayed(network)
    network.blocks(1)
    daemon.step()
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"to": _ENDLESS, "data": "0x"}, "latest"]}
    with _served(daemon, network) as url, ThreadPoolExecutor(rpc_proxy.AT_ONCE) as pool:
        try:
            hanging = [
                pool.submit(httpx.post, f"{url}/rpc", json=call, timeout=_PATIENCE_SECONDS)
                for _ in range(rpc_proxy.AT_ONCE)
            ]
            for _ in range(rpc_proxy.AT_ONCE):
                assert relay.held.acquire(timeout=_PATIENCE_SECONDS)
            ended = threading.Event()

            def run() -> None:
                _blocks_each_with_one_step(network, daemon, 2 * EPOCH_BLOCKS + 1)
                ended.set()

            threading.Thread(target=run, daemon=True).start()
            assert ended.wait(_PATIENCE_SECONDS), "a step waits for a read"
        finally:
            relay.release.set()
        for answer in hanging:
            assert "error" in answer.result().json()
    relay.close()
    _all_on_time(network, daemon, 2)


def test_no_read_waits_for_a_step(network: Network, daemon: Daemon) -> None:
    """While the oracle's connection is in use, everything is answered, `/rpc` too."""
    network.blocks(1)
    daemon.step()
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber"}
    with _served(daemon, network) as url, network.owned.chain.lock, httpx.Client(base_url=url) as client:
        for path in _READS:
            assert client.get(path, timeout=_PATIENCE_SECONDS).status_code == 200
        assert int(client.post("/rpc", json=call, timeout=_PATIENCE_SECONDS).json()["result"], 16) > 0


def test_a_client_beyond_its_rate_is_told_when_to_come_again(network: Network) -> None:
    proxy = RpcProxy(Reads(network.owned.chain), client_rate=Rate(0.1, 3), total_rate=Rate(0.1, 5))
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber"}

    async def ask() -> tuple[list[int], object]:
        answered = await proxy.answer([call] * 3, "a")
        waits = []
        for client, requests in (("a", 1), ("b", 3)):
            with pytest.raises(TooManyRequests) as refused:
                await proxy.answer([call] * requests, client)
            waits.append(refused.value.retry_after_seconds)
        return waits, answered

    waits, answered = asyncio.run(ask())
    proxy.close()
    assert waits == [10, 10]
    assert isinstance(answered, list)
    assert len({answer["result"] for answer in answered}) == 1


def test_the_api_says_429_with_retry_after(network: Network, daemon: Daemon) -> None:
    batch = [{"jsonrpc": "2.0", "id": 1, "method": "eth_accounts"}] * rpc_proxy.MAX_BATCH  # refused, but counted
    with _served(daemon, network) as url, httpx.Client(base_url=url, timeout=_PATIENCE_SECONDS) as client:
        answers = [client.post("/rpc", json=batch) for _ in range(40)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) > 0
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
        assert "come again in" in refused[0].json()["detail"]
        assert client.get("/v1/nodes/0").status_code == 503  # no rate of its own; nothing read yet


def test_a_client_may_have_so_many_requests_wait_and_others_are_answered(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Others wait here for 8 endless calls, which take the node longer than that where the machine is busy.
    monkeypatch.setattr(rpc_proxy, "ANSWER_SECONDS", float(_PATIENCE_SECONDS))
    relay = _relayed(network)
    proxy = RpcProxy(Reads(network.owned.chain))
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"to": _ENDLESS, "data": "0x"}, "latest"]}

    async def ask() -> object:
        waiting = [asyncio.create_task(proxy.answer(call, "a")) for _ in range(rpc_proxy.CLIENT_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests, match="wait for the node"):
            await proxy.answer(call, "a")
        other = asyncio.create_task(proxy.answer({"jsonrpc": "2.0", "id": 2, "method": "eth_blockNumber"}, "b"))
        await asyncio.sleep(0)
        relay.release.set()
        await asyncio.gather(*waiting)
        return await other

    answer = asyncio.run(ask())
    proxy.close()
    relay.close()
    assert isinstance(answer, dict)
    assert int(answer["result"], 16) > 0


class _Answers:
    """An HTTP server that answers every POST with the same bytes."""

    def __init__(self, content: bytes) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _large(value: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": value}).encode()


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (_large("0x" + "00" * 600), RefusedRead, "too large"),
        (b"<html>", ConnectionFailed, "did not answer a read"),
        (b"[]", ConnectionFailed, "JSON object"),
        (b'{"id": 1}', ConnectionFailed, "neither with a result"),
        (b'{"error": {"code": 3, "message": "execution reverted", "data": "0x01"}}', RefusedRead, "reverted"),
        (b'{"error": "no"}', RefusedRead, "refused"),
    ],
)
def test_a_nodes_answer_to_a_read_is_bounded_and_checked(
    network: Network, content: bytes, error: type[Exception], says: str
) -> None:
    node = _Answers(content)
    _endpoint(network).http = HttpClient(node.url)
    reads = Reads(network.owned.chain)
    with pytest.raises(error, match=says):
        reads.request("eth_blockNumber", [], timeout_seconds=_PATIENCE_SECONDS, most_bytes=1000)
    node.close()
