"""What a report read of each node that won rounds, and what it gave the node."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from oracle.control.by_node import values
from oracle.formulas.lanes import UNITS_PER_ONE, WAD
from oracle.window.window import Window

_GWEI = 10**9


@dataclass(frozen=True)
class NodeFacts:
    """One node in the rounds of a window."""

    node: int
    rounds: int  # that it won
    confirmed: int  # transactions in them
    gas_price_gwei: float  # their mean; 0 where there are none
    value: float  # how dear that is, 1 for the mean of all nodes (`oracle.control.by_node`)
    wanted_phi: float
    given_phi: float
    theta: float  # with the phi that is given


def facts_by_node(window: Window, wish: Sequence[int], given: Sequence[int]) -> tuple[NodeFacts, ...]:
    """The nodes that won rounds of a window, and the first node that won none as an example of all these.

    Args:
        window: Of a report.
        wish: Its lanes as the controller wished them.
        given: Its lanes.
    """
    rounds: Counter[int] = Counter()
    confirmed: Counter[int] = Counter()
    prices_wei: Counter[int] = Counter()
    for each in window.rounds.won if window.rounds is not None else ():
        rounds[each.node] += 1
        confirmed[each.node] += each.confirmed
        prices_wei[each.node] += each.gas_prices_wei
    value = values(window)
    other = next((node for node in range(len(given)) if node not in rounds), None)
    return tuple(
        NodeFacts(
            node=node,
            rounds=rounds[node],
            confirmed=confirmed[node],
            gas_price_gwei=prices_wei[node] / max(1, confirmed[node]) / _GWEI,
            value=float(value[node]),
            wanted_phi=wish[node] / UNITS_PER_ONE,
            given_phi=given[node] / UNITS_PER_ONE,
            theta=window.nodes.theta0_wad[node] / WAD + given[node] / UNITS_PER_ONE,
        )
        for node in [*sorted(rounds), *([] if other is None else [other])]
    )
