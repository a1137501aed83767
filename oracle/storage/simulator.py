"""A world of nodes and readers for what decides where files are: the same code as live, and time that is made up.

Nodes fail at their true rates, lose all that they keep, and come back empty. What decides sees only what is measured:
answers to readers, failures so far, and whether a node is silent. A copy takes time, serves nobody until it is there,
and is lost with its last source. Everything follows from the world, which is drawn of a seed before.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from oracle.storage.access import MONTH_SECONDS, ReadCounts
from oracle.storage.durability import YEAR_SECONDS, loss_rate
from oracle.storage.following import Cause, Moved
from oracle.storage.metrics import LOST_SECONDS, Seen, measured
from oracle.storage.node import StorageNode
from oracle.storage.placement import GIB

TIMEOUT_MS = 10_000.0  # what a reader waits for a file that nobody has
_READ, _FAIL, _BACK, _COPIED, _DECIDE = range(5)


@dataclass(frozen=True)
class Read:
    """A reader of a region asks for a file."""

    at_seconds: float
    name: str
    region: str
    noise: float  # times the true latency


@dataclass(frozen=True)
class World:
    """What will happen, whatever is decided."""

    nodes: tuple[StorageNode, ...]  # with true latency and failure rates
    sizes: Mapping[str, int]
    reads: tuple[Read, ...]
    failures: tuple[tuple[float, str], ...]  # time and node
    seconds: float
    away_seconds: float  # until a node that failed is back, empty
    copy_seconds: float
    decide_every_seconds: float


@dataclass(frozen=True)
class View:
    """What can be known at a moment."""

    now_seconds: float
    nodes: tuple[StorageNode, ...]  # that are not lost, as measured
    holders: Mapping[str, tuple[str, ...]]  # as decided, those who are lost since included
    counts: Mapping[str, ReadCounts]
    moved: tuple[Moved, ...]


@dataclass(frozen=True)
class Step:
    """A copy, a drop, or both."""

    name: str
    cause: Cause
    to: str | None
    leaves: str | None


Decide = Callable[[View], Sequence[Step]]


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    latency_ms: tuple[float, ...]  # of each read, in their order
    cost_per_month: float  # mean over the time
    replicas: float  # mean number of copies of a file
    copies: int  # beside those of the beginning
    lost: int  # files that no node had any more
    loss_rate: float  # of a file, a year: mean of the model's over files and time


@dataclass
class _State:
    world: World
    holders: dict[str, list[str]]  # as decided
    serving: dict[str, set[str]]  # who has the bytes
    seen: dict[str, Seen]
    counts: dict[str, ReadCounts]
    away: set[str] = field(default_factory=set)
    moved: list[Moved] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    copies: int = 0
    at_seconds: float = 0.0
    cost: float = 0.0
    copy_seconds: float = 0.0
    losses: float = 0.0


def simulate(world: World, first: Mapping[str, Sequence[str]], decide: Decide) -> Outcome:
    """Run a world from a first placement on."""
    state = _State(
        world,
        {name: list(held) for name, held in first.items()},
        {name: set(held) for name, held in first.items()},
        {node.name: Seen(0.0, 0.0, 0, dict(node.latency_ms)) for node in world.nodes},
        {name: ReadCounts(0.0, 0.0) for name in world.sizes},
    )
    events: list[tuple[float, int, int, object]] = []
    number = 0
    for read in world.reads:
        events.append((read.at_seconds, number := number + 1, _READ, read))
    for at, name in world.failures:
        events.append((at, number := number + 1, _FAIL, name))
        events.append((at + LOST_SECONDS, number := number + 1, _DECIDE, None))
    at = world.decide_every_seconds
    while at < world.seconds:
        events.append((at, number := number + 1, _DECIDE, None))
        at += world.decide_every_seconds
    heapq.heapify(events)
    true = {node.name: node for node in world.nodes}
    while events and events[0][0] <= world.seconds:
        at, _, kind, what = heapq.heappop(events)
        if kind == _READ and isinstance(what, Read):
            _read(state, what, true)
            continue
        _pass(state, at, true)
        if kind == _FAIL and isinstance(what, str) and what not in state.away:
            _fail(state, what)
            heapq.heappush(events, (at + world.away_seconds, number := number + 1, _BACK, what))
        elif kind == _BACK and isinstance(what, str):
            state.away.discard(what)
        elif kind == _COPIED and isinstance(what, Step):
            _copied(state, what)
        elif kind == _DECIDE:
            for step in decide(_view(state, at, true)):
                if _begin(state, step, at):
                    heapq.heappush(events, (at + world.copy_seconds, number := number + 1, _COPIED, step))
    _pass(state, world.seconds, true)
    months = world.seconds / MONTH_SECONDS
    return Outcome(
        tuple(state.latency_ms),
        state.cost / months,
        state.copy_seconds / world.seconds / len(world.sizes),
        state.copies,
        len(state.lost),
        state.losses / world.seconds / len(world.sizes),
    )


def _read(state: _State, read: Read, true: Mapping[str, StorageNode]) -> None:
    state.counts[read.name] = state.counts[read.name].with_read(read.region, read.at_seconds)
    able = [true[name] for name in state.serving[read.name]]
    if not able:
        state.latency_ms.append(TIMEOUT_MS)
        return
    nearest = min(able, key=lambda node: (node.latency_ms[read.region], node.name))
    waited = nearest.latency_ms[read.region] * read.noise
    state.latency_ms.append(waited)
    state.seen[nearest.name] = state.seen[nearest.name].with_answer(read.region, waited, read.at_seconds)


def _pass(state: _State, at: float, true: Mapping[str, StorageNode]) -> None:
    """Count what the time since the last event cost, by who had what."""
    span = at - state.at_seconds
    state.at_seconds = at
    for name, held in state.serving.items():
        if not held:
            continue
        state.cost += (
            sum(true[n].price_per_gib_month for n in held) * state.world.sizes[name] / GIB * span / MONTH_SECONDS
        )
        state.copy_seconds += len(held) * span
        rates = [true[n].failure_rate for n in held]
        state.losses += min(loss_rate(rates, LOST_SECONDS + state.world.copy_seconds), YEAR_SECONDS) * span


def _fail(state: _State, node: str) -> None:
    state.away.add(node)
    state.seen[node] = state.seen[node].with_failure()
    for name, held in state.serving.items():
        if node in held:
            held.discard(node)
            if not held:
                state.lost.add(name)


def _view(state: _State, at: float, true: Mapping[str, StorageNode]) -> View:
    there = [node for node in true.values() if node.name not in state.away]
    holders = {name: tuple(held) for name, held in state.holders.items() if name not in state.lost}
    return View(
        at,
        tuple(measured(node, state.seen[node.name], at) for node in there),
        holders,
        {name: counts.at(at) for name, counts in state.counts.items()},
        tuple(state.moved),
    )


def _begin(state: _State, step: Step, at: float) -> bool:
    """Note a step that is decided; whether it takes time until a copy is there."""
    held = state.holders[step.name]
    state.holders[step.name] = [each for each in held if each not in state.away and each != step.leaves]
    if step.to is None:
        if step.leaves is not None:
            state.serving[step.name].discard(step.leaves)
        return False
    state.holders[step.name].append(step.to)
    state.moved.append(Moved(step.name, step.cause, at))
    state.copies += 1
    return True


def _copied(state: _State, step: Step) -> None:
    if step.to is None or step.to in state.away or step.to not in state.holders[step.name]:
        return
    if state.serving[step.name]:
        state.serving[step.name].add(step.to)
        if step.leaves is not None:
            state.serving[step.name].discard(step.leaves)
