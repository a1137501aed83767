"""A proxy before a JSON-RPC node that plays the faults of networks, servers and lagging backends."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import Any

from oracle.chain.http_client import Bounds, HttpClient, NoAnswer, RequestFailed
from oracle.lab.faults.server import FaultyServer

_DELAY_SECONDS = 0.4
_BOUNDS = Bounds(connect_seconds=60, wait_seconds=60, whole_seconds=60, most_bytes=1 << 30)
_LATEST = ("latest", "pending", "safe", "finalized")
# Where the block of a request's state stands among its parameters.
_BLOCK_AT = {
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getTransactionCount": 1,
    "eth_getBlockByNumber": 0,
    "eth_getBlockReceipts": 0,
}


class Fault(StrEnum):
    """What goes wrong with one request."""

    DROP = "drop"  # the connection ends without an answer
    DELAY = "delay"
    SERVER_ERROR = "500"
    TOO_MANY = "429"
    TRUNCATED = "truncated"
    NULL = "null"
    ACCEPTED_ERROR = "accepted, answered with an error"  # the node did it


# What goes wrong with a request, given its methods; None: nothing.
Plan = Callable[[tuple[str, ...]], Fault | None]


class FaultProxy:
    """The proxy of one node. What it does may be changed at any time."""

    def __init__(self, target: str, plan: Plan | None = None) -> None:
        """Start it.

        Args:
            target: URL of the node.
            plan: Decides on each request.
        """
        self.target = target  # may be set to the URL of another chain
        self.plan = plan
        self.behind_blocks = 0  # how far the node lags behind the true one; it then knows no pending transaction
        self.down = False  # whether each connection ends without an answer
        self.counts: Counter[Fault] = Counter()
        self.requests = 0
        self._lock = threading.Lock()
        self._nodes: dict[str, HttpClient] = {}  # by URL
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = proxy._answer(body)
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, content, length = answer
                try:
                    self.send_response(status)
                    for name, value in {**headers, "Content-Length": str(length)}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    self.close_connection = True  # who asked is gone
                if length != len(content):
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = FaultyServer(Handler)
        self.url = self._server.url

    def close(self) -> None:
        """End it."""
        self._server.end()

    def _answer(self, body: bytes) -> tuple[int, Mapping[str, str], bytes, int] | None:
        """Status, headers, content and promised length of an answer; None for none at all."""
        asked = json.loads(body)
        methods = tuple(each["method"] for each in (asked if isinstance(asked, list) else [asked]))
        with self._lock:
            self.requests += 1
            fault = None if self.plan is None else self.plan(methods)
            if fault is not None:
                self.counts[fault] += 1
        if self.down or fault == Fault.DROP:
            return None
        if fault == Fault.DELAY:
            time.sleep(_DELAY_SECONDS)
        headers = {"Content-Type": "application/json"}
        if fault == Fault.SERVER_ERROR:
            return 500, headers, b"oops", 4
        if fault == Fault.TOO_MANY:
            return 429, {**headers, "Retry-After": "1"}, b"", 0
        try:
            content = json.dumps(self._forwarded(asked, with_results=fault != Fault.NULL)).encode()
        except (RequestFailed, NoAnswer):
            return None
        sent = content[: len(content) // 2] if fault == Fault.TRUNCATED else content
        return 502 if fault == Fault.ACCEPTED_ERROR else 200, headers, sent, len(content)

    def _forwarded(self, asked: Any, *, with_results: bool) -> Any:
        """What the node answers, or would, if it were as far behind as it is said to be."""
        answered = self._of_node(asked)
        return answered if with_results else _nulled(answered)

    def _of_node(self, asked: Any) -> Any:
        behind = self.behind_blocks
        if not behind:
            return self._posted(asked)
        head = int(self._posted({"jsonrpc": "2.0", "id": 0, "method": "eth_blockNumber", "params": []})["result"], 16)
        head -= behind
        lagging = [_asked_at(each, head) for each in asked] if isinstance(asked, list) else _asked_at(asked, head)
        answered = self._posted(lagging)
        if not isinstance(asked, list):
            return _known_at(asked, answered, head)
        by_id = {each["id"]: each for each in answered}
        return [_known_at(each, by_id[each["id"]], head) for each in asked]

    def _posted(self, asked: Any) -> Any:
        target = self.target
        with self._lock:
            node = self._nodes.get(target) or self._nodes.setdefault(target, HttpClient(target))
        return node.post(json.dumps(asked).encode(), _BOUNDS)


def _asked_at(asked: dict[str, Any], head: int) -> dict[str, Any]:
    """A request as of a block that is not the latest."""
    at = _BLOCK_AT.get(asked["method"])
    params = list(asked["params"])
    if at is not None and (len(params) <= at or params[at] in _LATEST):
        params = [*params[:at], hex(head), *params[at + 1 :]]
    return asked | {"params": params}


def _known_at(asked: dict[str, Any], answer: dict[str, Any], head: int) -> dict[str, Any]:
    """An answer as of a block: what came later is not known, nor is what is pending."""
    method, result = asked["method"], answer.get("result")
    if method == "eth_blockNumber":
        return answer | {"result": hex(head)}
    if method == "eth_getBlockByNumber" and isinstance(result, dict) and int(result["number"], 16) > head:
        return answer | {"result": None}
    if method in ("eth_getTransactionByHash", "eth_getTransactionReceipt") and isinstance(result, dict):
        number = result.get("blockNumber")
        if number is None or int(number, 16) > head:
            return answer | {"result": None}
    at = _BLOCK_AT.get(method)
    named = asked["params"][at] if at is not None and len(asked["params"]) > at else "latest"
    if isinstance(named, str) and named.startswith("0x") and len(named) < 66 and int(named, 16) > head:
        refusal = {"code": -32000, "message": "header not found"}
        return {"jsonrpc": "2.0", "id": answer["id"], "error": refusal}
    return answer


def _nulled(answered: Any) -> Any:
    if isinstance(answered, list):
        return [each | {"result": None} if "result" in each else each for each in answered]
    return answered | {"result": None} if "result" in answered else answered
