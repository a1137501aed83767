"""Requests to one place over HTTP: connections that are kept, answers within bounds, a proxy where one is named."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from pydantic_core import from_json
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxySchemeUnknown
from urllib3.exceptions import TimeoutError as WaitedTooLong
from urllib3.util import make_headers

from oracle.chain.idle_connections import kept_without_locks
from oracle.chain.redact import hide, shown_url
from oracle.errors import ConnectionFailed

_CHUNK_BYTES = 64 * 1024
_REDIRECTS, _TOO_MANY_REQUESTS, _SERVER_ERROR = 300, 429, 500
_IDLE_CONNECTIONS = 4
# No proxy stands before these, whatever the environment says.
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NoAnswer(ValueError):
    """What came is no answer to the request."""


class TooLarge(NoAnswer):
    """What came has more bytes than are read."""


class RequestFailed(Exception):
    """No answer came."""


class TimedOut(RequestFailed):
    """None came in time."""


class BadStatus(RequestFailed):
    """One came with the status of a failure."""

    def __init__(self, status: int, retry_after: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after  # as the server says it; empty where it does not

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.status == _TOO_MANY_REQUESTS or self.status >= _SERVER_ERROR


@dataclass(frozen=True)
class Bounds:
    """How long an answer may take, and how much it may be."""

    connect_seconds: float
    wait_seconds: float  # for each of its parts
    whole_seconds: float
    most_bytes: int


class HttpClient:
    """Where one node, or one peer, is asked. Threads may share it."""

    def __init__(self, url: str, *, by_proxy: bool = True, bearer: str | None = None) -> None:
        """Nothing is asked yet.

        Args:
            url: May hold a user and a password.
            by_proxy: Whether a proxy is asked in its place, where the environment names one.
            bearer: A token that each request carries.

        Raises:
            ConnectionFailed: the environment names a proxy that is none of HTTP.
        """
        hide(url)
        self._url, user = _without_user(url)
        headers = dict(make_headers(basic_auth=user, accept_encoding=True))
        if bearer is not None:
            hide(f"x://host/?{bearer}")
            headers["Authorization"] = f"Bearer {bearer}"
        self._pools = _pools(self._url, headers) if by_proxy else _direct(headers)

    def post(self, body: bytes, bounds: Bounds) -> Any:
        """The JSON that answers JSON.

        Raises:
            RequestFailed: no answer came, or one with the status of a failure.
            NoAnswer: the answer is no JSON, or has more bytes than may be.
        """
        content = self._answer("POST", self._url, bounds, body)
        try:
            return from_json(content)  # which refuses deep nesting
        except ValueError as error:
            raise NoAnswer(f"the answer is no JSON: {error}") from error

    def get(self, path: str, bounds: Bounds) -> bytes:
        """What is at a path below the URL.

        Raises:
            RequestFailed: as of `post`.
            TooLarge: it has more bytes than may be.
        """
        return self._answer("GET", self._url.rstrip("/") + path, bounds)

    def _answer(self, method: str, url: str, bounds: Bounds, body: bytes | None = None) -> bytes:
        """The content of an answer, in this module's errors."""
        try:
            return self._content(method, url, bounds, body)
        except NewConnectionError as error:  # to urllib3, a kind of time-out
            raise RequestFailed(str(error)) from error
        except ConnectTimeoutError as error:
            raise TimedOut(f"no connection within {bounds.connect_seconds:g} s") from error
        except WaitedTooLong as error:
            raise TimedOut(f"nothing came within {bounds.wait_seconds:g} s") from error
        except (HTTPError, OSError) as error:
            raise RequestFailed(str(error)) from error

    def _content(self, method: str, url: str, bounds: Bounds, body: bytes | None) -> bytes:
        deadline = time.monotonic() + bounds.whole_seconds
        headers = {} if body is None else {"Content-Type": "application/json"}
        answer = self._pools.urlopen(
            method,
            url,
            body=body,
            headers={**self._pools.headers, **headers},
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=bounds.connect_seconds, read=bounds.wait_seconds),
        )
        content = bytearray()
        try:
            if answer.status >= _REDIRECTS:
                raise BadStatus(answer.status, answer.headers.get("Retry-After", ""))
            # What has come, however little: a read of a whole chunk would wait for one that drips.
            while chunk := answer.read1(_CHUNK_BYTES):
                content += chunk
                if len(content) > bounds.most_bytes:
                    raise TooLarge(f"the answer has more than {bounds.most_bytes} bytes")
                if time.monotonic() > deadline:
                    raise TimedOut(f"the answer was not whole after {bounds.whole_seconds:g} s")
        except BaseException:
            answer.close()  # what is left of it is not waited for
            raise
        answer.release_conn()
        return bytes(content)


def _without_user(url: str) -> tuple[str, str | None]:
    """A URL without its user and password, and these as `user:password`."""
    parts = urlsplit(url)
    user = None if parts.username is None else f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), user


def _direct(headers: Mapping[str, str]) -> urllib3.PoolManager:
    return kept_without_locks(urllib3.PoolManager(headers=headers, maxsize=_IDLE_CONNECTIONS))


def _pools(url: str, headers: Mapping[str, str]) -> urllib3.PoolManager:
    """Connections to a URL, by the proxy that the environment names for it, if any."""
    parts, proxies = urlsplit(url), getproxies()
    direct = parts.hostname in _LOOPBACK or proxy_bypass(parts.netloc)
    proxy = None if direct else proxies.get(parts.scheme) or proxies.get("all")
    if not proxy:
        return _direct(headers)
    hide(proxy)
    named, user = _without_user(proxy if "://" in proxy else f"http://{proxy}")
    try:
        pools = urllib3.ProxyManager(
            named,
            proxy_headers=make_headers(proxy_basic_auth=user),
            headers=headers,
            maxsize=_IDLE_CONNECTIONS,
        )
        return kept_without_locks(pools)
    except ProxySchemeUnknown:
        raise ConnectionFailed(
            f"proxy {shown_url(named)!r}, which the environment names for {shown_url(url)!r}, is not "
            "http(s)://host:port; name one that is, or the node's host in NO_PROXY"
        ) from None
