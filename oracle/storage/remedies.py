"""Which rule is in the way of a file that cannot be placed, and the nearest that would do.

Rules are left out one at a time, then two together, and so on, in the order of `need.RULES`: the first set without
which the file can be placed is in the way. For one rule alone, the remedy is the least change of it that is enough.
"""

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from oracle.storage.model import FileModel, ln_loss_of
from oracle.storage.need import RULES, Need, Rule, latency_ms
from oracle.storage.node import StorageNode
from oracle.storage.placed import PlacementRules, Unplaceable

_SECONDS = 5.0  # deterministic, for a file alone: far more than it takes


def unplaceable(need: Need, nodes: Sequence[StorageNode], rules: PlacementRules) -> Unplaceable | None:
    """Why a file cannot be placed on these nodes; None if it can."""
    for count in range(len(RULES) + 1):
        for without in combinations(RULES, count):
            if not _can(need, nodes, rules, without):
                continue
            if count == 0:
                return None
            if count == 1:
                words, limit = _REMEDIES[without[0]](need, nodes, rules)
                return Unplaceable(need.name, without, words, limit)
            words = f"each of these rules would have to give way: {', '.join(without)}; add nodes, or loosen them"
            return Unplaceable(need.name, without, words)
    return Unplaceable(need.name, RULES, "there is no node; add one")


def _can(need: Need, nodes: Sequence[StorageNode], rules: PlacementRules, without: Sequence[Rule]) -> bool:
    model = FileModel(nodes, rules)
    model.add(need, without)
    return model.solve(_SECONDS) is not None


_Remedy = tuple[str, float | None]


def _least(need: Need, nodes: Sequence[StorageNode], rules: PlacementRules, rule: Rule, terms: Any) -> Any:
    """The answer without a rule that has the least of what `terms` makes of the model."""
    model = FileModel(nodes, rules)
    model.add(need, [rule])
    model.model.minimize(terms(model))
    return model.solve(_SECONDS)


def _latency(need: Need, nodes: Sequence[StorageNode], rules: PlacementRules) -> _Remedy:
    limits = sorted({latency_ms(node, region) for node in nodes for region in need.reading_regions})
    for limit in limits:
        if limit > need.latency_limit_ms and math.isfinite(limit):
            model = FileModel(nodes, rules)
            model.add(_with_limit(need, limit))
            if model.solve(_SECONDS) is not None:
                return f"readers wait up to {limit:g} ms and not {need.latency_limit_ms:g}: allow that", limit
    unknown = [region for region in need.reading_regions if all(math.isinf(latency_ms(n, region)) for n in nodes)]
    where = " and ".join(unknown or need.reading_regions)
    return f"no node that may hold it was ever measured from {where}: measure one, or add one", None


def _with_limit(need: Need, limit: float) -> Need:
    return Need(**{**need.__dict__, "latency_limit_ms": limit})


def _replicas(need: Need, nodes: Sequence[StorageNode], rules: PlacementRules) -> _Remedy:
    def count(model: FileModel) -> Any:
        least, most = need.least_replicas, need.most_replicas
        return sum(max(number - most, least - number, 0) * each for number, each in model.counts[0].items())

    found = len(_least(need, nodes, rules, "replication factor", count).holders[0])
    bound = f"at most {need.most_replicas}" if found > need.most_replicas else f"at least {need.least_replicas}"
    return f"it can be kept {found} times, and the wish is {bound}: allow {found}", None


def _durability(need: Need, nodes: Sequence[StorageNode], rules: PlacementRules) -> _Remedy:
    def loss(model: FileModel) -> Any:
        return model.ln_loss(model.held[0], model.counts[0])

    answer = _least(need, nodes, rules, "durability", loss)
    chance = math.exp(ln_loss_of(answer.value))
    return (
        f"the nodes that may hold it lose it with a chance of {chance:.2g} a year at best, and "
        f"{-math.log(rules.least_durability):.2g} is allowed: allow that, more replicas, or a faster repair",
        None,
    )


def _capacity(need: Need, nodes: Sequence[StorageNode], rules: PlacementRules) -> _Remedy:
    def short(model: FileModel) -> Any:
        return sum(max(need.size_bytes - n.free_bytes, 0) * x for n, x in zip(nodes, model.held[0], strict=True))

    holders = _least(need, nodes, rules, "capacity", short).holders[0]
    lacks = [
        f"{nodes[index].name} {need.size_bytes - nodes[index].free_bytes} bytes"
        for index in holders
        if need.size_bytes > nodes[index].free_bytes
    ]
    return f"room is lacking on {', '.join(lacks)}: make that room", None


def _privacy(need: Need, nodes: Sequence[StorageNode], rules: PlacementRules) -> _Remedy:
    return f"{_named(need, nodes, rules, 'privacy', need.trusts)} would have to be trusted with personal data", None


def _regions(need: Need, nodes: Sequence[StorageNode], rules: PlacementRules) -> _Remedy:
    names = _named(need, nodes, rules, "regions", need.allows_region)
    allowed = ", ".join(sorted(need.regions_allowed or ())) or "no region"
    return f"{names} would have to be allowed beside {allowed}", None


def _named(
    need: Need, nodes: Sequence[StorageNode], rules: PlacementRules, rule: Rule, may: Callable[[StorageNode], bool]
) -> str:
    """The fewest nodes that the rule forbids and that would do."""

    def forbidden(model: FileModel) -> Any:
        return sum(x for node, x in zip(nodes, model.held[0], strict=True) if not may(node))

    holders = _least(need, nodes, rules, rule, forbidden).holders[0]
    return ", ".join(f"{nodes[i].name} ({nodes[i].region})" for i in holders if not may(nodes[i]))


_REMEDIES: dict[Rule, Callable[[Need, Sequence[StorageNode], PlacementRules], _Remedy]] = {
    "latency": _latency,
    "replication factor": _replicas,
    "durability": _durability,
    "capacity": _capacity,
    "privacy": _privacy,
    "regions": _regions,
}
