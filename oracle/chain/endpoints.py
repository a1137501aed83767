"""JSON-RPC nodes of one chain behind one web3 provider: reads fail over, sends go to all, each node is watched.

A request is tried again where its failure may pass: a broken connection, a busy or failing server, an answer that is no
JSON or lacks its result. It is tried at the node that failed least lately, within a budget of tries and seconds. A node
that failed rests for a while, as long as another can be asked, and proves afterwards that it still serves this chain.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from oracle.chain.http_client import BadStatus, Bounds, HttpClient, NoAnswer, RequestFailed, TimedOut
from oracle.chain.redact import distinct_urls, redact
from oracle.errors import BackendsDisagree, ChainReplaced

log = logging.getLogger(__name__)

_WAIT_SECONDS = 20
_CONNECT_TIMEOUT_SECONDS = 5
TRIES = 5
_MOST_BYTES = 128 * 1024 * 1024
_BUDGET_SECONDS = 30.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 2.0
_LONGEST_REST_SECONDS = 30.0
# Methods whose result is never null where the node has what is asked for: a node that says null lags behind.
_NEVER_NULL = frozenset(
    {"eth_blockNumber", "eth_call", "eth_chainId", "eth_estimateGas", "eth_gasPrice", "eth_getBalance"}
    | {"eth_getBlockByNumber", "eth_getCode", "eth_getTransactionCount", "eth_maxPriorityFeePerGas"}
)
# JSON-RPC errors that pass: a limit that was reached. What else a node refuses, it refuses again.
_PASSING_CODES = frozenset({-32005, -32016})
# A node that lags behind refuses what it does not have yet; another may have it.
_LAGGING = ("header not found", "unknown block", "block not found", "resource not found")
_SENDS = frozenset({"eth_sendRawTransaction"})
# Words of clients for a state that they keep no more: geth's two schemes, Nethermind, Erigon, Reth, Besu, Anvil.
_PRUNED = (
    *("missing trie node", "historical state", "state is not available", "no state available", "state at block"),
    *("pruned", "world state unavailable", "state histories", "blockoutofrange"),
)
# Shares of the last request and of those before it in a node's mean latency.
_NEWEST_SHARE = 0.1


Asker = Literal["oracle", "readers"]  # for whom a node is asked
# Of a request: the node as it is shown, for whom, and its seconds.
Observe = Callable[[str, Asker, float], None]


@dataclass
class Endpoint:
    """One node, and what is known of it."""

    url: str
    shown: str  # the URL as it may be shown, and no two nodes alike
    http: HttpClient
    errors: int = 0
    failures: int = 0  # in a row
    rests_until: float = 0.0  # by the monotonic clock, in seconds
    latency_seconds: float | None = None  # mean, of late
    head: int | None = None
    problem: str | None = None  # of the last request, or of the chain it serves

    def post(self, body: bytes, wait_seconds: float) -> Any:
        """The JSON of an answer.

        Raises:
            RequestFailed: no answer came, or one with the status of a failure.
            NoAnswer: the answer is no JSON, or has no end.
        """
        started = time.monotonic()
        found = self.http.post(body, Bounds(_CONNECT_TIMEOUT_SECONDS, wait_seconds, _BUDGET_SECONDS, _MOST_BYTES))
        took = time.monotonic() - started
        before = took if self.latency_seconds is None else self.latency_seconds
        self.latency_seconds = _NEWEST_SHARE * took + (1 - _NEWEST_SHARE) * before
        return found

    def worked(self) -> None:
        """Remember that a request was answered."""
        self.failures, self.rests_until, self.problem = 0, 0.0, None

    def failed(self, error: Exception) -> None:
        """Remember that one was not; the node rests the longer, the more it failed in a row."""
        self.errors += 1
        self.failures += 1
        self.problem = redact(f"{type(error).__name__}: {error}")[:200]
        self.rests_until = time.monotonic() + min(_LONGEST_REST_SECONDS, 0.25 * 2.0 ** min(self.failures, 64))


@dataclass
class _Tried:
    """What came of the tries of one request."""

    error: Exception | None = None
    null: Any = None  # an answer whose result is null
    refusal: Any = None  # of a node that lags
    hung: set[str] = field(default_factory=set)  # URLs that are not asked again: they would hang as long


class Endpoints(JSONBaseProvider):
    """The nodes of one chain."""

    def __init__(self, urls: Sequence[str], *, tries: int = TRIES) -> None:
        """Nothing is asked yet.

        Args:
            urls: Of the nodes.
            tries: How often a request is tried in all; 1 for who comes again by itself.
        """
        super().__init__()
        self._tries = tries
        self.endpoints = [
            Endpoint(url, shown, HttpClient(url)) for url, shown in zip(urls, distinct_urls(urls), strict=True)
        ]
        self.genesis_hash: str | None = None  # 0x-hexadecimal, once it is known
        self.observe: Observe | None = None  # told of each request, answered or not
        self._chain_id: RPCResponse | None = None

    @property
    def first(self) -> Endpoint:
        """The node that is asked first now."""
        return self._in_order(set())[0]

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """The answer to a request, from the node that gives one first.

        Raises:
            RequestFailed: none gave one, as the last said why.
            ValueError: what came last is no answer.
        """
        if method == "eth_chainId" and self._chain_id is not None:
            return self._chain_id
        body = self.encode_rpc_request(method, params)
        if method in _SENDS and len(self.endpoints) > 1:
            return self._sent_to_all(body)
        answer: RPCResponse = self._tried(body, _check_one, may_be_null=method not in _NEVER_NULL)
        if method == "eth_chainId" and "result" in answer:
            self._chain_id = answer
        return answer

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> Any:
        """The answers to a batch, in its order; what a node answers in place of a list is given back as it is.

        Raises:
            RequestFailed: as of `make_request`.
            ValueError: likewise.
        """
        body = self.encode_batch_rpc_request(requests)
        answers = self._tried(body, _check_nothing, may_be_null=True)
        if not isinstance(answers, list) or not all(isinstance(each, Mapping) for each in answers):
            return answers
        return sorted(answers, key=lambda each: int(each["id"]) if str(each.get("id")).isdigit() else 0)

    def survey(self, settled_block: int) -> int:
        """See that each node serves this chain, and that those that have a settled block agree on it.

        Returns how many have it; with one node, it is not asked for it.

        Raises:
            ChainReplaced: no node that answers serves this chain.
            BackendsDisagree: two nodes have different blocks in its place.
            RequestFailed: no node answers.
        """
        said: dict[str, str] = {}  # hash of the settled block, by URL as shown
        foreign: list[str] = []
        error: Exception | None = None
        answered = 0
        now = time.monotonic()
        awake = [each for each in self.endpoints if each.rests_until <= now] or self.endpoints
        for endpoint in awake:
            try:
                genesis, settled = self._identity(endpoint, settled_block)
            except (RequestFailed, ValueError) as failure:
                endpoint.failed(failure)
                error = failure
                continue
            answered += 1
            if self.genesis_hash is not None and genesis != self.genesis_hash:
                endpoint.failed(NoAnswer(f"serves another chain now, of genesis {genesis}"))
                foreign.append(endpoint.shown)
                continue
            endpoint.worked()
            if settled is not None:
                said[endpoint.shown] = settled
        if foreign and len(foreign) == answered:
            raise ChainReplaced(
                f"{', '.join(foreign)} serves another chain than before: its first block is not {self.genesis_hash}; "
                "nothing is signed or sent, so give --rpc a node of the old chain, or deploy anew"
            )
        if not answered and error is not None:
            raise error
        if len(set(said.values())) > 1:
            words = ", ".join(f"{url} has {block}" for url, block in said.items())
            raise BackendsDisagree(
                f"nodes disagree on settled block {settled_block} ({words}); nothing is signed or sent until they "
                "agree, so find out which is right, and leave the other out of --rpc"
            )
        return len(said)

    def _identity(self, endpoint: Endpoint, settled_block: int) -> tuple[str, str | None]:
        """Hashes of a node's first block and of the settled one; None where it does not have that yet."""
        asked = [("eth_getBlockByNumber", ["0x0", False]), ("eth_blockNumber", [])]
        if len(self.endpoints) > 1:
            asked.append(("eth_getBlockByNumber", [hex(max(0, settled_block)), False]))
        found = [self._one(endpoint, method, params) for method, params in asked]
        first, head, settled = found[0], found[1], found[2] if len(found) > 2 else None
        if not isinstance(first, Mapping) or not isinstance(head, str):
            raise NoAnswer("its first block, or its latest, is missing")
        endpoint.head = int(head, 16)
        return str(first["hash"]), str(settled["hash"]) if isinstance(settled, Mapping) else None

    def _one(self, endpoint: Endpoint, method: str, params: list[Any]) -> Any:
        """The result of one request to one node, tried once more where that may help."""
        body = self.encode_rpc_request(RPCEndpoint(method), params)
        for tries_left in (2, 1, 0):
            try:
                answer = self._posted(endpoint, body, _CONNECT_TIMEOUT_SECONDS)
                _check_one(answer)
            except (RequestFailed, ValueError) as error:
                if not tries_left or isinstance(error, TimedOut) or not may_pass(error):
                    raise
                time.sleep(_FIRST_PAUSE_SECONDS)
            else:
                if "error" in answer:
                    raise NoAnswer(f"refused {method}: {answer['error']}")
                return answer.get("result")
        return None

    def _tried(self, body: bytes, check: Callable[[Any], None], *, may_be_null: bool) -> Any:
        tried = _Tried()
        deadline = time.monotonic() + _BUDGET_SECONDS
        for number in range(self._tries):
            order = self._in_order(tried.hung)
            if not order or time.monotonic() > deadline:
                break
            endpoint = order[0]
            pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**number)
            try:
                answer = self._posted(endpoint, body, self._wait_seconds)
                check(answer)
            except (RequestFailed, ValueError) as error:
                endpoint.failed(error)
                tried.error = error
                if isinstance(error, TimedOut):
                    tried.hung.add(endpoint.url)
                elif not may_pass(error):
                    break
                pause = max(pause, _retry_after_seconds(error)) if len(self.endpoints) == 1 else pause
            else:
                if not may_be_null and isinstance(answer, Mapping) and answer.get("result", 0) is None:
                    tried.null = answer
                    endpoint.failed(NoAnswer("answered null"))
                elif _lags(answer) and len(self.endpoints) > 1:
                    tried.refusal = answer
                    endpoint.failed(NoAnswer("does not have a block, or keeps its state no more"))
                else:
                    endpoint.worked()
                    return answer
            if len(order) == 1 or number >= len(self.endpoints) - 1:
                time.sleep(max(0.0, min(pause, deadline - time.monotonic())))
        if tried.null is not None or tried.refusal is not None:
            return tried.null if tried.refusal is None else tried.refusal
        assert tried.error is not None  # noqa: S101 - a try either answered or failed
        raise tried.error

    def _sent_to_all(self, body: bytes) -> RPCResponse:
        """The first answer that takes a transaction; where none does, the last that refuses it."""
        refused: RPCResponse | None = None
        taken: RPCResponse | None = None
        error: Exception | None = None
        for endpoint in self._in_order(set()):
            try:
                answer = self._posted(endpoint, body, self._wait_seconds)
                _check_one(answer)
            except (RequestFailed, ValueError) as failure:
                endpoint.failed(failure)
                error = failure
                continue
            endpoint.worked()
            if "error" in answer:
                refused = answer
            else:
                taken = answer
        if taken is not None or refused is not None:
            return taken if taken is not None else refused  # type: ignore[return-value] # one of them is an answer
        assert error is not None  # noqa: S101 - each node answered or failed
        raise error

    def _posted(self, endpoint: Endpoint, body: bytes, wait_seconds: float) -> Any:
        with self.observed(endpoint, "oracle"):
            return endpoint.post(body, wait_seconds)

    @contextmanager
    def observed(self, endpoint: Endpoint, asker: Asker) -> Iterator[None]:
        """Tells `observe` of a request to one of the nodes, which is made within."""
        started = time.monotonic()
        try:
            yield
        finally:
            if self.observe is not None:
                self.observe(endpoint.shown, asker, time.monotonic() - started)

    def _in_order(self, without: set[str]) -> list[Endpoint]:
        """Nodes to ask, the one that failed least lately first."""
        now = time.monotonic()
        usable = [each for each in self.endpoints if each.url not in without]
        return sorted(usable, key=lambda each: (each.rests_until > now, each.failures))

    @property
    def _wait_seconds(self) -> float:
        """For an answer; shorter where another node can be asked."""
        return _WAIT_SECONDS if len(self.endpoints) == 1 else _WAIT_SECONDS / 4


