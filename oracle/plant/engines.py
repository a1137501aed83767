"""What a block of the plant waits for, by the name of the consensus: sizes as laboratory networks have them."""

from oracle.plant.rounds import Engine, Slots, Turns, Work
from oracle.workload.nodes import MISSED_TURNS, SLOTS_OF_AN_INTERVAL, pareto_stakes

_NODES, _SEED = 100, 1
_TURN_SECONDS = 10

ENGINES: dict[str, Engine] = {
    "pow": Work(),
    "pos": Slots(SLOTS_OF_AN_INTERVAL, tuple(map(float, pareto_stakes(_NODES, _SEED)))),
    "dpos": Turns(_TURN_SECONDS, MISSED_TURNS),
}
