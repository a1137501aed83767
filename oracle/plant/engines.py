"""What a block of the plant waits for, by the name of the consensus."""

from collections.abc import Sequence

from oracle.formulas.lottery import SLOTS_OF_AN_INTERVAL
from oracle.plant.rounds import Engine, Slots, Turns, Work
from oracle.workload.nodes import MISSED_TURNS, pareto_stakes


def engine_named(name: str, p: int, stakes: Sequence[int]) -> Engine:
    """The arrival process of a consensus: a line for each.

    Args:
        name: On the command line.
        p: At phi = 0, in the engine's unit.
        stakes: Of each node, in any unit.
    """
    match name:
        case "pow":
            return Work()
        case "pos":
            return Slots(p, tuple(map(float, stakes)))
        case "dpos":
            return Turns(p, MISSED_TURNS)
    raise ValueError(f"the plant plays no {name}")


# As laboratory networks have them.
ENGINES = {
    name: engine_named(name, p, pareto_stakes(nodes=100, seed=1))
    for name, p in (("pow", 1), ("pos", SLOTS_OF_AN_INTERVAL), ("dpos", 10))
}