def _check_one(answer: Any) -> None:
    if not isinstance(answer, Mapping) or ("result" not in answer and not answer.get("error")):
        raise NoAnswer("the answer has neither a result nor an error")
    error = answer.get("error")
    if isinstance(error, Mapping) and error.get("code") in _PASSING_CODES:
        raise _Busy(str(error.get("message", "")))


def _check_nothing(answer: Any) -> None:
    del answer


class _Busy(NoAnswer):
    """A limit was reached."""


def may_pass(error: Exception) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(error, BadStatus):
        return error.may_pass
    return isinstance(error, RequestFailed | ValueError) and not isinstance(error, TimedOut)


def is_pruned(message: str) -> bool:
    """Whether a node says that it does not keep a state any more."""
    return any(phrase in message.lower() for phrase in _PRUNED)


def _retry_after_seconds(error: Exception) -> float:
    """What a busy server asks to wait; 0 where it says nothing that is understood."""
    if isinstance(error, BadStatus) and error.retry_after.isdigit():
        return min(float(error.retry_after), _LONGEST_REST_SECONDS / 3)
    return 0.0


def _lags(answer: Any) -> bool:
    error = answer.get("error") if isinstance(answer, Mapping) else None
    message = str(error.get("message", "")).lower() if isinstance(error, Mapping) else ""
    return any(phrase in message for phrase in _LAGGING) or is_pruned(message)
