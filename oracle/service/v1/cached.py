"""Answers with strong ETags, rendered once for as long as what they show stays the same."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakValueDictionary

from fastapi import Request, Response
from pydantic import BaseModel

_MOST_KEPT = 1_024
_MOST_KEY = 200  # characters of a path with its query; longer ones are rendered each time
_CACHED = {"Cache-Control": "no-cache"}  # ask each time, and get few bytes if it is old


class Rendered(NamedTuple):
    """JSON, and headers beside those of every answer."""

    content: bytes
    headers: Mapping[str, str] = {}


def whole(answer: BaseModel) -> Rendered:
    """One answer."""
    return Rendered(answer.model_dump_json().encode())


@dataclass(frozen=True)
class _Kept:
    state: Hashable
    content: bytes
    headers: Mapping[str, str]


class Answers:
    """The last answers, by path and query. For one thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # of what is being read

    def answer(
        self,
        request: Request,
        state: Hashable,
        render: Callable[[], Rendered],
    ) -> Response:
        """304 if the request names the tag of what is shown now, else the rendered JSON.

        Args:
            request: What is asked.
            state: Changes whenever the content may.
            render: Makes the answer.
        """
        key = _key(request)
        kept = self._kept.get(key)
        if kept is None or kept.state != state:
            kept = self._keep(key, state, render())
        return _response(request, kept)

    async def answer_read(self, request: Request, state: Hashable, read: Callable[[], Awaitable[Rendered]]) -> Response:
        """As `answer`, of what takes time to read; of several that ask the same at once, one has it read."""
        key = _key(request)
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            kept = self._kept.get(key)
            if kept is None or kept.state != state:
                kept = self._keep(key, state, await read())
        return _response(request, kept)

    def _keep(self, key: str, state: Hashable, made: Rendered) -> _Kept:
        tag = f'"{hashlib.sha256(made.content).hexdigest()[:32]}"'
        kept = _Kept(state, made.content, {"ETag": tag, **_CACHED, **made.headers})
        if len(key) <= _MOST_KEY:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return kept


def _key(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}"


def _response(request: Request, kept: _Kept) -> Response:
    if _names(request.headers.get("if-none-match"), kept.headers["ETag"]):
        return Response(status_code=304, headers=kept.headers)
    return Response(kept.content, headers=kept.headers, media_type="application/json")


def _names(header: str | None, tag: str) -> bool:
    """Whether If-None-Match names a tag; compared weakly, as RFC 9110 has it."""
    if header is None:
        return False
    named = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in named or tag in named
