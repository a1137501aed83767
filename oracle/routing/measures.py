"""What a route comes to in each measure, and in the one number that solving minimises.

    cost        fees in hundredths of a percent of the amount
    time        minutes until the last part has arrived, on average
    risk        minutes that money is held by legs that fail, on average, by each unit of the amount:
                Σ over legs of (part of the amount) · (1 − success) · (minutes until the refund)
    score       w_cost · cost + w_time · time + w_risk · risk + UNPREFERRED where nothing preferred is used

So a weight of one says that a hundredth of a percent, a minute of waiting, and a minute of held money are worth the
same. Each measure grows with every leg; solving relies on it.

p95 of a route takes legs as independent and their sum as normal (σ = (p95 − mean) / 1.645), so that 1.645 cancels:

    p95 = Σ mean + √(Σ (p95 − mean)²)
"""

import math
from collections.abc import Sequence

from oracle.routing.graph import WHOLE_BPS, Bridge
from oracle.routing.objective import Objective
from oracle.routing.route import Choice, Leg, Route

UNPREFERRED = 10.0  # of the score: what a preferred chain or bridge may cost more, at weights of one
MINUTE_SECONDS = 60.0
_DIGITS = 9  # of a score: what differs by less is equal, and names decide


def route_of(bridges: Sequence[Bridge], amount_minor: int) -> Route | None:
    """An amount sent by bridges in a row; None where one cannot pay it out."""
    legs = []
    for bridge in bridges:
        paid = bridge.paid_minor(amount_minor)
        if paid is None:
            return None
        legs.append(Leg(bridge, amount_minor, paid))
        amount_minor = paid
    return Route(tuple(legs))


def cost_bps(cost_minor: int, amount_minor: int) -> float:
    """Fees as a part of the amount."""
    return WHOLE_BPS * cost_minor / amount_minor


def mean_seconds(route: Route) -> float:
    """Mean time until a route has arrived."""
    return sum(leg.bridge.latency_mean_seconds for leg in route.legs)


def p95_seconds(route: Route) -> float:
    """Time that a route keeps to by 95 %."""
    spread = sum((leg.bridge.latency_p95_seconds - leg.bridge.latency_mean_seconds) ** 2 for leg in route.legs)
    return mean_seconds(route) + math.sqrt(spread)


def held_seconds(leg: Leg) -> float:
    """Mean time that a leg holds money because it failed."""
    return (1 - leg.bridge.success) * leg.bridge.refund_seconds


def risk_seconds(routes: Sequence[Route], amount_minor: int) -> float:
    """Mean time that money is held by failed legs, by each unit of the amount."""
    return sum(held_seconds(leg) * leg.amount_in_minor / amount_minor for route in routes for leg in route.legs)


def unpreferred(route: Route, objective: Objective) -> float:
    """What is added to the score of a route that uses nothing preferred; 0 where nothing is preferred."""
    used = objective.prefer.intersection((*route.chains, *route.names))
    return UNPREFERRED if objective.prefer and not used else 0.0


def part_score(route: Route, objective: Objective) -> float:
    """What a route that carries a part of the amount adds to the score, but for time."""
    amount = objective.amount_minor
    share = route.amount_in_minor / amount
    return (
        objective.weight_cost * cost_bps(route.cost_minor, amount)
        + objective.weight_risk * risk_seconds([route], amount) / MINUTE_SECONDS
        + share * unpreferred(route, objective)
    )


def time_score(seconds: float, objective: Objective) -> float:
    """What time adds to the score."""
    return objective.weight_time * seconds / MINUTE_SECONDS


def choice_of(routes: Sequence[Route], objective: Objective) -> Choice:
    """Routes whose amounts sum to that of the objective, with what they come to."""
    seconds = max(mean_seconds(route) for route in routes)
    score = time_score(seconds, objective) + sum(part_score(route, objective) for route in routes)
    return Choice(
        routes=tuple(sorted(routes, key=lambda route: (-route.amount_in_minor, route.names))),
        cost_minor=sum(route.cost_minor for route in routes),
        seconds=seconds,
        p95_seconds=max(p95_seconds(route) for route in routes),
        risk_seconds=risk_seconds(routes, objective.amount_minor),
        success=math.prod(leg.bridge.success for route in routes for leg in route.legs),
        score=score,
    )


def rank(choice: Choice) -> tuple[float, int, tuple[tuple[str, ...], ...]]:
    """What choices are ordered by: score, then number of legs, then names."""
    legs = sum(len(route.legs) for route in choice.routes)
    return (round(choice.score, _DIGITS), legs, tuple(route.names for route in choice.routes))


def is_in_time(route: Route, objective: Objective) -> bool:
    """Whether a route keeps to the deadline by 95 %, if its legs succeed."""
    return objective.deadline_seconds is None or p95_seconds(route) <= objective.deadline_seconds
