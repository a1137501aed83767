"""Readers of a daemon's API, for locust: `locust -f api_readers.py --headless --host URL` and how many of them.

Locust is in `build/load-tools`, whose interpreter runs this file alone; nothing of the project is there. Each user
reads `READS_PER_SECOND` times a second, at a phase of its own, so that reads do not come in bursts.
"""

import random

import gevent
from locust import FastHttpUser, constant_throughput, task

READS_PER_SECOND = 10
_NODES = 100
_BLOCK_NUMBER = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
_OTHERS = (
    *("/v1/network", "/v1/committee", "/v1/nodes?limit=100", "/v1/epochs", "/v1/history", "/v1/reports"),
    *("/health", "/metrics"),
)


class Reader(FastHttpUser):
    """Reads nodes in 11 of 20, other paths in 8, and passes 1 on to the node."""

    wait_time = constant_throughput(READS_PER_SECOND)
    network_timeout = connection_timeout = 30.0
    max_retries = 0

    def on_start(self) -> None:
        """Wait for a part of the time between two reads."""
        gevent.sleep(random.uniform(0, 1 / READS_PER_SECOND))  # noqa: S311 - a phase, not a secret

    @task(11)
    def node(self) -> None:
        """One node."""
        self.client.get(f"/v1/nodes/{random.randrange(_NODES)}", name="/v1/nodes/{node}")  # noqa: S311 - likewise

    @task(8)
    def other(self) -> None:
        """The network, pages of what there are many of, or what monitoring reads."""
        self.client.get(random.choice(_OTHERS))  # noqa: S311 - likewise

    @task(1)
    def passed_on(self) -> None:
        """A read of the chain."""
        self.client.post("/rpc", json=_BLOCK_NUMBER)
