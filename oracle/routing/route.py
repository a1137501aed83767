"""Routes, and a plan of one or several of them, with what they cost, take and risk."""

from dataclasses import dataclass

from oracle.routing.graph import Bridge
from oracle.routing.objective import Objective


@dataclass(frozen=True)
class Leg:
    """One bridge, crossed with one amount."""

    bridge: Bridge
    amount_in_minor: int
    amount_out_minor: int

    @property
    def expected_seconds(self) -> float:
        """Mean time until it is paid out."""
        return self.bridge.latency_mean_seconds

    @property
    def p95_seconds(self) -> float:
        """Time that 95 of 100 legs keep to."""
        return self.bridge.latency_p95_seconds

    @property
    def success(self) -> float:
        """Chance that it is paid out, and not refunded."""
        return self.bridge.success


@dataclass(frozen=True)
class Route:
    """Legs from source to target, one after the other."""

    legs: tuple[Leg, ...]

    @property
    def amount_in_minor(self) -> int:
        """What leaves the source."""
        return self.legs[0].amount_in_minor

    @property
    def amount_out_minor(self) -> int:
        """What reaches the target."""
        return self.legs[-1].amount_out_minor

    @property
    def cost_minor(self) -> int:
        """All fees."""
        return self.amount_in_minor - self.amount_out_minor

    @property
    def chains(self) -> tuple[str, ...]:
        """All chains on the way, source and target among them."""
        return (self.legs[0].bridge.source, *(leg.bridge.target for leg in self.legs))

    @property
    def names(self) -> tuple[str, ...]:
        """The bridges on the way."""
        return tuple(leg.bridge.name for leg in self.legs)


@dataclass(frozen=True)
class Choice:
    """One way to serve an objective: routes whose amounts sum to its amount, and what they come to."""

    routes: tuple[Route, ...]  # the largest first
    cost_minor: int
    seconds: float  # mean time until the last route has arrived
    p95_seconds: float  # that the last route keeps to by 95 %
    risk_seconds: float  # mean time that money is held by legs that failed, by each unit of the amount
    success: float  # chance that no leg fails
    score: float  # what solving minimises (`oracle.routing.measures`)

    @property
    def shares(self) -> tuple[float, ...]:
        """Part of the amount that each route carries."""
        whole = sum(route.amount_in_minor for route in self.routes)
        return tuple(route.amount_in_minor / whole for route in self.routes)


@dataclass(frozen=True)
class Plan:
    """The best choice for an objective, and why it is."""

    objective: Objective
    best: Choice
    alternatives: tuple[Choice, ...]  # the next two, if there are
    reason: str

    @property
    def routes(self) -> tuple[Route, ...]:
        """Of the best choice."""
        return self.best.routes

    @property
    def cost_minor(self) -> int:
        """Of the best choice."""
        return self.best.cost_minor

    @property
    def seconds(self) -> float:
        """Of the best choice."""
        return self.best.seconds

    @property
    def risk_seconds(self) -> float:
        """Of the best choice."""
        return self.best.risk_seconds
