"""Parameters that make a controller's p95 least at a given mean theta: a grid, with one parameter found by search.

Latencies compare only at equal mean theta, so each controller has a level (a constant, a setpoint, a price) that moves
its mean theta one way, and is tuned with that level at which it offers what the others do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oracle.plant.definition import Definition
from oracle.plant.measure import Figures, measure
from oracle.plant.plant import PlantController, run
from oracle.plant.traces import Traces

MEAN_PHI = 0.09  # at which controllers are compared
_TRIES = 8  # of levels, at most
_CLOSE = 0.0005  # of mean theta: near enough
_BISECT_EVERY = 3  # tries, where the line between two levels leads nowhere
_MEAN_THETA_TOLERANCE = 0.005  # more than this off, a controller is not at the mean theta asked for


@dataclass(frozen=True)
class ControllerFamily:
    """A sort of controller."""

    name: str
    make: Callable[[Definition, Traces, float, tuple[float, ...]], PlantController]  # level, parameters
    levels: tuple[float, float]  # of the least mean theta, and of the greatest
    grid: Sequence[tuple[float, ...]] = ((),)


@dataclass(frozen=True)
class TunedController:
    """A family with the parameters that did best."""

    family: ControllerFamily
    level: float
    parameters: tuple[float, ...]
    runs: int  # of the plant that finding them took

    def controller(self, definition: Definition, traces: Traces) -> PlantController:
        """The controller, for a set of traces."""
        return self.family.make(definition, traces, self.level, self.parameters)


def tune(family: ControllerFamily, definition: Definition, traces: Traces, mean_theta: float) -> TunedController:
    """The best of the grid, each at `mean_theta`; one that cannot offer that is taken only where none can."""
    best: tuple[tuple[bool, float], TunedController] | None = None
    for parameters in family.grid:
        level, figures = with_mean_theta(family, definition, traces, mean_theta, parameters)
        is_off = abs(float(figures.mean_theta.mean()) - mean_theta) > _MEAN_THETA_TOLERANCE
        rank = is_off, float(figures.latency_p95.mean())
        if best is None or rank < best[0]:
            best = rank, TunedController(family, level, parameters, len(family.grid) * _TRIES)
    assert best is not None  # noqa: S101 - a grid has at least one point
    return best[1]


def with_mean_theta(
    family: ControllerFamily, definition: Definition, traces: Traces, mean_theta: float, parameters: tuple[float, ...]
) -> tuple[float, Figures]:
    """The level at which a controller offers `mean_theta` on average over these traces, and its figures there.

    Some leap over it (an integral at whose setpoint queues stay empty): the nearest of the levels tried is returned.
    """
    low, high = family.levels  # at the ends, mean theta is taken to be below and above what is asked for
    offered_low, offered_high = None, None
    level, tried = (low + high) / 2, list[tuple[float, float, Figures]]()
    for _ in range(_TRIES):
        figures = measure(run(definition, traces, family.make(definition, traces, level, parameters)))
        offered = float(figures.mean_theta.mean())
        tried.append((abs(offered - mean_theta), level, figures))
        if tried[-1][0] < _CLOSE:
            break
        if offered < mean_theta:
            low, offered_low = level, offered
        else:
            high, offered_high = level, offered
        level = (low + high) / 2
        if offered_low is not None and offered_high is not None and len(tried) % _BISECT_EVERY:
            # By the line between the nearest on both sides, and not onto either of them.
            part = (mean_theta - offered_low) / (offered_high - offered_low)
            level = low + min(0.95, max(0.05, part)) * (high - low)
    _, level, figures = min(tried, key=lambda each: each[0])
    return level, figures
