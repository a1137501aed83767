"""Read-only JSON-RPC for the page: the few methods it needs, passed on to the oracle's own node.

The browser so never sees the node's URL and its key, and the embedded chain, which has no port of its own, can be read.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from web3.exceptions import BlockNotFound, TransactionNotFound, Web3Exception

from oracle.chain.connection import Chain
from oracle.chain.redact import redact
from oracle.errors import ConnectionFailed

READ_METHODS = frozenset(
    {"eth_chainId", "eth_blockNumber", "eth_call", "eth_getBlockByNumber", "eth_getCode", "eth_getLogs"}
)
MAX_BATCH = 50
MAX_CALL_GAS = 50_000_000
MAX_LOG_BLOCKS = 10_000


def answer(chain: Chain, body: object, patience_seconds: float) -> object:
    """The answer to a JSON-RPC request or batch; errors where the node is not free within `patience_seconds`."""
    if isinstance(body, list):
        if not 0 < len(body) <= MAX_BATCH:
            return _error(None, -32600, f"a batch holds 1 to {MAX_BATCH} requests")
        return [_answer_one(chain, request, patience_seconds) for request in body]
    return _answer_one(chain, body, patience_seconds)


class _Refused(Exception):
    """A request that is not passed on: a JSON-RPC error code and its message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def _answer_one(chain: Chain, request: object, patience_seconds: float) -> dict[str, Any]:
    identity = request.get("id") if isinstance(request, dict) else None
    if not isinstance(identity, str | int | None):
        identity = None
    try:
        method, params = _checked(request)
        with chain.within(patience_seconds):
            result = chain.request(method, params)
    except (BlockNotFound, TransactionNotFound):
        result = None
    except _Refused as error:
        return _error(identity, error.code, str(error))
    except ConnectionFailed:  # its text names the node, which is no one's business here
        return _error(identity, -32000, "the oracle's node refused the request or does not answer")
    except (Web3Exception, ValueError, TypeError, KeyError) as error:
        return _error(identity, -32000, redact(str(error))[:300])
    return {"jsonrpc": "2.0", "id": identity, "result": _as_json(result)}


def _checked(request: object) -> tuple[str, list[Any]]:
    """The method and the parameters to pass on.

    Raises:
        _Refused: the request is malformed, or asks for more than the page needs.
    """
    if not isinstance(request, dict) or not isinstance(request.get("params", []), list):
        raise _Refused(-32600, "not a JSON-RPC request")
    method, params = request.get("method"), list(request.get("params", []))
    if not isinstance(request.get("id"), str | int | None) or not isinstance(method, str):
        raise _Refused(-32600, "not a JSON-RPC request")
    if method not in READ_METHODS:
        raise _Refused(-32601, f"method {method[:40]!r} is not offered here; send to a node of your own")
    if method == "eth_call" and params and isinstance(params[0], dict):
        # No one needs more to read the contracts: an endless loop would hold up the oracle, and overrides of state or
        # of the block, which nodes take as further parameters, are for no page.
        fields = {name: value for name, value in params[0].items() if name in ("to", "data", "from")}
        params = [fields | {"gas": hex(MAX_CALL_GAS)}, *params[1:2]]
    if method == "eth_getBlockByNumber":
        params[1:] = [False]  # hashes of transactions; whole ones make answers of megabytes
    if method == "eth_getLogs" and not _names_a_short_range(params):
        raise _Refused(-32602, f"name an address, and fromBlock and toBlock at most {MAX_LOG_BLOCKS} blocks apart")
    return method, params


def _names_a_short_range(params: list[Any]) -> bool:
    """Whether a log filter names an address, and a range of blocks by numbers that is not too long."""
    if not params or not isinstance(params[0], dict) or not params[0].get("address"):
        return False
    try:
        first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
    except (KeyError, TypeError, ValueError):
        return False
    return 0 <= last - first < MAX_LOG_BLOCKS


def _error(identity: object, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": message}}


def _as_json(value: Any) -> Any:
    """JSON-RPC's form of what a provider returned: integers and bytes as 0x-hexadecimal."""
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
    raise TypeError(f"cannot put a {type(value).__name__} into JSON-RPC")
