"""The rules of a placement as a model for OR-tools' CP-SAT, and its answers.

For file f and node i, x[f, i] says whether i holds f; y[f, k] says whether k nodes do. With n nodes:

    Σ_i x[f,i] = Σ_k k·y[f,k],  Σ_k y[f,k] = 1              replicas, between the least and the most
    x[f,i] = 0                                               where privacy, region or size forbid it
    Σ_{i near r} x[f,i] ≥ 1  for every region r that reads   latency
    Σ_i ln(λ_i T)·x[f,i] + Σ_k ln(k/T)·y[f,k] ≤ ln L         durability: loss rate (`durability`) at most L a year
    Σ_f size_f·x[f,i] ≤ free_i                               capacity, which files share
    minimise  Σ price_i·size_f·x[f,i],  then the sum of the holders' ranks

Numbers are integers: logarithms in millionths rounded up and their bound rounded down, so that no answer breaks a rule
by rounding. One worker, a fixed seed and limits in deterministic time give the same answer on every machine.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from oracle.storage.durability import ln_chance, ln_times
from oracle.storage.need import Need, Rule
from oracle.storage.node import StorageNode
from oracle.storage.placed import PlacementRules

_LN_UNITS = 1_000_000
NO_RULES: frozenset[Rule] = frozenset()


@dataclass(frozen=True)
class Answer:
    """What the solver found."""

    holders: tuple[tuple[int, ...], ...]  # of each file: indices of nodes
    value: int  # of what was minimised
    bound: int  # that no answer is below


class FileModel:
    """A model under construction: files are added, then it is solved."""

    def __init__(self, nodes: Sequence[StorageNode], rules: PlacementRules) -> None:
        self._nodes, self._rules = nodes, rules
        self.model = cp_model.CpModel()
        self.held: list[list[Any]] = []  # of each file and node: a Boolean variable
        self.counts: list[dict[int, Any]] = []  # of each file and number of replicas: another
        self._sizes: list[int] = []

    def add(self, need: Need, without: Collection[Rule] = NO_RULES) -> None:
        """Add a file by its rules, less those it is to be free of."""
        number = len(self.held)
        held = [self.model.new_bool_var(f"x{number}_{index}") for index in range(len(self._nodes))]
        self.held.append(held)
        self._sizes.append(need.size_bytes)
        for node, variable in zip(self._nodes, held, strict=True):
            if (
                ("privacy" not in without and not need.trusts(node))
                or ("regions" not in without and not need.allows_region(node))
                or ("capacity" not in without and need.size_bytes > node.free_bytes)
            ):
                self.model.add(variable == 0)
        if "latency" not in without:
            for region in need.reading_regions:
                self.model.add_bool_or(
                    [each for node, each in zip(self._nodes, held, strict=True) if need.near(node, region)]
                )
        counts = self._count(held, need, without)
        if "durability" not in without:
            self.model.add(self.ln_loss(held, counts) <= most_ln_loss(self._rules))

    def share_capacity(self) -> None:
        """Let no node hold more than it has room for."""
        for index, node in enumerate(self._nodes):
            self.model.add(
                sum(size * held[index] for size, held in zip(self._sizes, self.held, strict=True)) <= node.free_bytes
            )

    def forbid(self, holders: Collection[int]) -> None:
        """Exclude one set of holders of the file that was added last."""
        self.model.add_bool_or(
            [each.negated() if index in holders else each for index, each in enumerate(self.held[-1])]
        )

    def ln_loss(self, held: Sequence[Any], counts: Mapping[int, Any]) -> Any:
        """Logarithm of a file's loss rate in millionths, rounded up."""
        seconds = self._rules.repair_seconds
        return sum(
            _units(ln_chance(node.failure_rate, seconds)) * each for node, each in zip(self._nodes, held, strict=True)
        ) + sum(_units(ln_times(count, seconds)) * each for count, each in counts.items())

    def suggest(self, number: int, holders: Collection[int]) -> None:
        """Let the search begin with these holders of a file."""
        for index, each in enumerate(self.held[number]):
            self.model.add_hint(each, int(index in holders))

    def solve(self, deterministic_seconds: float) -> Answer | None:
        """The answer; None if there is none, or none was found in time."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = deterministic_seconds
        solver.solve(self.model)
        if solver.status_name() not in {"OPTIMAL", "FEASIBLE"}:
            return None
        return Answer(
            tuple(tuple(index for index, each in enumerate(held) if solver.value(each)) for held in self.held),
            *(
                _whole(each) if self.model.has_objective() else 0
                for each in (solver.objective_value, solver.best_objective_bound)
            ),
        )

    def _count(self, held: Sequence[Any], need: Need, without: Collection[Rule]) -> dict[int, Any]:
        least, most = need.least_replicas, min(need.most_replicas, len(self._nodes))
        if "replication factor" in without:
            least, most = 1, len(self._nodes)
        counts = {count: self.model.new_bool_var(f"y{len(self.held)}_{count}") for count in range(least, most + 1)}
        self.model.add_exactly_one(counts.values())
        self.model.add(sum(held) == sum(count * each for count, each in counts.items()))
        self.counts.append(counts)
        return counts


def most_ln_loss(rules: PlacementRules) -> int:
    """Logarithm of the greatest loss rate that the rules allow, in millionths, rounded down."""
    return math.floor(math.log(-math.log(rules.least_durability)) * _LN_UNITS)


def ln_loss_of(units: int) -> float:
    """A logarithm of the solver's as a number."""
    return units / _LN_UNITS


def _whole(value: float) -> int:
    return math.ceil(value - 1e-6)


def _units(logarithm: float) -> int:
    return math.ceil(logarithm * _LN_UNITS)
