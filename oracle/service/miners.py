"""The keys that nodes mine with, for readers: a few of them with each block, so that no step is held up."""

from collections.abc import Mapping

from oracle.chain.contracts import Contracts
from oracle.client.answers import NodeMiner

_UNKNOWN_AT_ONCE = 32
_KNOWN_AT_ONCE = 4  # keys change seldom


class MinersLook:
    """Looks at those that are not known yet, then at the others in turn."""

    def __init__(self, contracts: Contracts) -> None:
        """Nothing is read yet."""
        self._contracts = contracts
        self._next = 0  # of the known ones

    def look(self, block: int, nodes: int, before: Mapping[int, NodeMiner]) -> Mapping[int, NodeMiner]:
        """What is known after a block, by node.

        Args:
            block: Where to read.
            nodes: How many the registry has.
            before: What the last look gave.

        Raises:
            CatalystError: the registry cannot be read.
        """
        # Nodes are only ever added, and read in order, so that those known are the first ones.
        known = len(before)
        some = list(range(known, min(known + _UNKNOWN_AT_ONCE, nodes)))
        if not some:
            some = [(self._next + place) % nodes for place in range(min(_KNOWN_AT_ONCE, nodes))]
            self._next += len(some)
        found = self._contracts.miners(some, block)
        read = {node: NodeMiner(block=block, address=miner) for node, miner in zip(some, found, strict=True)}
        return {**before, **read}
