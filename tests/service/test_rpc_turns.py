"""How many reads wait for the node and how many it has at once; the node behind is the test's own."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from oracle.service import rpc_proxy
from oracle.service.rpc_proxy import RpcProxy, TooManyRequests

_PATIENCE_SECONDS = 60
_REQUEST = {"jsonrpc": "2.0", "id": 5, "method": "eth_chainId"}


@dataclass
class _Meeting:
    """A node whose reads wait for each other: so many must be under way at once."""

    shared: bool = False
    party: threading.Barrier = field(default_factory=lambda: threading.Barrier(1))
    threads: set[str] = field(default_factory=set)
    under_way: int = 0
    most: int = 0

    def request(self, method: str, params: list[Any], *, timeout_seconds: float, most_bytes: int) -> Any:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.threads.add(threading.current_thread().name.rstrip("0123456789"))
        self.party.wait(_PATIENCE_SECONDS)
        self.under_way -= 1
        return "0x1"


@pytest.mark.parametrize(("shared", "asked", "at_once"), [(False, 2, 2), (False, 3, 3), (True, 2, 1), (True, 3, 1)])
def test_so_many_reads_are_under_way_at_once_and_one_on_a_shared_chain(shared: bool, asked: int, at_once: int) -> None:
    node = _Meeting(shared=shared, party=threading.Barrier(at_once))

    async def ask() -> None:
        proxy = RpcProxy(node, at_once=asked)  # type: ignore[arg-type]
        answers = await asyncio.gather(*(proxy.answer(_REQUEST, "a") for _ in range(6)))
        assert answers == [{"jsonrpc": "2.0", "id": 5, "result": "0x1"}] * 6
        proxy.close()

    asyncio.run(ask())
    assert node.most == at_once
    assert node.threads == {"rpc_"}


def test_on_a_shared_chain_a_read_waits_for_the_one_ahead_to_end() -> None:
    node = _Meeting(shared=True, party=threading.Barrier(2))

    async def ask() -> None:
        proxy = RpcProxy(node, at_once=3)  # type: ignore[arg-type]
        tasks = _held(node, proxy, "ab")
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert node.under_way == 1
        for _ in tasks:
            await asyncio.to_thread(node.party.wait, _PATIENCE_SECONDS)
        await asyncio.gather(*tasks)
        proxy.close()

    asyncio.run(ask())
    assert node.most == 1


def test_a_read_whose_turn_does_not_come_in_time_is_answered_and_asks_the_node_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = _Meeting(party=threading.Barrier(2))

    async def ask() -> Any:
        proxy = RpcProxy(node, at_once=1)  # type: ignore[arg-type]
        first = asyncio.create_task(proxy.answer(_REQUEST, "a"))
        while not node.under_way:
            await asyncio.sleep(0)
        monkeypatch.setattr(rpc_proxy, "ANSWER_SECONDS", 0.01)
        late = await proxy.answer(_REQUEST, "b")
        node.party.wait(_PATIENCE_SECONDS)
        await first
        proxy.close()
        return late

    assert asyncio.run(ask())["error"]["code"] == -32000
    assert node.most == 1


@pytest.mark.parametrize("shared", [False, True])
def test_a_shared_chain_rests_from_readers_for_as_long_as_a_read_took(
    shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        whole = loop.call_later

        def call_later(seconds: float, callback: Callable[..., object], *given: Any) -> asyncio.TimerHandle:
            if getattr(callback, "__name__", "") == "release":
                rests.append(seconds)
            return whole(seconds, callback, *given)

        monkeypatch.setattr(loop, "call_later", call_later)
        proxy = RpcProxy(_Meeting(shared=shared))  # type: ignore[arg-type]
        await proxy.answer(_REQUEST, "a")
        proxy.close()

    asyncio.run(ask())
    (rest_seconds,) = rests
    assert rest_seconds > 0 if shared else rest_seconds == 0


def _held(node: _Meeting, proxy: RpcProxy, clients: str) -> "list[asyncio.Task[object]]":
    """A request of each client, all of which wait for the node."""
    return [asyncio.create_task(proxy.answer(_REQUEST, client)) for client in clients]


@pytest.mark.parametrize(
    ("held", "refused", "taken"), [("aaa", "a", "b"), ("aaabbb", "b", "c"), ("aaabbbcc", "d", ""), ("aabbbcc", "", "a")]
)
def test_so_many_of_a_client_and_of_all_may_wait_for_the_node(
    held: str, refused: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three of a client, eight of all."""
    monkeypatch.setattr(rpc_proxy, "CLIENT_WAITING", 3)
    monkeypatch.setattr(rpc_proxy, "TOTAL_WAITING", 8)
    node = _Meeting(party=threading.Barrier(2))

    async def ask() -> None:
        proxy = RpcProxy(node, at_once=1)  # type: ignore[arg-type]
        tasks = _held(node, proxy, held)
        await asyncio.sleep(0)
        for client in refused:
            with pytest.raises(
                TooManyRequests, match=r"^too many requests wait for the node; come again in 1 s$"
            ) as found:
                await proxy.answer(_REQUEST, client)
            assert found.value.retry_after_seconds == 1
        tasks += _held(node, proxy, taken)
        for _ in tasks:
            await asyncio.to_thread(node.party.wait, _PATIENCE_SECONDS)
        await asyncio.gather(*tasks)
        assert not proxy._under_way
        proxy.close()

    asyncio.run(ask())


def test_closing_does_not_wait_for_a_read_under_way() -> None:
    node = _Meeting(party=threading.Barrier(2))

    async def ask() -> None:
        proxy = RpcProxy(node, at_once=1)  # type: ignore[arg-type]
        (task,) = _held(node, proxy, "a")
        while not node.under_way:
            await asyncio.sleep(0)
        proxy.close()
        assert node.under_way == 1
        await asyncio.to_thread(node.party.wait, _PATIENCE_SECONDS)
        await task

    asyncio.run(ask())
