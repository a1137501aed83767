"""Reads on behalf of others, bounded, and apart from the calls by which the oracle works."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from web3.exceptions import BlockNotFound, TransactionNotFound, Web3Exception

from oracle.chain.connection import Chain
from oracle.chain.endpoints import Endpoint
from oracle.chain.http_client import Bounds, NoAnswer, RequestFailed, TooLarge
from oracle.chain.redact import redact
from oracle.errors import ConnectionFailed

_SHOWN_CHARACTERS = 300
TOO_LARGE = -32005  # JSON-RPC's code, as nodes use it, for an answer beyond a limit


class RefusedRead(Exception):
    """The node answered a read with an error."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class Reads:
    """JSON-RPC reads of one chain's node.

    A node behind HTTP is asked over connections of their own. A chain in this process takes one call at a time; reads
    then come after the oracle's own calls.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @property
    def shared(self) -> bool:
        """Whether reads and the oracle's own calls go to a chain in this process, one at a time."""
        return self._chain.endpoints is None

    def request(self, method: str, params: list[Any], *, timeout_seconds: float, most_bytes: int) -> Any:
        """The result of a read, as JSON values.

        Raises:
            RefusedRead: the node answers with an error, or with more than `most_bytes`.
            ConnectionFailed: it does not answer in time.
        """
        endpoints = self._chain.endpoints
        if endpoints is None:
            return self._in_process(method, params, timeout_seconds)
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        endpoint = endpoints.first  # each time: the oracle may have gone over to another
        with endpoints.observed(endpoint, "readers"):
            answer = self._posted(endpoint, body, timeout_seconds, most_bytes)
        error = answer.get("error")
        if error is not None:
            raise _refused(error)
        if "result" not in answer:
            raise ConnectionFailed(f"{self._chain.name} answered neither with a result nor with an error")
        return answer["result"]

    def _in_process(self, method: str, params: list[Any], timeout_seconds: float) -> Any:
        try:
            with self._chain.within(timeout_seconds):
                return _as_json(self._chain.request(method, params))
        except (BlockNotFound, TransactionNotFound):
            return None
        except (Web3Exception, ValueError, TypeError, KeyError) as error:
            raise RefusedRead(-32000, redact(str(error))[:_SHOWN_CHARACTERS]) from None

    def _posted(
        self, endpoint: Endpoint, body: dict[str, Any], timeout_seconds: float, most_bytes: int
    ) -> dict[str, Any]:
        bounds = Bounds(timeout_seconds, timeout_seconds, timeout_seconds, most_bytes)
        try:
            answer = endpoint.http.post(json.dumps(body).encode(), bounds)
        except TooLarge:
            raise RefusedRead(TOO_LARGE, "the answer is too large; ask for less at once") from None
        except (RequestFailed, NoAnswer) as error:
            raise ConnectionFailed(f"{self._chain.name} did not answer a read: {type(error).__name__}") from None
        if not isinstance(answer, dict):
            raise ConnectionFailed(f"{self._chain.name} did not answer a read with a JSON object")
        return answer


def _refused(error: object) -> RefusedRead:
    if not isinstance(error, dict):
        return RefusedRead(-32000, "the node refused the request")
    code, data = error.get("code"), error.get("data")
    return RefusedRead(
        code if isinstance(code, int) else -32000,
        redact(str(error.get("message", "")))[:_SHOWN_CHARACTERS],
        data if isinstance(data, str) and data.startswith("0x") else None,
    )


def _as_json(value: Any) -> Any:
    """JSON-RPC's form of what a chain in this process returns: integers and bytes as 0x-hexadecimal."""
    if isinstance(value, bytes):
        return "0x" + bytes(value).hex()
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, Mapping):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [_as_json(item) for item in value]
    raise RefusedRead(-32000, f"cannot put a {type(value).__name__} into JSON-RPC")
