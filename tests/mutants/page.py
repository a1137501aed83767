"""The page of mutants: of each room how many were killed, and every other one with the reason why it may live."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oracle.markdown import wrapped

LEAST_SCORE = 0.85
EXPLAINED = Path(__file__).with_name("explained.json")
NOT_TRIED = "not checked"
_KILLED = ("killed", "timeout", "segfault")  # a test failed, or the change made it loop or crash


@dataclass(frozen=True)
class Mutant:
    """One change that mutmut made, and what the tests made of it."""

    function: str  # dotted
    diff: str  # the lines that differ, each behind - or +
    status: str  # as mutmut names it

    @property
    def room(self) -> str:
        """The package that it is in."""
        return "/".join(self.function.split(".")[:2])

    @property
    def killed(self) -> bool:
        """Whether a test told it from the code."""
        return self.status in _KILLED


@dataclass(frozen=True)
class Room:
    """The mutants of one package."""

    name: str
    mutants: tuple[Mutant, ...]

    @property
    def tried(self) -> tuple[Mutant, ...]:
        """Those that a run came to."""
        return tuple(mutant for mutant in self.mutants if mutant.status != NOT_TRIED)

    @property
    def score(self) -> float:
        """Part that was killed of those tried; what no test reaches counts as alive."""
        return sum(mutant.killed for mutant in self.tried) / max(1, len(self.tried))


def rooms_of(mutants: Sequence[Mutant]) -> list[Room]:
    """By package, in order of name."""
    names = sorted({mutant.room for mutant in mutants})
    return [Room(name, tuple(mutant for mutant in mutants if mutant.room == name)) for name in names]


def reasons(path: Path = EXPLAINED) -> dict[tuple[str, str], str]:
    """Why a mutant may live, by function and diff."""
    return {(entry["function"], "\n".join(entry["diff"])): entry["reason"] for entry in json.loads(path.read_text())}


def complaints(rooms: Sequence[Room], why: dict[tuple[str, str], str]) -> list[str]:
    """What is wrong with a run: a room below the least score, a survivor without reason, a reason without survivor."""
    alive = {(m.function, m.diff) for room in rooms for m in room.tried if not m.killed}
    names = {room.name for room in rooms}
    return [
        *(
            f"{room.name}: {len(room.mutants) - len(room.tried)} mutants were not tried; let the run end"
            for room in rooms
            if len(room.tried) < len(room.mutants)
        ),
        *(
            f"{room.name}: {room.score:.1%} killed, below {LEAST_SCORE:.0%}"
            for room in rooms
            if room.score < LEAST_SCORE
        ),
        *(f"{function}: a survivor without a reason:\n{diff}" for function, diff in sorted(alive - set(why))),
        *(
            f"{function}: a reason for what did not survive:\n{diff}"
            for function, diff in sorted(set(why) - alive)
            if "/".join(function.split(".")[:2]) in names
        ),
    ]


def page(rooms: Sequence[Room], why: dict[tuple[str, str], str], *, commit: str, tool: str) -> str:
    """`docs/mutants.md`."""
    lines = [
        "# Mutants",
        "",
        f"Written by `make mutants` at commit {commit}, with {tool}: it makes one small change at a time in a function",
        "of the rooms below, and runs the tests that reach it. What no test notices is a rule that no test holds.",
        "",
        "Killed is what made a test fail, loop or crash. Not changed by the tool: constants of a module, defaults of",
        "data classes, and functions behind a decorator (properties among them); log messages are left out on purpose.",
        "",
        "| room | mutants | tried | killed | survived | reached by no test | killed of tried |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for room in rooms:
        tried, killed = len(room.tried), sum(mutant.killed for mutant in room.tried)
        unreached = sum(mutant.status == "no tests" for mutant in room.tried)
        survived = tried - killed - unreached
        counts = (len(room.mutants), tried, killed, survived, unreached)
        lines.append(f"| `{room.name}` | {' | '.join(map(str, counts))} | {100 * room.score:.1f} % |")
    lines += ["", "## Those that live", ""]
    for room in rooms:
        alive = [mutant for mutant in room.tried if not mutant.killed]
        for mutant in sorted(alive, key=lambda each: (each.function, each.diff)):
            reason = why.get((mutant.function, mutant.diff), "not explained yet")
            lines += [f"`{mutant.function}`: {reason}", "", "```diff", mutant.diff, "```", ""]
    return wrapped("\n".join(lines).rstrip() + "\n")
