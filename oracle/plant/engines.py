"""What a block of the plant waits for, by the name of the consensus."""

from collections.abc import Callable, Sequence

from oracle.formulas.lottery import SLOTS_OF_AN_INTERVAL
from oracle.plant.rounds import Engine, Slots, Turns, Work
from oracle.workload.nodes import MISSED_TURNS, pareto_stakes

# A line for each consensus: p at phi = 0 of laboratory networks, and the arrival process from p and the nodes' stakes.
_ARRIVALS: dict[str, tuple[int, Callable[[int, Sequence[int]], Engine]]] = {
    "pow": (1, lambda _p, _stakes: Work()),
    "pos": (SLOTS_OF_AN_INTERVAL, lambda p, stakes: Slots(p, tuple(map(float, stakes)))),
    "dpos": (10, lambda p, _stakes: Turns(p, MISSED_TURNS)),
}


def engine_named(name: str, p: int, stakes: Sequence[int]) -> Engine:
    """The arrival process of a consensus.

    Args:
        name: On the command line.
        p: At phi = 0, in the engine's unit.
        stakes: Of each node, in any unit.

    Raises:
        ValueError: the plant does not play it.
    """
    if name not in _ARRIVALS:
        raise ValueError(f"the plant plays no {name}")
    _, arrival = _ARRIVALS[name]
    return arrival(p, stakes)


# As laboratory networks have them.
ENGINES = {name: engine_named(name, p, pareto_stakes(nodes=100, seed=1)) for name, (p, _) in _ARRIVALS.items()}
