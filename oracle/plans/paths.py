"""The checker of plans: it walks every path, and says what an honest lawyer would say before anyone signs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from oracle.errors import InputError
from oracle.plans import machine
from oracle.plans.faults import money as of_money
from oracle.plans.faults import parties as of_parties
from oracle.plans.faults import times as of_times
from oracle.plans.faults.finding import Finding, Found
from oracle.plans.machine import InvalidPlan
from oracle.plans.plan import Plan, Status
from oracle.plans.telling import told
from oracle.plans.walk import Walk, walk
from oracle.plans.wording import UNITS, Money, Wording, capital

# What parties can agree to. No consent makes good a plan that the contract does not take, or that has more paths than
# were walked.
ACCEPTABLE = frozenset(
    {
        "unreachable-step",
        "date-before-joining",
        "deadline-conflict",
        "penalty-uncovered",
        "payment-uncovered",
        "lateness-pays",
        "silence-takes",
        "refusal-takes",
        "self-service",
        "own-witness",
        "arbiter-interested",
        "idle-deposit",
        "held-for-ever",
    }
)


@dataclass(frozen=True)
class End:
    """One way in which a plan can end, with the shortest path to it."""

    status: Status
    credited: tuple[int, ...]  # by party, in units of the token: all that it got
    story: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """What was found on all paths of a plan."""

    states: int  # how many different ones there are
    ends: tuple[End, ...]
    findings: tuple[Finding, ...]  # faults first

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What should be corrected before anyone signs."""
        return tuple(each for each in self.findings if each.severity == "fault")


def check_paths(
    plan: Plan,
    names: Sequence[str],
    now_seconds: int,
    accepted: frozenset[str] = frozenset(),
    money: Money = UNITS,
) -> Checked:
    """Walk every path of a plan.

    Args:
        plan: The plan.
        names: One name for each party.
        now_seconds: Timestamp from which parties can join.
        accepted: Codes of findings that parties have agreed to; those are notes.
        money: How amounts are written.

    Raises:
        InputError: there are more or fewer names than parties, or a code is none that parties can agree to.
    """
    unknown = sorted(accepted - ACCEPTABLE)
    if unknown:
        raise InputError(f"{unknown[0]!r} is nothing that parties can accept: give {', '.join(sorted(ACCEPTABLE))}")
    words = Wording(plan, names, money)
    try:
        machine.check(plan, now_seconds)
    except InvalidPlan as error:
        return Checked(0, (), (Finding("invalid", "fault", f"{capital(str(error))}."),))
    walked = walk(plan, now_seconds)
    ends: dict[tuple[Status, tuple[int, ...]], End] = {}
    for node in walked.nodes:
        state = node.state
        if state.status.has_ended and (state.status, state.credited) not in ends:
            ends[state.status, state.credited] = End(state.status, state.credited, told(words, node))
    findings = [_accepted(each) if each.code in accepted else each for each in _findings(words, walked)]
    return Checked(walked.states, tuple(ends.values()), tuple(sorted(findings, key=lambda each: each.severity)))


def _findings(words: Wording, walked: Walk) -> list[Finding]:
    """Each finding once, with the shortest story of those that make it worst."""
    kept: dict[tuple[str, object], Finding] = {}
    for found in _found(words, walked):
        key = (found.finding.code, found.about)
        if key not in kept or (kept[key].severity, found.finding.severity) == ("note", "fault"):
            kept[key] = found.finding
    return list(kept.values())


def _found(words: Wording, walked: Walk) -> Iterator[Found]:
    yield from of_times.unfinished(walked)
    yield from of_times.unreachable(words, walked)
    yield from of_times.date_before_joining(words)
    yield from of_times.deadline_conflicts(words, walked)
    yield from of_money.uncovered_penalties(words, walked)
    yield from of_money.uncovered_payments(words, walked)
    yield from of_money.lateness_pays(words, walked)
    yield from of_parties.takings(words, walked)
    yield from of_parties.arbiter_silence(words, walked)
    yield from of_parties.self_service(words, walked)
    yield from of_parties.own_witnesses(words, walked)
    yield from of_parties.interested_arbiter(words, walked)
    yield from of_money.idle_deposits(words, walked)
    yield from of_times.held_for_ever(words, walked)
    yield from of_parties.idle_parties(words)


def _accepted(finding: Finding) -> Finding:
    if finding.severity == "note":
        return finding
    sentence = f"{finding.sentence.removesuffix('.')}; the parties have agreed to this."
    return replace(finding, severity="note", sentence=sentence)
