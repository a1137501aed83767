"""Clients of a daemon's API that mean it no good, all of one address: what they send, and what they get."""

import asyncio
import contextlib
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import aiohttp

ENDLESS = "0x00000000000000000000000000000000000000e1"  # the address of an endless loop
_ADDRESS = "127.0.0.2"
_REQUEST_SECONDS = 30
_HALF_OPEN = 300
_HALF_OPEN_HEAD = b"GET /v1/network HTTP/1.1\r\nHost: a\r\n"
_DRIP_SECONDS = 1.0
_EACH_SECONDS = 0.1  # between two requests that are too large, of each kind
_BATCH = b"[" + b",".join([b'{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}'] * 10_000) + b"]"
_LARGE = 200_000
_JSON = {"content-type": "application/json"}


async def endless_calls(url: str, end: float, clients: int) -> Counter[str]:
    """So many clients, each with one endless eth_call under way at any time; those refused by rate wait as told."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"to": ENDLESS, "data": "0x"}, "latest"]}
    codes: Counter[str] = Counter()
    clock = asyncio.get_running_loop().time
    async with _session() as session:

        async def call() -> None:
            while clock() < end:
                wait = 0.0
                try:
                    async with session.post(f"{url}/rpc", json=body) as answer:
                        await answer.read()
                        codes[f"endless eth_call {answer.status}"] += 1
                        wait = float(answer.headers.get("retry-after", 0))
                except (aiohttp.ClientError, TimeoutError) as error:
                    codes[f"endless eth_call {type(error).__name__}"] += 1
                    wait = 1.0
                await asyncio.sleep(min(wait, max(0.0, end - clock())))

        await asyncio.gather(*(call() for _ in range(clients)))
    return codes


async def requests_too_large(url: str, end: float) -> Counter[str]:
    """Ten a second of each: batches of 10 000, heads of 200 KB, and parameters of 40 KB."""
    codes: Counter[str] = Counter()
    clock = asyncio.get_running_loop().time
    async with _session() as session:

        async def ask(name: str, method: str, path: str, **named: Any) -> None:
            while clock() < end:
                try:
                    async with session.request(method, url + path, **named) as answer:
                        await answer.read()
                        codes[f"{name} {answer.status}"] += 1
                except (aiohttp.ClientError, TimeoutError):  # refused while it was still being sent
                    codes[f"{name} broken off"] += 1
                await asyncio.sleep(_EACH_SECONDS)

        await asyncio.gather(
            ask("batch of 10 000", "POST", "/rpc", data=_BATCH, headers=_JSON),
            ask("head of 200 KB", "GET", "/v1/network", headers={"X": "a" * _LARGE}),
            ask("parameter of 40 KB", "GET", "/v1/nodes?limit=" + "1" * 40_000),
        )
    return codes


async def half_open(url: str, end: float) -> Counter[str]:
    """Slow-loris: 300 connections, each with half of a head, of which one byte more comes each second."""
    opened: Counter[str] = Counter()
    clock = asyncio.get_running_loop().time
    host, port = urlsplit(url).hostname, urlsplit(url).port

    async def hold() -> None:
        while clock() < end:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(host, port, local_addr=(_ADDRESS, 0))
                opened["half-open connections"] += 1
                await _drip(writer, end)

    await asyncio.gather(*(hold() for _ in range(_HALF_OPEN)))
    return opened


async def _drip(writer: asyncio.StreamWriter, end: float) -> None:
    """Send a byte each second until the other side closes, or the end."""
    clock = asyncio.get_running_loop().time
    try:
        writer.write(_HALF_OPEN_HEAD)
        while clock() < end and not writer.is_closing():
            await writer.drain()
            await asyncio.sleep(_DRIP_SECONDS)
            writer.write(b"x")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=100, local_addr=(_ADDRESS, 0)),
        timeout=aiohttp.ClientTimeout(_REQUEST_SECONDS),
    )
