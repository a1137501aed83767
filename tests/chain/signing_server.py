"""A server in place of a Web3Signer in eth1 mode, as its schema and its sources have it (23.9 and later).

JSON-RPC at the root: eth_accounts; eth_signTypedData, which takes an address and the document as a string of JSON;
eth_signTransaction, for the chain it was started for, whatever the request says. A key that it does not hold is an
error -32000 with status 200, parameters that it cannot read are -32602 with status 400, and what goes wrong inside is
-32603 with status 500.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

Answer = tuple[int, bytes]


class _Refused(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class SigningServer:
    """What it holds and was asked; a test may spoil what it answers."""

    keys: Sequence[LocalAccount]
    chain_id: int
    url: str = ""
    asked: list[str] = field(default_factory=list)  # methods, in order
    documents: list[dict[str, Any]] = field(default_factory=list)  # that were signed
    spoil: Callable[[str, Any], Any] | None = None  # by method and result; bytes stand for a whole body
    status: int = 200
    away: bool = False  # closes each connection without an answer
    hang: threading.Event | None = None  # what it waits for ahead of each answer
    cut_off: threading.Event = field(default_factory=threading.Event)  # a client heard no answer to its end

    def answer(self, body: bytes) -> Answer:
        request = json.loads(body)
        method, parameters = request["method"], request["params"]
        self.asked.append(method)
        try:
            result = self._result(method, parameters)
        except _Refused as refused:
            error = {"code": refused.code, "message": str(refused)}
            return refused.status, json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode()
        if self.spoil is not None:
            result = self.spoil(method, result)
        if isinstance(result, bytes):
            return self.status, result
        return self.status, json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()

    def _result(self, method: str, parameters: Any) -> Any:
        if method == "eth_accounts":
            return sorted(key.address.lower() for key in self.keys)
        if method == "eth_signTypedData":
            if not isinstance(parameters, list) or len(parameters) != 2:
                raise _Refused(400, -32602, "Invalid params")
            address, text = parameters
            if not isinstance(text, str):
                raise _Refused(500, -32603, "Internal error")
            document = json.loads(text)
            signed = self._key(address).sign_typed_data(full_message=document)
            self.documents.append(document)
            return "0x" + signed.signature.hex()
        if method == "eth_signTransaction":
            (asked,) = parameters
            if "nonce" not in asked:
                raise _Refused(400, -32602, "Invalid params")
            numbers = ("gas", "nonce", "value", "maxFeePerGas", "maxPriorityFeePerGas")
            fields: dict[str, Any] = {name: int(asked[name], 16) for name in numbers}
            fields |= {"type": 2, "chainId": self.chain_id, "data": asked["data"]}
            if "to" in asked:
                fields["to"] = to_checksum_address(asked["to"])
            return "0x" + self._key(asked["from"]).sign_transaction(fields).raw_transaction.hex()
        raise _Refused(500, -32603, "Internal error")  # it would pass it on to a node

    def _key(self, address: str) -> LocalAccount:
        for key in self.keys:
            if key.address.lower() == address.lower():
                return key
        raise _Refused(200, -32000, "No unlocked account matches the Sender")


@contextmanager
def signing_server(
    keys: Sequence[LocalAccount], chain_id: int, tls: ssl.SSLContext | None = None
) -> Iterator[SigningServer]:
    """One that runs until the end of the block."""
    state = SigningServer(keys, chain_id)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if state.away:
                self.connection.close()
                return
            if state.hang is not None:
                state.hang.wait()
            status, answer = state.answer(body) if self.path == "/" else (404, b"")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            try:
                self.wfile.write(answer)
            except OSError:
                state.cut_off.set()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        state.url = f"https://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield state
    finally:
        if state.hang is not None:
            state.hang.set()
        server.shutdown()
        server.server_close()
