"""How many requests a client may send: a token bucket for each client, and one for all together."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

# The most clients to remember; beyond, the longest silent is forgotten and starts again with a full bucket.
_MOST_CLIENTS = 10_000


@dataclass(frozen=True)
class Rate:
    """Requests per second in the long run, and the most at once after a silence."""

    per_second: float
    burst: int


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """Counts requests by client and in all. Not to be shared between threads."""

    def __init__(self, *, client: Rate, all_clients: Rate, now: Callable[[], float]) -> None:
        """Begin with full buckets; `now` returns seconds that never decrease."""
        self._client_rate, self._all_rate, self._now = client, all_clients, now
        self._all = _Bucket(all_clients.burst, now())
        self._clients: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_seconds(self, client: str, requests: int) -> int:
        """Count `requests` of a client and return 0; or count none and return the seconds until they would pass."""
        now = self._now()
        bucket = self._clients.setdefault(client, _Bucket(self._client_rate.burst, now))
        self._clients.move_to_end(client)
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)
        wait = 0.0
        for each, rate in ((bucket, self._client_rate), (self._all, self._all_rate)):
            each.tokens = min(rate.burst, each.tokens + (now - each.filled_at) * rate.per_second)
            each.filled_at = now
            wait = max(wait, (requests - each.tokens) / rate.per_second)
        if wait > 0:
            return math.ceil(wait)
        bucket.tokens -= requests
        self._all.tokens -= requests
        return 0
