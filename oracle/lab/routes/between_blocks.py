"""A node whose state changes with its blocks alone: between two of them, each question is asked once for all.

In a world whose blocks come when told, everybody looks at the same blocks within a turn. What they ask is answered by
the node itself; only that the same is not asked again before the next block comes.
"""

import json
from typing import Any

from web3 import Web3
from web3.types import RPCEndpoint, RPCResponse

from oracle.chain.connection import Chain, describe
from oracle.chain.endpoints import Endpoints

# What pending transactions cannot change.
_OF_BLOCKS = frozenset(
    {"eth_blockNumber", "eth_getBlockByNumber", "eth_getBlockReceipts", "eth_getLogs", "eth_getTransactionReceipt"}
)


class BetweenBlocks(Endpoints):
    """One node, asked the same once until `forget`. Failures are not kept."""

    def __init__(self, url: str) -> None:
        """One try for each request: everybody comes again at the next turn, and a turn is no time in a driven world."""
        super().__init__([url], tries=1)
        self._known: dict[str, RPCResponse] = {}

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """As of Endpoints."""
        if method not in _OF_BLOCKS:
            return super().make_request(method, params)
        key = json.dumps([method, params])
        if key not in self._known:
            self._known[key] = super().make_request(method, params)
        answer: RPCResponse = json.loads(json.dumps(self._known[key]))
        return answer

    def forget(self) -> None:
        """Ask everything anew: a block has come, or gone."""
        self._known.clear()


def connected(url: str, name: str) -> tuple[Chain, BetweenBlocks]:
    """A chain by such a node.

    Raises:
        ConnectionFailed: it does not answer.
    """
    node = BetweenBlocks(url)
    return describe(Web3(node), name), node
