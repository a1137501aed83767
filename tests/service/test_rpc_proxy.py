"""What the read-only JSON-RPC passes on, and what it answers; the node behind it is the test's own."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from oracle.chain.reads import RefusedRead
from oracle.errors import ConnectionFailed
from oracle.service import rpc_proxy
from oracle.service.rate import Rate
from oracle.service.rpc_proxy import RpcProxy, TooManyRequests

ADDRESS = "0x" + "11" * 20


@dataclass
class _Node:
    """Answers every read with the same, and keeps what it was asked."""

    result: Any = "0x1"
    error: Exception | None = None
    shared: bool = False
    asked: list[tuple[str, list[Any]]] = field(default_factory=list)
    bounds: list[tuple[float, int]] = field(default_factory=list)

    def request(self, method: str, params: list[Any], *, timeout_seconds: float, most_bytes: int) -> Any:
        self.asked.append((method, params))
        self.bounds.append((timeout_seconds, most_bytes))
        if self.error is not None:
            raise self.error
        return self.result


def _ask(node: _Node, *bodies: object, **rates: Rate) -> list[Any]:
    """Answers to one request after another of one client."""

    async def ask() -> list[Any]:
        proxy = RpcProxy(node, **rates)  # type: ignore[arg-type]
        try:
            answers = [await proxy.answer(body, "a") for body in bodies]
            assert not proxy._under_way
            return answers
        finally:
            proxy.close()

    return asyncio.run(ask())


def _request(method: object, *params: object, **more: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 5, "method": method, "params": list(params)} | more


@pytest.mark.parametrize(
    ("request_", "passed_on"),
    [
        (_request("eth_chainId"), ("eth_chainId", [])),
        ({"id": "x", "method": "eth_blockNumber"}, ("eth_blockNumber", [])),
        (_request("eth_getCode", ADDRESS, "latest"), ("eth_getCode", [ADDRESS, "latest"])),
        (
            _request("eth_call", {"to": ADDRESS, "data": "0x01", "from": ADDRESS}, "0x7", {"overrides": 1}),
            ("eth_call", [{"to": ADDRESS, "data": "0x01", "from": ADDRESS, "gas": "0x17d7840"}, "0x7"]),
        ),
        (
            _request("eth_call", {"to": ADDRESS, "gas": "0xffffffff", "value": "0x1"}),
            ("eth_call", [{"to": ADDRESS, "gas": "0x17d7840"}]),
        ),
        (_request("eth_getBlockByNumber", "0x1", True), ("eth_getBlockByNumber", ["0x1", False])),
        (_request("eth_getBlockByNumber", "0x1"), ("eth_getBlockByNumber", ["0x1", False])),
        (
            _request("eth_getLogs", {"address": ADDRESS, "fromBlock": "0x1", "toBlock": hex(10_000)}),
            ("eth_getLogs", [{"address": ADDRESS, "fromBlock": "0x1", "toBlock": hex(10_000)}]),
        ),
        (
            _request("eth_getLogs", {"address": ADDRESS, "fromBlock": "0x9", "toBlock": "0x9"}),
            ("eth_getLogs", [{"address": ADDRESS, "fromBlock": "0x9", "toBlock": "0x9"}]),
        ),
    ],
)
def test_a_read_is_passed_on_within_its_bounds(request_: dict[str, object], passed_on: tuple[str, list[Any]]) -> None:
    node = _Node(result={"any": ["thing", 1]})
    (answer,) = _ask(node, request_)
    assert node.asked == [passed_on]
    assert answer == {"jsonrpc": "2.0", "id": request_["id"], "result": {"any": ["thing", 1]}}
    ((seconds, most_bytes),) = node.bounds
    assert 0 < seconds <= 10
    assert most_bytes == 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("request_", "code", "says"),
    [
        (7, -32600, "not a JSON-RPC request"),
        (_request("eth_call", params={}), -32600, "not a JSON-RPC request"),
        (_request(7), -32600, "not a JSON-RPC request"),
        (_request("eth_chainId", id=[1]), -32600, "not a JSON-RPC request"),
        (_request("eth_chainId", id=1.5), -32600, "not a JSON-RPC request"),
        (
            _request("eth_" + "x" * 50),
            -32601,
            f"method 'eth_{'x' * 36}' is not offered here; send to a node of your own",
        ),
        (_request("eth_call"), -32602, "eth_call takes an object first"),
        (_request("eth_call", "0x"), -32602, "eth_call takes an object first"),
        (_request("eth_getLogs"), -32602, "name an address"),
        (_request("eth_getLogs", "0x"), -32602, "name an address"),
        (_request("eth_getLogs", {"fromBlock": "0x1", "toBlock": "0x1"}), -32602, "name an address"),
        (_request("eth_getLogs", {"address": ADDRESS, "fromBlock": "0x1"}), -32602, "name an address"),
        (_request("eth_getLogs", {"address": ADDRESS, "fromBlock": "latest", "toBlock": "0x1"}), -32602, "name an"),
        (_request("eth_getLogs", {"address": ADDRESS, "fromBlock": 1, "toBlock": 1}), -32602, "name an address"),
        (_request("eth_getLogs", {"address": ADDRESS, "fromBlock": "0x2", "toBlock": "0x1"}), -32602, "name an"),
        (
            _request("eth_getLogs", {"address": ADDRESS, "fromBlock": "0x0", "toBlock": hex(10_000)}),
            -32602,
            "name an address, and fromBlock and toBlock at most 10000 blocks apart",
        ),
    ],
)
def test_what_is_no_read_of_the_page_is_refused_and_asks_the_node_nothing(
    request_: object, code: int, says: str
) -> None:
    node = _Node()
    (answer,) = _ask(node, request_)
    assert node.asked == []
    assert (answer["jsonrpc"], answer["error"]["code"]) == ("2.0", code)
    assert answer["error"]["message"].startswith(says)
    named = request_.get("id") if isinstance(request_, dict) else None
    assert answer["id"] == (named if isinstance(named, int) else None)


def test_what_the_node_answers_with_an_error_is_told_and_where_it_is_away_no_more_than_that() -> None:
    refused = RefusedRead(3, "execution reverted", "0x01")
    (answer,) = _ask(_Node(error=refused), _request("eth_chainId"))
    assert answer == {
        "jsonrpc": "2.0",
        "id": 5,
        "error": {"code": 3, "message": "execution reverted", "data": "0x01"},
    }
    (answer,) = _ask(_Node(error=ConnectionFailed("a key in a name")), _request("eth_chainId"))
    away = "the oracle's node refused the request or does not answer"
    assert answer == {"jsonrpc": "2.0", "id": 5, "error": {"code": -32000, "message": away}}


def test_a_batch_is_answered_one_by_one_in_order() -> None:
    node = _Node()
    (answers,) = _ask(node, [_request("eth_chainId", id=1), 7, _request("eth_blockNumber", id="b")])
    assert [answer["id"] for answer in answers] == [1, None, "b"]
    assert [method for method, _ in node.asked] == ["eth_chainId", "eth_blockNumber"]


@pytest.mark.parametrize("size", [0, 51])
def test_a_batch_holds_1_to_50_requests(size: int) -> None:
    (answer,) = _ask(_Node(), [_request("eth_chainId")] * size)
    assert answer["error"] == {"code": -32600, "message": "a batch holds 1 to 50 requests"}
    assert answer["id"] is None
    assert len(_ask(_Node(), [_request("eth_chainId")] * 50)[0]) == 50


def test_the_bytes_of_a_batch_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer here counts 5 and 6 bytes for the object, 5 for the text, 8 for the number, 2 for the array."""
    monkeypatch.setattr(rpc_proxy, "MAX_ANSWER_BYTES", 52)
    node = _Node(result=[{"a": "bcd"}, "xx", 7])
    (answers,) = _ask(node, [_request("eth_chainId")] * 3)
    assert [most_bytes for _, most_bytes in node.bounds] == [52, 26, 0]
    assert ["result" in answer for answer in answers] == [True, True, False]
    too_much = "the answers together exceed 52 bytes; ask for less at once"
    assert answers[2]["error"] == {"code": -32005, "message": too_much}


def test_a_client_beyond_its_rate_is_told_when_to_come_again() -> None:
    slow = {"client_rate": Rate(0.5, 2)}
    with pytest.raises(TooManyRequests, match=r"3 requests more are beyond .* come again in 2 s") as refused:
        _ask(_Node(), [_request("eth_chainId")] * 3, **slow)
    assert refused.value.retry_after_seconds == 2


def test_each_client_has_a_rate_of_its_own() -> None:
    async def ask() -> None:
        proxy = RpcProxy(_Node(), client_rate=Rate(0.5, 2))  # type: ignore[arg-type]
        for client in "ab":
            assert await proxy.answer([_request("eth_chainId")] * 2, client)
        proxy.close()

    asyncio.run(ask())


@pytest.mark.parametrize("shared", [False, True])
def test_turns_are_given_back_whatever_becomes_of_a_read(shared: bool) -> None:
    node = _Node(shared=shared, error=ConnectionFailed("away"))
    assert len(_ask(node, *[_request("eth_chainId")] * 5)) == 5
    assert len(node.asked) == 5
