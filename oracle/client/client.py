"""Clients of an oracle's API, one that waits and one for asyncio; what can be asked is in `oracle.client.asks`."""

import contextlib
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Self

import httpx
from pydantic import ValidationError

from oracle.client.answers import EpochAnswer, Item, Page, Problem
from oracle.client.asks import Answer, Ask
from oracle.errors import CatalystError

_TIMEOUT_SECONDS = 10.0
_STREAM_TIMEOUT = httpx.Timeout(_TIMEOUT_SECONDS, read=30.0)  # twice the time between signs of life
_MOST_STREAMS = 1_000  # that end without an event before `events` gives up


class AskFailed(CatalystError):
    """The API does not answer, or refuses; says why."""

    def __init__(self, message: str, status: int | None = None, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.status, self.retry_after_seconds = status, retry_after_seconds


class Client:
    """Asks one oracle, and waits for its answers."""

    def __init__(self, url: str, *, key: str | None = None) -> None:
        """`key` is of `catalyst api-key create`, for what needs one."""
        self._http = httpx.Client(base_url=url, headers=_headers(key), timeout=_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, asked: Ask[Answer]) -> Answer:
        """The answer.

        Raises:
            AskFailed: there is none.
        """
        with _failing():
            return _answer(asked, self._http.request(asked.method, asked.path, params=dict(asked.query)))

    def each(self, asked: Ask[Page[Item]]) -> Iterator[Item]:
        """The items of all pages.

        Raises:
            AskFailed: a page does not come.
        """
        while True:
            page = self.ask(asked)
            yield from page.items
            if page.next is None:
                return
            asked = asked.at(page.next)

    def events(self, after: int | None = None) -> Generator[EpochAnswer, None, None]:
        """New epochs as they come in force, through ends of streams; `after` tells those since that epoch first.

        Raises:
            AskFailed: the API is away.
        """
        for _ in range(_MOST_STREAMS):
            with (
                _failing(),
                self._http.stream("GET", "/v1/events", headers=_last(after), timeout=_STREAM_TIMEOUT) as stream,
            ):
                if stream.is_error:
                    stream.read()
                    raise _refusal(stream)
                for line in stream.iter_lines():
                    if (found := _epoch(line)) is not None:
                        after = found.epoch
                        yield found


class AsyncClient:
    """As `Client`, for asyncio."""

    def __init__(self, url: str, *, key: str | None = None) -> None:
        """`key` is of `catalyst api-key create`, for what needs one."""
        self._http = httpx.AsyncClient(base_url=url, headers=_headers(key), timeout=_TIMEOUT_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def ask(self, asked: Ask[Answer]) -> Answer:
        """The answer.

        Raises:
            AskFailed: there is none.
        """
        with _failing():
            return _answer(asked, await self._http.request(asked.method, asked.path, params=dict(asked.query)))

    async def each(self, asked: Ask[Page[Item]]) -> AsyncIterator[Item]:
        """The items of all pages.

        Raises:
            AskFailed: a page does not come.
        """
        while True:
            page = await self.ask(asked)
            for item in page.items:
                yield item
            if page.next is None:
                return
            asked = asked.at(page.next)

    async def events(self, after: int | None = None) -> AsyncIterator[EpochAnswer]:
        """New epochs as they come in force, through ends of streams; `after` tells those since that epoch first.

        Raises:
            AskFailed: the API is away.
        """
        for _ in range(_MOST_STREAMS):
            with _failing():
                async with self._http.stream(
                    "GET", "/v1/events", headers=_last(after), timeout=_STREAM_TIMEOUT
                ) as stream:
                    if stream.is_error:
                        await stream.aread()
                        raise _refusal(stream)
                    async for line in stream.aiter_lines():
                        if (found := _epoch(line)) is not None:
                            after = found.epoch
                            yield found


def _headers(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def _last(after: int | None) -> dict[str, str]:
    return {} if after is None else {"Last-Event-ID": str(after)}


def _epoch(line: str) -> EpochAnswer | None:
    """The epoch of a line of a stream; every event of it has one line of data."""
    return EpochAnswer.model_validate_json(line.removeprefix("data: ")) if line.startswith("data: ") else None


def _answer(asked: Ask[Answer], response: httpx.Response) -> Answer:
    # 503 of /health is an answer: it says what is wrong.
    if response.is_error and response.headers.get("content-type") != "application/json":
        raise _refusal(response)
    return asked.answer.model_validate_json(response.content)


def _refusal(response: httpx.Response) -> AskFailed:
    try:
        detail = Problem.model_validate_json(response.content).detail
    except ValidationError:
        detail = response.reason_phrase
    wait = response.headers.get("retry-after", "")
    return AskFailed(
        f"{response.url.path} is refused: {detail}", response.status_code, int(wait) if wait.isdigit() else None
    )


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise AskFailed(f"the API does not answer: {error or type(error).__name__}; is its URL right?") from error
    except ValidationError as error:
        raise AskFailed(f"the API answers something else: {error.errors()[0]['msg']}; is its version ours?") from error
