"""A real node behind a proxy that changes what it says, counts what it is asked, or keeps it waiting."""

import json
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Of a method, its parameters and the node's result: what is answered.
Lie = Callable[[str, list[Any], Any], Any]


class LyingNode:
    """The proxy of a node: honest while `lie` is None, silent while `hang` is set."""

    def __init__(self, node_url: str) -> None:
        self.lie: Lie | None = None
        self.lies = 0  # answers that were changed
        self.batch_refusal: int | None = None  # status that a batch is answered with, in place of answers
        self.batches = 0
        self.asked: Counter[str] = Counter()  # by method
        self.blocks_asked: Counter[int] = Counter()  # with their transactions, by number
        self.hang = threading.Event()
        self.waiting = 0  # requests that were kept waiting so far
        self._counting = threading.Lock()  # each request has a thread of its own
        self._over = threading.Event()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with proxy._counting:
                    proxy.waiting += proxy.hang.is_set()
                while proxy.hang.is_set() and not proxy._over.wait(0.05):
                    pass
                with urllib.request.urlopen(  # noqa: S310 - our own Anvil
                    urllib.request.Request(node_url, body, {"Content-Type": "application/json"})  # noqa: S310
                ) as answer:
                    answered = json.loads(answer.read())
                with proxy._counting:
                    said = proxy._change(json.loads(body), answered)
                    proxy.batches += body.startswith(b"[")
                status = 200
                if body.startswith(b"[") and proxy.batch_refusal is not None:
                    status = proxy.batch_refusal
                    said = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no batches"}}
                content = json.dumps(said).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    pass  # who asked is gone

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _change(self, asked: Any, answers: Any) -> Any:
        if isinstance(asked, list):
            by_id = {answer["id"]: answer for answer in answers}
            return [self._change_one(each, by_id[each["id"]]) for each in asked]
        return self._change_one(asked, answers)

    def _change_one(self, asked: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        self.asked[asked["method"]] += 1
        if asked["method"] == "eth_getBlockByNumber" and asked["params"][1]:
            self.blocks_asked[int(asked["params"][0], 16)] += 1
        if self.lie is None or "result" not in answer:
            return answer
        told = self.lie(asked["method"], asked["params"], json.loads(json.dumps(answer["result"])))
        self.lies += told != answer["result"]
        return answer | {"result": told}


@contextmanager
def lying_node(node_url: str) -> Iterator[LyingNode]:
    node = LyingNode(node_url)
    try:
        yield node
    finally:
        node.close()


def of_block(change: Callable[[dict[str, Any]], None], *, method: str = "eth_getBlockByNumber") -> Lie:
    """A lie about every block with transactions, which `change` makes of the answer."""

    def lie(asked: str, params: list[Any], result: Any) -> Any:
        if asked == method and isinstance(result, dict) and result.get("transactions"):
            change(result)
        return result

    return lie


def of_logs(change: Callable[[list[dict[str, Any]]], Any]) -> Lie:
    """A lie about the receipts of every block that has logs, and about its logs; `change` makes it of the receipts."""

    def lie(asked: str, params: list[Any], result: Any) -> Any:
        if asked == "eth_getLogs":
            return []
        if asked == "eth_getBlockReceipts" and any(receipt["logs"] for receipt in result or ()):
            return change(result)
        if asked == "eth_getTransactionReceipt" and result and result["logs"]:
            return result | {"logs": []}
        return result

    return lie
