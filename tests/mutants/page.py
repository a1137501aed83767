"""The page of mutants: how many of each room were killed, and the reason why each survivor may live."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oracle.markdown import WIDTH, wrapped
from tests.mutants.changes import CHANGES, Outcome

LEAST_SCORE = 0.85
EXPLAINED = Path(__file__).with_name("explained.json")
NOT_TRIED = "not checked"
_OVER_A_CHAIN = "its tests run an oracle over a chain, as those of cycle.py"
# Files of a room that the tool leaves alone, and why.
LEFT_OUT = {
    "oracle/service": {
        "api.py": "its functions stand behind decorators",
        "api_keys.py": "its tests serve an API",
        "applied.py": _OVER_A_CHAIN,
        "audit_log.py": "its tests serve an API",
        "check.py": "its tests start processes",
        "connections.py": "its tests need sockets, and wait",
        "consensus.py": _OVER_A_CHAIN,
        "control.py": "its tests serve an API",
        "cycle.py": "its tests run an oracle over a chain, which takes seconds for each of hundreds of changes",
        "daemon.py": "its tests need the clock",
        "derive.py": _OVER_A_CHAIN,
        "dry_run.py": _OVER_A_CHAIN,
        "encoder_replicas.py": "its tests start a cluster",
        "ending.py": "its tests start processes",
        "far_encoder.py": "its tests need sockets",
        "funds.py": _OVER_A_CHAIN,
        "gauges.py": _OVER_A_CHAIN,
        "http_server.py": "its tests need sockets, and wait",
        "lookout.py": _OVER_A_CHAIN,
        "miners.py": _OVER_A_CHAIN,
        "openapi.py": "it describes, and decides nothing",
        "past_nodes.py": "its tests serve an API",
        "peers.py": "its tests need sockets, and wait",
        "process.py": "its tests start processes",
        "proposal.py": _OVER_A_CHAIN,
        "reasons.py": _OVER_A_CHAIN,
        "recover.py": _OVER_A_CHAIN,
        "signatory.py": _OVER_A_CHAIN,
        "signatures.py": _OVER_A_CHAIN,
        "status.py": "names and nothing else",
    }
}
_KILLED = ("killed", "timeout", "segfault")  # a test failed, or the change made it loop or crash


@dataclass(frozen=True)
class Mutant:
    """One change that mutmut made, and what the tests made of it."""

    function: str  # dotted
    diff: str  # the lines that differ, each behind - or +
    status: str  # as mutmut names it

    @property
    def room(self) -> str:
        """The package that holds the function."""
        return "/".join(self.function.split(".")[:2])

    @property
    def killed(self) -> bool:
        """Whether a test noticed the change."""
        return self.status in _KILLED


@dataclass(frozen=True)
class Room:
    """The mutants of one package."""

    name: str
    mutants: tuple[Mutant, ...]

    @property
    def tried(self) -> tuple[Mutant, ...]:
        """Those that the run tried."""
        return tuple(mutant for mutant in self.mutants if mutant.status != NOT_TRIED)

    @property
    def score(self) -> float:
        """Share of the tried mutants that was killed; a mutant that no test reaches counts as alive."""
        return sum(mutant.killed for mutant in self.tried) / max(1, len(self.tried))


def rooms_of(mutants: Sequence[Mutant]) -> list[Room]:
    """By package, in order of name."""
    names = sorted({mutant.room for mutant in mutants})
    return [Room(name, tuple(mutant for mutant in mutants if mutant.room == name)) for name in names]


def reasons(path: Path = EXPLAINED) -> dict[tuple[str, str], str]:
    """Why a mutant may live, by function and diff."""
    return {
        (change["function"], "\n".join(change["diff"])): entry["reason"]
        for entry in json.loads(path.read_text())
        for change in entry["changes"]
    }


def complaints(rooms: Sequence[Room], why: dict[tuple[str, str], str], outcomes: Sequence[Outcome]) -> list[str]:
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
        *(f"contracts: {outcome.change.name}: no test noticed" for outcome in outcomes if outcome.noticed_by is None),
        *(
            [f"contracts: {len(CHANGES) - len(outcomes)} changes were not tried"]
            if len(outcomes) < len(CHANGES)
            else []
        ),
        *(f"{function}: a survivor without a reason:\n{diff}" for function, diff in sorted(alive - set(why))),
        *(
            f"{function}: a reason for what did not survive:\n{diff}"
            for function, diff in sorted(set(why) - alive)
            if "/".join(function.split(".")[:2]) in names
        ),
    ]


def page(
    rooms: Sequence[Room],
    why: dict[tuple[str, str], str],
    outcomes: Sequence[Outcome],
    *,
    commit: str,
    tool: str,
) -> str:
    """`docs/mutants.md`."""
    lines = [
        "# Mutants",
        "",
        f"Written by `make mutants` at commit {commit}, with {tool}. The tool makes one small change (a mutant) at a",
        "time in a function of the rooms below, and runs the tests that reach it. A mutant that no test notices shows",
        "a rule that no test holds.",
        "",
        "A mutant is killed if it makes a test fail, loop or crash. The tool does not change constants of a module,",
        "defaults of data classes, or functions behind a decorator (properties among them). Log messages are left out",
        "on purpose.",
        "",
        *_cut_off(rooms),
        "| room | mutants | tried | killed | survived | reached by no test | killed of tried |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for room in rooms:
        tried, killed = len(room.tried), sum(mutant.killed for mutant in room.tried)
        unreached = sum(mutant.status == "no tests" for mutant in room.tried)
        survived = tried - killed - unreached
        counts = (len(room.mutants), tried, killed, survived, unreached)
        lines.append(f"| `{room.name}` | {' | '.join(map(str, counts))} | {100 * room.score:.1f} % |")
    lines += [
        "",
        *(
            line
            for room in rooms
            if room.name in LEFT_OUT
            for line in (
                f"The tool does not change these files of `{room.name}`:",
                "",
                *(f"- `{name}`: {reason}" for name, reason in LEFT_OUT[room.name].items()),
                "",
            )
        ),
        *_contracts(outcomes),
        "## Survivors, and why each may live",
        "",
    ]
    by_reason: dict[str, list[Mutant]] = defaultdict(list)
    for room in rooms:
        alive = [mutant for mutant in room.tried if not mutant.killed]
        for mutant in sorted(alive, key=lambda each: (each.function, each.diff)):
            by_reason[why.get((mutant.function, mutant.diff), "Not explained yet.")].append(mutant)
    for reason, mutants in by_reason.items():
        shown = [line for mutant in mutants for line in (f"@@ {mutant.function} @@", *_short(mutant.diff))]
        lines += [reason, "", "```diff", *shown, "```", ""]
    return wrapped("\n".join(lines).rstrip() + "\n")


def _short(diff: str) -> list[str]:
    """Its lines without comments, cut at the width of a page."""
    lines = [line.partition("  # ")[0] for line in diff.splitlines()]
    return [line if len(line) <= WIDTH else line[: WIDTH - 1] + "…" for line in lines]


def _cut_off(rooms: Sequence[Room]) -> list[str]:
    left = sum(len(room.mutants) - len(room.tried) for room in rooms)
    return [f"The run was cut off: {left} mutants were not tried, and count for nothing below.", ""] if left else []


def _contracts(outcomes: Sequence[Outcome]) -> list[str]:
    """The section of the contracts: what was changed in which source, and who noticed."""
    noticed = sum(outcome.noticed_by is not None for outcome in outcomes)
    tried = "all were tried" if len(outcomes) == len(CHANGES) else f"{len(outcomes)} were tried"
    return [
        "## The contracts",
        "",
        f"Of {len(CHANGES)} hand-written changes to the contracts {tried}, and tests noticed {noticed}.",
        "Each is compiled with the settings of the deployment. The tests of its contract then run on this code until",
        "one fails.",
        "",
        "| contract | source | what is changed | noticed by |",
        "| --- | --- | --- | --- |",
        *(
            f"| {outcome.change.contract} | {outcome.change.source.rpartition('/')[2]} | {outcome.change.name} "
            f"| {_test_name(outcome.noticed_by)} |"
            for outcome in outcomes
        ),
        "",
    ]


def _test_name(test: str | None) -> str:
    return "no test" if test is None else f"`{test.rpartition('::')[2].partition('[')[0]}`"
