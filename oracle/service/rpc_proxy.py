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


def answer(chain: Chain, body: object) -> object:
    """The answer to a JSON-RPC request or batch."""
    if isinstance(body, list):
        if not 0 < len(body) <= MAX_BATCH:
            return _error(None, -32600, f"a batch holds 1 to {MAX_BATCH} requests")
        return [_answer_one(chain, request) for request in body]
    return _answer_one(chain, body)


def _answer_one(chain: Chain, request: object) -> dict[str, Any]:
    if not isinstance(request, dict) or not isinstance(request.get("params", []), list):
        return _error(None, -32600, "not a JSON-RPC request")
    identity, method, params = request.get("id"), request.get("method"), list(request.get("params", []))
    if method not in READ_METHODS:
        return _error(identity, -32601, f"method {str(method)[:40]!r} is not offered here; send to a node of your own")
    if method == "eth_call" and params and isinstance(params[0], dict):
        # No one needs more to read the contracts; an endless loop would hold up the oracle.
        params[0] = {name: value for name, value in params[0].items() if name in ("to", "data", "from")} | {
            "gas": hex(MAX_CALL_GAS)
        }
    try:
        result = chain.request(method, params)
    except (BlockNotFound, TransactionNotFound):
        result = None
    except (Web3Exception, ConnectionFailed, ValueError, TypeError, KeyError) as error:
        return _error(identity, -32000, redact(str(error))[:300])
    return {"jsonrpc": "2.0", "id": identity, "result": _as_json(result)}


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
