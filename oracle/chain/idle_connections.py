"""Pools of HTTP connections that Ctrl-C cannot leave locked.

urllib3 keeps idle connections in a queue of the standard library. An interrupt just after that has taken its lock, as
Python 3.11 may raise it there, leaves it taken: the pool then waits for ever when it is closed, which it is at the
latest as the program ends. A deque takes and gives in one step of the interpreter and needs no lock.
"""

import queue
from collections import deque
from typing import Any, TypeVar

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager

Pools = TypeVar("Pools", bound=PoolManager)


class _Idle:
    """What a pool that never waits for a connection needs of `queue.LifoQueue`."""

    def __init__(self, maxsize: int) -> None:
        self._most = maxsize
        self._kept: deque[Any] = deque()

    def put(self, connection: Any, **_: Any) -> None:
        """Keep a connection; `Full` where there are enough."""
        if len(self._kept) >= self._most:
            raise queue.Full
        self._kept.append(connection)

    def get(self, **_: Any) -> Any:
        """The one that was kept last; `Empty` where there is none."""
        try:
            return self._kept.pop()
        except IndexError:
            raise queue.Empty from None

    def qsize(self) -> int:
        """How many are kept."""
        return len(self._kept)


class _Http(HTTPConnectionPool):
    QueueCls = _Idle  # type: ignore[assignment] # a LifoQueue by its type, of which these methods are used


class _Https(HTTPSConnectionPool):
    QueueCls = _Idle  # type: ignore[assignment] # a LifoQueue by its type, of which these methods are used


def kept_without_locks(pools: Pools) -> Pools:
    """The same manager, whose pools lock nothing; they must be made without `block`."""
    pools.pool_classes_by_scheme = {"http": _Http, "https": _Https}
    return pools
