"""A plan in words: which way, what it comes to, why this one, and what the next two would have cost."""

from collections.abc import Sequence
from fractions import Fraction

from oracle.routing.graph import Graph
from oracle.routing.measures import MINUTE_SECONDS, UNPREFERRED, cost_bps, unpreferred
from oracle.routing.objective import Objective
from oracle.routing.route import Choice, Route

_MOST_SHOWN_SECONDS = 600  # beyond, times are told in minutes
_TELLING = 0.05  # of a score: what differs by less is no reason


def amount_in_words(amount_minor: int, decimals: int, asset: str) -> str:
    """An amount in units of the asset, without zeros at its end: "1 200.5 USDC"."""
    whole, part = divmod(amount_minor, 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{whole:,}".replace(",", " ") + (f".{digits}" if digits else "") + f" {asset}"


def seconds_in_words(seconds: float) -> str:
    """A time, in seconds or minutes."""
    return f"{seconds:.0f} s" if seconds < _MOST_SHOWN_SECONDS else f"{seconds / MINUTE_SECONDS:.0f} min"


def reason_of(found: Sequence[Choice], graph: Graph, objective: Objective) -> str:
    """Why the first of some choices is the best, and what the next ones would have cost."""
    best, *others = found
    decimals = graph.decimals(objective.asset)
    sentences = [
        f"{_way(best)}: {_comes_to(best, decimals, objective)}.",
        *_on_deadline(best, objective),
        *_on_split(best),
    ]
    if not others:
        sentences.append("There is no other way.")
    for place, other in zip(("next best", "third"), others, strict=False):
        sentences.append(
            f"The {place}, {_way(other)}, would have come to {_comes_to(other, decimals, objective)}"
            f"{_against(best, other, objective)}."
        )
    return " ".join(sentences)


def _way(choice: Choice) -> str:
    if len(choice.routes) == 1:
        return _route(choice.routes[0])
    shares = [f"{100 * share:.0f} % {_route(route)}" for share, route in zip(choice.shares, choice.routes, strict=True)]
    return " and ".join(shares)


def _route(route: Route) -> str:
    ways = [f"{leg.bridge.name} to {leg.bridge.target}" for leg in route.legs]
    return f"from {route.chains[0]} by {', '.join(ways)}"


def _comes_to(choice: Choice, decimals: int, objective: Objective) -> str:
    cost = amount_in_words(choice.cost_minor, decimals, objective.asset)
    bps = cost_bps(choice.cost_minor, objective.amount_minor)
    return (
        f"{cost} in fees ({bps / 100:.2f} %), {seconds_in_words(choice.seconds)} on average "
        f"({seconds_in_words(choice.p95_seconds)} at p95), {100 * choice.success:.1f} % chance that no leg fails"
    )


def _on_deadline(choice: Choice, objective: Objective) -> list[str]:
    if objective.deadline_seconds is None:
        return []
    left = objective.deadline_seconds - choice.p95_seconds
    return [
        f"It keeps to the deadline of {seconds_in_words(objective.deadline_seconds)} by 95 %, "
        f"with {seconds_in_words(left)} to spare."
    ]


def _on_split(choice: Choice) -> list[str]:
    return ["The amount is split, since liquidity keeps the best route from carrying it whole."] * (
        len(choice.routes) > 1
    )


def _against(best: Choice, other: Choice, objective: Objective) -> str:
    """What decided, by the weights; the largest difference first."""
    amount = objective.amount_minor
    differences = {
        "its fees": objective.weight_cost * cost_bps(other.cost_minor - best.cost_minor, amount),
        "its time": objective.weight_time * (other.seconds - best.seconds) / MINUTE_SECONDS,
        "its risk": objective.weight_risk * (other.risk_seconds - best.risk_seconds) / MINUTE_SECONDS,
        "not being preferred": _unpreferred(other, objective) - _unpreferred(best, objective),
    }
    against = [name for name, gain in sorted(differences.items(), key=lambda each: -each[1]) if gain > _TELLING]
    favour = [name for name, gain in sorted(differences.items(), key=lambda each: each[1]) if gain < -_TELLING]
    if not against:
        return "; by the weights given, it is as good"
    words = f"; it loses by {' and '.join(against)}"
    return words + (f", though {' and '.join(favour)} would be better" if favour else "")


def _unpreferred(choice: Choice, objective: Objective) -> float:
    """Part of UNPREFERRED that a choice bears."""
    borne = Fraction(0)
    for route in choice.routes:
        if unpreferred(route, objective):
            borne += Fraction(route.amount_in_minor, objective.amount_minor)
    return UNPREFERRED * float(borne)
