"""Read-only JSON-RPC for the page: the few methods it needs, passed on to the oracle's own node, within bounds.

So the browser never sees the node's URL and its key, and can read the embedded chain, which has no port of its own.
Whatever readers send, the oracle's own calls continue: reads have connections of their own, few of them run at once,
and each is bounded by gas, time and bytes. A chain in this process takes one call at a time; there, reads come after
the oracle's calls and take at most half of the time.
"""

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from oracle.chain.reads import TOO_LARGE, Reads, RefusedRead
from oracle.errors import ConnectionFailed
from oracle.service.rate import Rate, RateLimit

READ_METHODS = frozenset(
    {"eth_chainId", "eth_blockNumber", "eth_call", "eth_getBlockByNumber", "eth_getCode", "eth_getLogs"}
)
MAX_BATCH = 50
MAX_CALL_GAS = 25_000_000
MAX_LOG_BLOCKS = 10_000
MAX_ANSWER_BYTES = 4 * 1024 * 1024  # of the answer to one request, or to a whole batch
ANSWER_SECONDS = 10.0  # for a request or a whole batch, including its wait in the queue
CLIENT_RATE = Rate(per_second=50, burst=200)  # each request of a batch counts
TOTAL_RATE = Rate(per_second=200, burst=400)
AT_ONCE = 2  # requests at the node at once
CLIENT_WAITING = 8  # requests or batches of one client at once
TOTAL_WAITING = 64
_LEAST_SECONDS = 0.1  # some libraries take a time limit of 0 for none


class TooManyRequests(Exception):
    """A client, or all together, ask for more than the bounds allow; says when to try again."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class _Refused(Exception):
    """A request that is refused, with a JSON-RPC error code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class RpcProxy:
    """Answers JSON-RPC requests, for one event loop; call `close` at the end."""

    def __init__(
        self, reads: Reads, *, client_rate: Rate = CLIENT_RATE, total_rate: Rate = TOTAL_RATE, at_once: int = AT_ONCE
    ) -> None:
        at_once = 1 if reads.shared else at_once
        self._reads = reads
        self._rate = RateLimit(client=client_rate, all_clients=total_rate, now=time.monotonic)
        self._under_way: Counter[str] = Counter()
        self._turn = asyncio.Semaphore(at_once)  # first come, first served
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="rpc")

    def close(self) -> None:
        """Begin nothing more; running requests end by their time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def answer(self, body: object, client: str) -> object:
        """The answer to a request or batch from the address `client`.

        Raises:
            TooManyRequests: the client or all together are beyond their rate, or wait for too many answers.
        """
        batch = body if isinstance(body, list) else [body]
        if not 0 < len(batch) <= MAX_BATCH:
            return _error(None, -32600, f"a batch holds 1 to {MAX_BATCH} requests")
        wait = self._rate.wait_seconds(client, len(batch))
        if wait:
            raise TooManyRequests(
                f"{len(batch)} requests more are beyond {CLIENT_RATE.per_second:.0f} a second for a client or "
                f"{TOTAL_RATE.per_second:.0f} for all; come again in {wait} s, or read a node of your own",
                wait,
            )
        if self._under_way[client] >= CLIENT_WAITING or self._under_way.total() >= TOTAL_WAITING:
            raise TooManyRequests("too many requests wait for the node; come again in 1 s", 1)
        self._under_way[client] += 1
        try:
            budget = _Budget(time.monotonic() + ANSWER_SECONDS, MAX_ANSWER_BYTES)
            answers = [await self._answer_one(request, budget) for request in batch]
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]
        return answers if isinstance(body, list) else answers[0]

    async def _answer_one(self, request: object, budget: "_Budget") -> dict[str, Any]:
        identity = request.get("id") if isinstance(request, dict) else None
        if not isinstance(identity, str | int | None):
            identity = None
        try:
            method, params = _checked(request)
            result = await self._passed_on(method, params, budget)
            budget.spend(result)
        except _Refused as error:
            return _error(identity, error.code, str(error))
        except RefusedRead as error:
            return _error(identity, error.code, str(error), error.data)
        except (ConnectionFailed, TimeoutError):  # the text would name the node, which readers must not see
            return _error(identity, -32000, "the oracle's node refused the request or does not answer")
        return {"jsonrpc": "2.0", "id": identity, "result": result}

    async def _passed_on(self, method: str, params: list[Any], budget: "_Budget") -> Any:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(budget.seconds_left):
            await self._turn.acquire()
        started = time.monotonic()
        try:
            read = partial(
                self._reads.request,
                *(method, params),
                timeout_seconds=max(_LEAST_SECONDS, budget.seconds_left),
                most_bytes=budget.bytes_left,
            )
            return await loop.run_in_executor(self._threads, read)
        finally:
            # A chain in this process serves no reader for as long as the last one took.
            rest_seconds = time.monotonic() - started if self._reads.shared else 0.0
            loop.call_later(rest_seconds, self._turn.release)


class _Budget:
    """The time and bytes that are left for one answer."""

    def __init__(self, deadline: float, most_bytes: int) -> None:
        self._deadline = deadline
        self.bytes_left = most_bytes

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def spend(self, result: Any) -> None:
        self.bytes_left -= _size(result)
        if self.bytes_left < 0:
            raise RefusedRead(TOO_LARGE, f"the answers together exceed {MAX_ANSWER_BYTES} bytes; ask for less at once")


def _size(value: Any) -> int:
    """Bytes of a JSON value, roughly enough for a bound."""
    if isinstance(value, str):
        return len(value) + 3
    if isinstance(value, dict):
        return sum(len(name) + 4 + _size(item) for name, item in value.items())
    if isinstance(value, list):
        return sum(map(_size, value)) + 2
    return 8


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
    if method == "eth_call":
        if not params or not isinstance(params[0], dict):
            raise _Refused(-32602, "eth_call takes an object first")
        # Reading the contracts needs no more. An endless loop would keep the node busy, and no page needs overrides of
        # state or block, which nodes take as further parameters.
        fields = {name: value for name, value in params[0].items() if name in ("to", "data", "from")}
        params = [fields | {"gas": hex(MAX_CALL_GAS)}, *params[1:2]]
    if method == "eth_getBlockByNumber":
        params[1:] = [False]  # only hashes of transactions; full ones make answers of megabytes
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


def _error(identity: object, code: int, message: str, data: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": identity, "error": error}
