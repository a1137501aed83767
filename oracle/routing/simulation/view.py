"""What a client knows of a simulated world: fees and liquidity with a lag, and other people's legs once they ended.

A leg that fails is noticed before its refund: it stalls, and that is seen once it has taken STALLED times the time that
is usual on its bridge.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from oracle.routing.estimation import Observation, Prior, estimate, with_estimate
from oracle.routing.graph import Graph
from oracle.routing.simulation.world import CHAINS, SLOT_SECONDS, USDC, World, bridge_at

LAG_SECONDS = 180.0
HALF_LIFE_SECONDS = 1_800.0
STALLED = 4.0  # times the usual latency
_REMEMBERED_SECONDS = 4 * HALF_LIFE_SECONDS


@dataclass
class View:
    """The conditions as one client sees them."""

    world: World
    own: dict[str, list[Observation]] = field(default_factory=lambda: defaultdict(list))

    def at(self, now_seconds: float) -> Graph:
        """The graph as it seems now."""
        bridges = []
        for course in self.world.courses.values():
            prior = Prior(latency_seconds=course.usual_seconds)
            seen = [*self._public(course.name, now_seconds), *self.own[course.name]]
            found = estimate(seen, now_seconds, prior, HALF_LIFE_SECONDS)
            bridges.append(with_estimate(bridge_at(course, now_seconds - LAG_SECONDS), found))
        return Graph(CHAINS, (USDC,), tuple(bridges))

    def saw(self, bridge: str, observation: Observation) -> None:
        """Remember how an own leg ended."""
        self.own[bridge].append(observation)

    def _public(self, name: str, now_seconds: float) -> list[Observation]:
        course = self.world.courses[name]
        first, last = course.slot(now_seconds - _REMEMBERED_SECONDS), course.slot(now_seconds)
        seen = []
        for at in first + np.flatnonzero(course.is_public[first:last]):
            start = float(at) * SLOT_SECONDS
            if course.fails[at]:
                seen.append(Observation(start + STALLED * course.usual_seconds, None))
            else:
                latency = float(course.latency_seconds[at])
                seen.append(Observation(start + latency, latency))
        return [each for each in seen if each.ended_at_seconds <= now_seconds - LAG_SECONDS]
