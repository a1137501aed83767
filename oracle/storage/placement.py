"""Decide where files are kept: the cheapest holders that keep every rule.

How exact it is:

- Each file is first placed as if it were alone; files whose rules allow the same share one answer. Where the answers
  fit the nodes' room together, nothing cheaper exists: room that is shared only forbids more.
- Where they do not, up to `MOST_TOGETHER` files go into one model with shared capacity. More are placed in turns, those
  with the fewest candidates first, each turn with the room that earlier ones left.
- `Placement.gap` tells how far the result can be from the cheapest: what the files cost, against the solver's bound or
  what they would cost alone, whichever is more. It is 0 where the result is proven.
- Where not all files of a turn fit, they are placed one after the other, and those left are `Unplaceable`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from oracle.errors import InputError
from oracle.storage.durability import durability
from oracle.storage.file_class import ClassedFile
from oracle.storage.model import FileModel
from oracle.storage.need import MOST_PRICE, Need, latency_ms, need_of
from oracle.storage.node import StorageNode
from oracle.storage.placed import Alternative, Placement, PlacementRules, Unplaceable
from oracle.storage.ranking import ranked
from oracle.storage.reasons import reason
from oracle.storage.remedies import unplaceable

GIB = 2**30
MOST_TOGETHER = 200  # files in one model
_SECONDS_ALONE = 5.0  # deterministic time
_COST_UNITS = 10**9  # parts of a token, for a GiB and month
_MOST_COST = 2**61

_Holders = tuple[int, ...]  # indices of nodes


def place(
    files: Sequence[ClassedFile],
    nodes: Sequence[StorageNode],
    rules: PlacementRules,
    current: Mapping[str, Sequence[str]] | None = None,
    *,
    seek_next_best: bool = True,
) -> tuple[Placement | Unplaceable, ...]:
    """Place files on nodes: pure, and the same on every machine.

    Args:
        files: With names that differ.
        nodes: Those that answer. `used_bytes` is what they keep beside these files.
        rules: Of all files.
        current: Names of the nodes that hold a file now: they come first where others cost the same.
        seek_next_best: Whether to tell the next best set too, which takes as long again.

    Returns:
        For each file its placement, or which rule is in the way.

    Raises:
        InputError: a name is there twice, or a number is none.
    """
    _check(files, nodes, rules)
    held = current or {}
    needs = [need_of(file, rules, held.get(file.facts.name, ())) for file in files]
    places = _Places(nodes, rules)
    choices, gap = places.choose(needs)
    room = places.room(needs, choices)
    answers: list[Placement | Unplaceable] = []
    for file, need, choice in zip(files, needs, choices, strict=True):
        if choice is None:
            answers.append(_why(need, nodes, _with_room(nodes, room), rules))
        else:
            answers.append(places.placement(file, need, choice, room, gap, seek_next_best=seek_next_best))
    return tuple(answers)


def least_costs(
    files: Sequence[ClassedFile], nodes: Sequence[StorageNode], rules: PlacementRules
) -> dict[str, float | None]:
    """What each file would cost a month at least, if it were alone; None where it cannot be placed."""
    _check(files, nodes, rules)
    places = _Places(nodes, rules)
    costs: dict[str, float | None] = {}
    for need in (need_of(file, rules) for file in files):
        holders = places.alone(need)
        costs[need.name] = cost_per_month(need.size_bytes, [nodes[index] for index in holders]) if holders else None
    return costs


class _Places:
    """Nodes, and answers for needs that allow the same."""

    def __init__(self, nodes: Sequence[StorageNode], rules: PlacementRules) -> None:
        self._nodes, self._rules = nodes, rules
        self._gap_alone = 0.0  # the largest of files by themselves
        self._known: dict[object, _Holders | None] = {}

    def choose(self, needs: Sequence[Need]) -> tuple[list[_Holders | None], float]:
        """Holders for each file, and the part of their cost that could at most be saved."""
        alone = [self.alone(need) for need in needs]
        if all(left >= 0 for left in self.room(needs, alone)):
            return alone, self._gap_alone
        found: dict[str, _Holders | None] = {}
        placeable = [need for need, choice in zip(needs, alone, strict=True) if choice is not None]
        order = sorted(placeable, key=lambda need: (self._candidates(need), -need.size_bytes, need.name))
        free, bound = self._free(), 0
        for first in range(0, len(order), MOST_TOGETHER):
            turn = order[first : first + MOST_TOGETHER]
            holders, bound = self._together(turn, free)
            for need, choice in zip(turn, holders, strict=True):
                found[need.name] = choice
                for index in choice or ():
                    free[index] -= need.size_bytes
        chosen = [found.get(need.name) for need in needs]
        kept = [(need, own, got) for need, own, got in zip(needs, alone, chosen, strict=True) if own and got]
        least = sum(self._units(need, own) for need, own, _ in kept)
        if len(order) <= MOST_TOGETHER:
            least = max(least, bound)
        cost = sum(self._units(need, got) for need, _, got in kept)
        return chosen, max(1 - least / cost, self._gap_alone) if cost else self._gap_alone

    def alone(self, need: Need) -> _Holders | None:
        """The cheapest holders of a file that has all the room for itself."""
        return self._alone(need, self._free())

    def room(self, needs: Sequence[Need], choices: Sequence[_Holders | None]) -> list[int]:
        """Bytes that each node has left; less than 0 if it is overfull."""
        taken: Counter[int] = Counter()
        for need, choice in zip(needs, choices, strict=True):
            for index in choice or ():
                taken[index] += need.size_bytes
        return [free - taken[index] for index, free in enumerate(self._free())]

    def placement(
        self,
        file: ClassedFile,
        need: Need,
        choice: _Holders,
        room: Sequence[int],
        gap: float,
        *,
        seek_next_best: bool,
    ) -> Placement:
        """What is told of a file's holders."""
        free = [left + need.size_bytes * (index in choice) for index, left in enumerate(room)]
        other = self._alone(need, free, choice) if seek_next_best else None
        ranks = self._ranks(need)
        held = sorted(choice, key=lambda index: ranks[index])
        chosen = [self._nodes[index] for index in held]
        latency = {region: min(latency_ms(node, region) for node in chosen) for region in need.reading_regions}
        return Placement(
            name=need.name,
            holders=tuple(node.name for node in chosen),
            replication_factor_min=need.least_replicas,
            replication_factor_max=need.most_replicas,
            cost_per_month=cost_per_month(need.size_bytes, chosen),
            durability=durability([node.failure_rate for node in chosen], self._rules.repair_seconds),
            latency_ms=latency,
            reason=reason(file.file_class, need, chosen, self._nodes, self._rules),
            next_best=self._alternative(need, sorted(other, key=lambda index: ranks[index])) if other else None,
            gap=gap,
        )

    def _alternative(self, need: Need, holders: Sequence[int]) -> Alternative:
        nodes = [self._nodes[index] for index in holders]
        return Alternative(tuple(node.name for node in nodes), cost_per_month(need.size_bytes, nodes))

    def _free(self) -> list[int]:
        return [node.free_bytes for node in self._nodes]

    def _candidates(self, need: Need) -> int:
        return sum(need.trusts(node) and need.allows_region(node) for node in self._nodes)

    def _allowed(self, need: Need, fits: Sequence[bool]) -> tuple[_Holders, frozenset[frozenset[int]]]:
        """What the rules of a file come to: nodes that may hold it, and sets of which each must have a holder.

        A set that includes another asks for nothing more and is left out, so that many files come to the same.
        """
        may = tuple(
            index
            for index, node in enumerate(self._nodes)
            if fits[index] and need.trusts(node) and need.allows_region(node)
        )
        near = {
            frozenset(index for index in may if need.near(self._nodes[index], region))
            for region in need.reading_regions
        } - {frozenset(may)}
        return may, frozenset(each for each in near if not any(other < each for other in near))

    def _ranks(self, need: Need) -> list[int]:
        order = {node.name: rank for rank, node in enumerate(ranked(self._nodes, need.held_by))}
        return [order[node.name] for node in self._nodes]

    def _alone(self, need: Need, free: Sequence[int], but: _Holders | None = None) -> _Holders | None:
        """The cheapest holders of one file, other than a set of them."""
        fits = tuple(need.size_bytes <= left for left in free)
        key = (*self._allowed(need, fits), need.least_replicas, need.most_replicas, need.held_by, but)
        if key not in self._known:
            nodes = _with_room(self._nodes, [need.size_bytes if each else need.size_bytes - 1 for each in fits])
            model = FileModel(nodes, self._rules)
            model.add(need)
            if but is not None:
                model.forbid(but)
            beyond_ranks = len(nodes) ** 2 + 1  # more than all ranks together
            weights = [p * beyond_ranks + rank for p, rank in zip(self._prices(need), self._ranks(need), strict=True)]
            model.model.minimize(sum(weight * x for weight, x in zip(weights, model.held[0], strict=True)))
            answer = model.solve(_SECONDS_ALONE)
            self._known[key] = None if answer is None else answer.holders[0]
            if answer is not None and answer.value > answer.bound and but is None:  # only of very many nodes
                self._gap_alone = max(self._gap_alone, 1 - answer.bound / answer.value)
        return self._known[key]

    def _units(self, need: Need, holders: _Holders) -> int:
        """What holders of a file count as, in billionths of a token a month."""
        prices = self._prices(need)
        return sum(need.size_bytes * prices[index] // GIB for index in holders)

    def _prices(self, need: Need) -> list[int]:
        """Of each node for a file, in billionths of a token for a GiB and month."""
        dearer = 1 + self._rules.loyalty * bool(need.held_by)
        return [
            round(node.price_per_gib_month * _COST_UNITS * (1 if node.name in need.held_by else dearer))
            for node in self._nodes
        ]

    def _together(self, needs: Sequence[Need], free: Sequence[int]) -> tuple[list[_Holders | None], int]:
        """Holders of files that share room, and a bound on their cost; in turn if they do not fit together."""
        model = FileModel(_with_room(self._nodes, free), self._rules)
        for need in needs:
            model.add(need)
        model.share_capacity()
        first = self._in_turn(needs, free)
        for number, holders in enumerate(first):
            if holders is not None:
                model.suggest(number, holders)
        costs = [[self._units(need, (index,)) for index in range(len(self._nodes))] for need in needs]
        if sum(map(sum, costs)) > _MOST_COST:
            raise InputError("these files cost more than a model can add up: place fewer of them at a time")
        model.model.minimize(
            sum(c * x for row, held in zip(costs, model.held, strict=True) for c, x in zip(row, held, strict=True))
        )
        answer = model.solve(self._rules.search_seconds)
        return (first, 0) if answer is None else (list(answer.holders), answer.bound)

    def _in_turn(self, needs: Sequence[Need], free: Sequence[int]) -> list[_Holders | None]:
        left, found = list(free), list[_Holders | None]()
        for need in needs:
            holders = self._alone(need, left)
            found.append(holders)
            for index in holders or ():
                left[index] -= need.size_bytes
        return found


def _why(need: Need, nodes: Sequence[StorageNode], left: Sequence[StorageNode], rules: PlacementRules) -> Unplaceable:
    """What is in the way on these nodes, or if they would do, on what other files left of them."""
    return (
        unplaceable(need, nodes, rules)
        or unplaceable(need, left, rules)
        or Unplaceable(need.name, ("capacity",), "other files took the room, though not all of it: place it again")
    )


def _with_room(nodes: Sequence[StorageNode], free: Sequence[int]) -> list[StorageNode]:
    return [
        replace(node, capacity_bytes=max(left, 0), used_bytes=min(0, left))
        for node, left in zip(nodes, free, strict=True)
    ]


def cost_per_month(size_bytes: int, holders: Sequence[StorageNode]) -> float:
    """What holders ask for a file, in whole tokens."""
    return sum(node.price_per_gib_month for node in holders) * size_bytes / GIB


def _check(files: Sequence[ClassedFile], nodes: Sequence[StorageNode], rules: PlacementRules) -> None:
    for what, names in (("file", [f.facts.name for f in files]), ("node", [node.name for node in nodes])):
        twice = [name for name, times in Counter(names).items() if times > 1]
        if twice:
            raise InputError(f"{what} {twice[0]} is there twice; give each its own name")
    for node in nodes:
        if not 0 <= node.price_per_gib_month <= MOST_PRICE or not node.failure_rate >= 0:
            raise InputError(f"node {node.name}: its price must be 0 to {MOST_PRICE:g}, its failure rate 0 or more")
    if not 0 < rules.least_durability < 1 or not rules.repair_seconds > 0:
        raise InputError("the rules need a durability between 0 and 1, and a time of repair above 0")
