"""Follow reads and nodes: which replicas to move now. Pure: the caller counts, measures, copies, and tells what it did.

What is done at once: a file that lost a holder gets others, those with the fewest left first. Everything else counts
against `moves_per_hour`, in this order: what must not be where it is (privacy, regions), what breaks another rule, what
saves money. So that nothing goes back and forth:

- a file that breaks no rule stays, unless other holders are cheaper by `loyalty`;
- where a file moves to, its readers must get it faster than the limit by `latency_band`;
- a temperature changes only once the reads pass a border by a factor (`access.BAND`);
- a file that was moved rests for `rest_seconds`, unless it breaks a rule.

A copy is made before the one it stands for is dropped, and only where there is room for both.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal

from oracle.storage.file_class import ClassedFile
from oracle.storage.kept import broken_rules
from oracle.storage.need import Rule, need_of
from oracle.storage.node import StorageNode
from oracle.storage.placed import Placement, PlacementRules, Unplaceable
from oracle.storage.placement import cost_per_month, least_costs, place

HOUR_SECONDS = 3600.0
Cause = Literal["lost holder", "privacy", "regions", "broken rule", "saving"]
_ORDER: tuple[Cause, ...] = ("lost holder", "privacy", "regions", "broken rule", "saving")


@dataclass(frozen=True)
class FollowRules:
    """How much may move, and when."""

    placement: PlacementRules
    moves_per_hour: int = 10
    rest_seconds: float = 24 * HOUR_SECONDS


@dataclass(frozen=True)
class Move:
    """A replica to copy, to drop, or both: first the copy, then the drop."""

    name: str
    cause: Cause
    to: str | None  # gets a copy
    leaves: str | None  # drops its own, once the copy is there
    sources: tuple[str, ...]  # that have the file
    reason: str


@dataclass(frozen=True)
class Moved:
    """A move that was begun."""

    name: str
    cause: Cause
    at_seconds: float


@dataclass(frozen=True)
class Following:
    """What to do now, and what is to be told."""

    moves: tuple[Move, ...]
    waiting: int  # moves that are due and may not be made yet
    placements: Mapping[str, Placement]  # where files that do not stay are to be in the end
    loosened: Mapping[str, float]  # files whose readers must wait longer than wished, for now, and how long (ms)
    unplaceable: tuple[Unplaceable, ...]
    lost: tuple[str, ...]  # files without any holder left


def follow(
    files: Sequence[ClassedFile],
    holders: Mapping[str, Sequence[str]],
    nodes: Sequence[StorageNode],
    rules: FollowRules,
    moved: Sequence[Moved],
    now_seconds: float,
) -> Following:
    """Decide what moves.

    Args:
        files: With what is read of them now.
        holders: Of each file, in any state; a move that was begun counts as done.
        nodes: Those that are not lost, as measured. `used_bytes` is what they keep beside these files.
        rules: How much may move.
        moved: What was begun before, at least of the last `rest_seconds`.
        now_seconds: Unix time.
    """
    alive_names = {node.name for node in nodes}
    alive = {f.facts.name: [h for h in holders.get(f.facts.name, ()) if h in alive_names] for f in files}
    lost = tuple(name for name, left in alive.items() if not left and holders.get(name))
    living = [file for file in files if alive[file.facts.name]]
    broken = {f.facts.name: _broken(f, alive[f.facts.name], nodes, rules.placement) for f in living}
    leaving = _leaving(living, broken, alive, nodes, rules, moved, now_seconds)
    gone = {file.facts.name for file in leaving}
    staying = [file for file in living if file.facts.name not in gone]
    aimed, loosened, failed = aims(leaving, _without_room_of(staying, alive, nodes), rules.placement, alive)
    due: list[Move] = []
    for file in leaving:
        name = file.facts.name
        if name in aimed:
            still = _broken(_loosened(file, loosened.get(name)), alive[name], nodes, rules.placement)
            if not still and name in loosened:
                continue  # no place is better for its readers: it waits for one
            due += _moves(name, alive[name], aimed[name], still, has_lost=len(alive[name]) < len(holders[name]))
    due.sort(key=lambda move: (_ORDER.index(move.cause), len(alive[move.name])))
    moves, waiting = _affordable(due, living, alive, nodes, rules, moved, now_seconds)
    return Following(tuple(moves), waiting, aimed, loosened, tuple(failed), lost)


def aims(
    files: Sequence[ClassedFile],
    nodes: Sequence[StorageNode],
    rules: PlacementRules,
    alive: Mapping[str, Sequence[str]],
) -> tuple[dict[str, Placement], dict[str, float], list[Unplaceable]]:
    """Where files should be: by the rules with their bands, else by the rules, else with the least latency possible.

    Returns:
        Placements, latency limits that were loosened (ms), and files that cannot be placed, each by name.
    """
    found = place(files, nodes, rules, alive, seek_next_best=False)
    if any(isinstance(each, Unplaceable) for each in found) and rules.latency_band:
        rules = replace(rules, latency_band=0.0)
        found = place(files, nodes, rules, alive, seek_next_best=False)
    limits = {
        each.name: each.latency_limit_ms
        for each in found
        if isinstance(each, Unplaceable) and each.latency_limit_ms is not None
    }
    if limits:
        found = place(
            [_loosened(file, limits.get(file.facts.name)) for file in files], nodes, rules, alive, seek_next_best=False
        )
    return (
        {each.name: each for each in found if isinstance(each, Placement)},
        limits,
        [each for each in found if isinstance(each, Unplaceable)],
    )


def _loosened(file: ClassedFile, limit_ms: float | None) -> ClassedFile:
    if limit_ms is None:
        return file
    return replace(file, facts=replace(file.facts, wishes=replace(file.facts.wishes, max_latency_ms=limit_ms)))


def _broken(
    file: ClassedFile, alive: Sequence[str], nodes: Sequence[StorageNode], rules: PlacementRules
) -> tuple[Rule, ...]:
    return broken_rules(need_of(file, rules), [node for node in nodes if node.name in alive], rules)


def _leaving(
    files: Sequence[ClassedFile],
    broken: Mapping[str, Sequence[Rule]],
    alive: Mapping[str, Sequence[str]],
    nodes: Sequence[StorageNode],
    rules: FollowRules,
    moved: Sequence[Moved],
    now_seconds: float,
) -> list[ClassedFile]:
    """Files that break a rule where they are, or could be cheaper by `loyalty` and do not rest."""
    resting = {each.name for each in moved if now_seconds - each.at_seconds < rules.rest_seconds}
    quiet = [file for file in files if not broken[file.facts.name] and file.facts.name not in resting]
    least = least_costs(quiet, nodes, rules.placement)
    by_name = {node.name: node for node in nodes}

    def leaves(file: ClassedFile) -> bool:
        name = file.facts.name
        if broken[name]:
            return True
        lowest = least.get(name)
        now = cost_per_month(file.facts.size_bytes, [by_name[each] for each in alive[name]])
        return lowest is not None and lowest < now * (1 - rules.placement.loyalty)

    return [file for file in files if leaves(file)]


def _without_room_of(
    staying: Sequence[ClassedFile], alive: Mapping[str, Sequence[str]], nodes: Sequence[StorageNode]
) -> list[StorageNode]:
    taken: Counter[str] = Counter()
    for file in staying:
        taken.update(dict.fromkeys(alive[file.facts.name], file.facts.size_bytes))
    return [replace(node, used_bytes=node.used_bytes + taken[node.name]) for node in nodes]


def _moves(name: str, alive: Sequence[str], aim: Placement, broken: Sequence[Rule], *, has_lost: bool) -> list[Move]:
    """Moves that take a file from where it is to where it should be."""
    gains = [each for each in aim.holders if each not in alive]
    drops = [each for each in alive if each not in aim.holders]
    cause = _cause(broken, has_lost=has_lost)
    moves = []
    for to, leaves in zip_longest(gains, drops):
        why: Cause = cause if to is not None or cause != "lost holder" else "saving"
        moves.append(Move(name, why, to, leaves, tuple(alive), _words(why, broken, aim)))
    return moves


def _cause(broken: Sequence[Rule], *, has_lost: bool) -> Cause:
    if not broken:
        return "saving"
    if has_lost and {"durability", "replication factor", "latency"} & set(broken):
        return "lost holder"
    if "privacy" in broken:
        return "privacy"
    return "regions" if "regions" in broken else "broken rule"


def _words(cause: Cause, broken: Sequence[Rule], aim: Placement) -> str:
    if cause == "saving":
        return f"cheaper: {aim.reason}"
    return f"{cause}; where it is, {' and '.join(broken)} cannot be kept: {aim.reason}"


def _affordable(
    due: Sequence[Move],
    files: Sequence[ClassedFile],
    alive: Mapping[str, Sequence[str]],
    nodes: Sequence[StorageNode],
    rules: FollowRules,
    moved: Sequence[Moved],
    now_seconds: float,
) -> tuple[list[Move], int]:
    """The moves that the hour and the room allow, and how many must wait."""
    sizes = {file.facts.name: file.facts.size_bytes for file in files}
    room = {node.name: node.free_bytes for node in nodes}
    for name, holders in alive.items():
        for holder in holders:
            room[holder] -= sizes.get(name, 0)
    left = rules.moves_per_hour - sum(
        each.cause != "lost holder" and now_seconds - each.at_seconds < HOUR_SECONDS for each in moved
    )
    moves: list[Move] = []
    for move in due:
        is_free = move.cause == "lost holder"
        if (not is_free and left <= 0) or (move.to is not None and room[move.to] < sizes[move.name]):
            continue
        left -= not is_free
        if move.to is not None:
            room[move.to] -= sizes[move.name]
        moves.append(move)
    return moves, len(due) - len(moves)
