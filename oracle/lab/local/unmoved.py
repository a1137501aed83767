"""What would wait had phi stayed 0: the same arrivals and rounds, each won by who won it, with blocks of theta_0.

A run's traffic comes by block, so that what phi does to the times of blocks is not in it.
"""

from collections.abc import Iterable

from oracle.chain.offers import Offer
from oracle.lab.local.mining import POOLS, places
from oracle.window.window import Window


class Unmoved:
    """The gas prices of what waits, from the windows of successive reports."""

    def __init__(self, pending: Iterable[Offer], read: int) -> None:
        """`pending` after block `read`, from which the two histories part."""
        self._prices_wei = [offer.gas_price_wei for offer in pending]
        self._read = read

    def take(self, window: Window) -> tuple[int, tuple[int, ...], int]:
        """Read the new blocks of a window.

        Returns:
            The number of the first, arrivals in each, and how many the last one could have confirmed and did not.
        """
        new = [block for block in window.blocks if block.number > self._read]
        winners = {} if window.rounds is None else {each.chain_block: each.node for each in window.rounds.won}
        for block in new:
            node = winners.get(block.number)
            if node is not None:
                self._serve(node, window)
            self._prices_wei += [transaction.gas_price_wei for transaction in block.transactions]
        self._read = window.to_block
        arrivals = tuple(len(block.transactions) for block in new)
        first = new[0].number if new else window.to_block
        return first, arrivals, len(self._prices_wei) - (arrivals[-1] if arrivals else 0)

    def _serve(self, node: int, window: Window) -> None:
        served = places(
            POOLS[node],
            theta_wad=window.nodes.theta0_wad[node],
            capacity=window.capacity_transactions,
            pending=len(self._prices_wei),
        )
        self._prices_wei = sorted(self._prices_wei, reverse=True)[served:]
