"""Transfers between chains whose bridges fail, by several ways to choose routes. `catalyst bench routes`.

Each world is met by all in the same state. Who carries a transfer is handed in, so that the simulator can be replaced
by real chains for some of them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oracle.routing.measures import cost_bps
from oracle.routing.simulation.choosers import CHOOSERS
from oracle.routing.simulation.clairvoyant import carry_knowing
from oracle.routing.simulation.transfers import Carried, Transfer, carry, transfers_of
from oracle.routing.simulation.world import CHAINS, World

_SIGMAS = 1.96  # of 95 %
PERFECT = "knows the future"

Carrier = Callable[[World, Transfer], Carried]  # who carries a transfer out


@dataclass(frozen=True)
class RoutesPlan:
    """How much is carried."""

    worlds: int = 10
    transfers: int = 50  # in each world
    hours: int = 48
    seed: int = 1


def simulated_carriers() -> dict[str, Carrier]:
    """All ways to choose routes, in the simulator."""

    def carrier(name: str) -> Carrier:
        return lambda world, transfer: carry(world, transfer, CHOOSERS[name])

    return {**{name: carrier(name) for name in CHOOSERS}, PERFECT: carry_knowing}


def measure_routes(
    say: Callable[[str], None], plan: RoutesPlan | None = None, carriers: Mapping[str, Carrier] | None = None
) -> dict[str, Any]:
    """Success, cost and time of transfers, by who chooses the routes.

    Args:
        say: Is told each row.
        plan: How much is carried.
        carriers: Who carries them, by name.  [default: all of the simulator]
    """
    plan = plan or RoutesPlan()
    made = carriers or simulated_carriers()
    carried: dict[str, list[tuple[Transfer, Carried]]] = {name: [] for name in made}
    bridges: list[int] = []
    first: list[dict[str, Any]] = []
    for number in range(plan.worlds):
        world = World(plan.seed + number, plan.hours)
        bridges.append(len(world.courses))
        for transfer in transfers_of(plan.seed + number, plan.transfers, plan.hours):
            for name, carrier in made.items():
                carried[name].append((transfer, carrier(world, transfer)))
        say(f"world {number + 1} of {plan.worlds} is done")
        if number == 0:
            first = [_row(name, ends) for name, ends in carried.items()]
    return {
        "transfers": plan.worlds * plan.transfers,
        "worlds": plan.worlds,
        "chains": len(CHAINS),
        "bridges": [min(bridges), max(bridges)],
        "seed": plan.seed,
        "first_world": first,  # so that one world can be measured again beside it
        **rows_of(carried, say),
    }


def rows_of(carried: Mapping[str, Sequence[tuple[Transfer, Carried]]], say: Callable[[str], None]) -> dict[str, Any]:
    """A row for each way to choose routes, and what the others cost and take beside the solver."""
    rows = [_row(name, ends) for name, ends in carried.items()]
    for row in rows:
        say(", ".join(f"{key} {value}" for key, value in row.items()))
    return {
        "rows": rows,
        "compared": [_compared(name, carried["solver"], ends) for name, ends in carried.items() if name != "solver"]
        if "solver" in carried
        else [],
    }


def _row(name: str, ends: Sequence[tuple[Transfer, Carried]]) -> dict[str, Any]:
    in_time = [end.is_in_time(transfer.objective) for transfer, end in ends]
    there = [(transfer, end) for transfer, end in ends if end.arrived_at_seconds is not None]
    costs = [cost_bps(end.cost_minor, transfer.objective.amount_minor) for transfer, end in there]
    minutes = [end.arrived_at_seconds / 60 for _, end in there if end.arrived_at_seconds is not None]
    return {
        "name": name,
        "in_time": _share(in_time),
        "arrived": len(there),
        "cost_bps": _mean(costs),
        "minutes": _mean(minutes),
        "legs": round(sum(end.legs for _, end in ends) / len(ends), 2),
        "failed_legs": round(sum(end.failed_legs for _, end in ends) / len(ends), 3),
    }


def _compared(
    name: str, ours: Sequence[tuple[Transfer, Carried]], theirs: Sequence[tuple[Transfer, Carried]]
) -> dict[str, Any]:
    """What another way costs and takes more than the solver, on the transfers that both carried in time."""
    both = [
        (transfer, one, other)
        for (transfer, one), (_, other) in zip(ours, theirs, strict=True)
        if one.is_in_time(transfer.objective) and other.is_in_time(transfer.objective)
    ]
    return {
        "name": name,
        "both_in_time": len(both),
        "only_solver": sum(
            one.is_in_time(transfer.objective) and not other.is_in_time(transfer.objective)
            for (transfer, one), (_, other) in zip(ours, theirs, strict=True)
        ),
        "only_other": sum(
            other.is_in_time(transfer.objective) and not one.is_in_time(transfer.objective)
            for (transfer, one), (_, other) in zip(ours, theirs, strict=True)
        ),
        "more_bps": _mean(
            [
                cost_bps(other.cost_minor - one.cost_minor, transfer.objective.amount_minor)
                for transfer, one, other in both
            ]
        ),
        "more_minutes": _mean(
            [((other.arrived_at_seconds or 0) - (one.arrived_at_seconds or 0)) / 60 for _, one, other in both]
        ),
    }


def _share(held: Sequence[bool]) -> list[float]:
    """A share with its 95 % interval by Wilson."""
    count, part = len(held), sum(held) / len(held)
    z = _SIGMAS**2 / count
    middle, reach = part + z / 2, _SIGMAS * math.sqrt(part * (1 - part) / count + z / (4 * count))
    return [round(value, 4) for value in (part, (middle - reach) / (1 + z), (middle + reach) / (1 + z))]


def _mean(values: Sequence[float]) -> list[float]:
    """A mean with its 95 % interval, as normal."""
    if not values:
        return [0.0, 0.0, 0.0]
    count = len(values)
    mean = sum(values) / count
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, count - 1) / count)
    return [round(value, 2) for value in (mean, mean - _SIGMAS * spread, mean + _SIGMAS * spread)]
