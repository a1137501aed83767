"""Every path of a plan, walked on the twin machine: whatever each party does or leaves undone, at whatever time.

Money follows from the late days of each step, and not from the second at which it is done. So a step is done on time,
on its first and on its last late day; between those, amounts lie between theirs. `EntryTimes` keeps all seconds.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from oracle.errors import CatalystError
from oracle.plans import machine
from oracle.plans.entry_times import EntryTimes, Leaving, Limit, Moment, activation, leaving
from oracle.plans.machine import State
from oracle.plans.plan import ARBITER, DAY_SECONDS, NEVER, NOBODY, DueFrom, Payment, Plan, Status, Step

MAX_STATES = 20_000
_SINCE = {
    DueFrom.STEP_BEFORE: Moment.ENTERED,
    DueFrom.ACTIVATION: Moment.ACTIVATED,
    DueFrom.DATE: Moment.EPOCH,
}


class MoneyLost(CatalystError):
    """The twin machine made or lost money: a defect of this project, never of a plan."""


class Kind(Enum):
    """What can happen to a plan that is active."""

    DONE = "done"
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    OVERDUE = "overdue"  # timed out, as its time was over when it became the present step
    DIVIDED = "divided"


@dataclass(frozen=True)
class Flow:
    """One payment of a step, or its penalty, as it was made."""

    asked: Payment
    before: tuple[int, ...]  # what parties held
    after: tuple[int, ...]

    def paid_by(self, party: int) -> int:
        """In units of the token."""
        return self.before[party] - self.after[party]

    @property
    def amount(self) -> int:
        """What was paid, in units of the token."""
        return sum(self.before) - sum(self.after)

    @property
    def gained(self) -> int:
        """What the payee has more than before: what came from others."""
        return self.amount - self.paid_by(self.asked.payee)


@dataclass(frozen=True)
class Move:
    """What happened at a step, or in a dispute."""

    kind: Kind
    step: int  # or ARBITER
    late_days: int | None = 0  # None for any number of them, where they cost nothing
    penalty: Flow | None = None
    payments: tuple[Flow, ...] = ()
    favoured: int = NOBODY  # who gets all of an arbiter's division

    @property
    def flows(self) -> tuple[Flow, ...]:
        """Penalty and payments, in their order."""
        return ((self.penalty,) if self.penalty else ()) + self.payments


@dataclass(frozen=True)
class Past:
    """What of a path matters for what may be said of its rest."""

    done: frozenset[int] = frozenset()  # parties that did a step
    silent: frozenset[int] = frozenset()  # parties that let the time of a step pass
    refused: frozenset[int] = frozenset()  # parties that refused one
    unpaid: frozenset[int] = frozenset()  # steps that were done since their actor was last paid
    overdue: bool = False  # a step became the present one when its time was over

    def others(self, party: int) -> bool:
        """Whether anyone but a party has had a step."""
        return bool((self.done | self.silent | self.refused) - {party})


@dataclass(frozen=True)
class Node:
    """A state, and the shortest path to it that was found."""

    state: State  # at one moment of `times`
    times: EntryTimes
    past: Past
    parent: "Node | None" = None
    move: Move | None = None  # that led here

    def gained(self, party: int) -> int:
        """What payments on the path brought to a party, penalties left out; in units of the token."""
        flows = (flow for node in self.path() if node.move is not None for flow in node.move.payments)
        return sum(flow.gained for flow in flows if flow.asked.payee == party)

    def path(self) -> list["Node"]:
        """From the first state, in which all have joined, to this one."""
        nodes = [self]
        while nodes[-1].parent is not None:
            nodes.append(nodes[-1].parent)
        return nodes[::-1]


@dataclass(frozen=True)
class Walk:
    """All that was found, the shortest paths first."""

    nodes: tuple[Node, ...]
    states: int  # different ones
    complete: bool  # whether no path is left
    earned: tuple[int, ...]  # what each party gains where everyone acts on time, in units of the token


def walk(plan: Plan, now_seconds: int) -> Walk:
    """Walk all paths of a plan that `machine.check` takes.

    Raises:
        MoneyLost: the twin machine does not conserve money.
    """
    first = _begin(plan, now_seconds)
    nodes, waiting = [first], deque([first])
    seen: dict[object, list[EntryTimes]] = {}
    states = 1
    _is_new(seen, first)
    while waiting:
        node = waiting.popleft()
        for after in _followers(plan, node):
            if len(nodes) >= MAX_STATES:
                return Walk(tuple(nodes), states, complete=False, earned=_earned(plan))
            _conserve(plan, after.state)
            nodes.append(after)
            if _is_new(seen, after):
                states += 1
                if not after.state.status.has_ended:
                    waiting.append(after)
    return Walk(tuple(nodes), states, complete=True, earned=_earned(plan))


def _earned(plan: Plan) -> tuple[int, ...]:
    gained = [0] * len(plan.parties)
    state = _joined(plan, 0)
    while state.status is Status.ACTIVE:
        done = _do(plan, state, machine.due_seconds(plan.steps[state.step], state))
        for flow in done.payments:
            gained[flow.asked.payee] += flow.gained
        state = done.after
    return tuple(gained)


def _begin(plan: Plan, now_seconds: int) -> Node:
    """All have joined, some time between now and the last moment for it."""
    return Node(_joined(plan, now_seconds), activation(now_seconds, plan.join_by_seconds), Past())


def _joined(plan: Plan, now_seconds: int) -> State:
    state = machine.proposed(plan)
    for party in range(len(plan.parties)):
        state = machine.join(plan, state, party, now_seconds)
    return state


def _followers(plan: Plan, node: Node) -> Iterator[Node]:
    """All that can happen next."""
    if node.state.status is Status.DISPUTED:
        yield from _after_dispute(plan, node)
        return
    step = plan.steps[node.state.step]
    since, due = _SINCE[step.due_from], step.due_seconds
    last = due + step.late.days * DAY_SECONDS
    yield from _performed(plan, node, [Limit(Moment.LEFT, since, due)], 0)
    if step.late.days and step.late.penalty_per_day:
        for day in sorted({1, step.late.days}):
            until = due + day * DAY_SECONDS
            window = [Limit(Moment.LEFT, since, until), Limit(since, Moment.LEFT, DAY_SECONDS - until - 1)]
            yield from _performed(plan, node, window, day)
    elif step.late.days:
        window = [Limit(Moment.LEFT, since, last), Limit(since, Moment.LEFT, -due - 1)]
        yield from _performed(plan, node, window, None)
    if step.on_refusal != NEVER:
        for left, state in _left(node, [Limit(Moment.LEFT, since, last)]):
            past = replace(node.past, refused=node.past.refused | {step.actor})
            refused = machine.refuse(plan, state, state.step, left.left_seconds)
            yield Node(refused, left.next, past, node, Move(Kind.REFUSED, state.step))
    yield from _timed_out(plan, node, since, last)


def _performed(plan: Plan, node: Node, window: list[Limit], late_days: int | None) -> Iterator[Node]:
    for left, state in _left(node, window):
        done = _do(plan, state, left.left_seconds)
        actor = plan.steps[state.step].actor
        paid = {flow.asked.payee for flow in done.payments if flow.gained}
        unpaid = frozenset(index for index in node.past.unpaid | {state.step} if plan.steps[index].actor not in paid)
        past = replace(node.past, done=node.past.done | {actor}, unpaid=unpaid)
        move = Move(Kind.DONE, state.step, late_days, done.penalty, done.payments)
        yield Node(done.after, left.next, past, node, move)


def _timed_out(plan: Plan, node: Node, since: Moment, last: int) -> Iterator[Node]:
    """Someone passes the step as soon as that can be done, since everyone may."""
    step = plan.steps[node.state.step]
    at_once = [Limit(Moment.LEFT, since, last + 1), Limit(since, Moment.LEFT, -last - 1)]
    for left, state in _left(node, [Limit(Moment.ENTERED, since, last), *at_once]):
        past = replace(node.past, silent=node.past.silent | {step.actor})
        passed = machine.timeout(plan, state, state.step, left.left_seconds)
        yield Node(passed, left.next, past, node, Move(Kind.TIMED_OUT, state.step))
    over = [Limit(since, Moment.ENTERED, -last - 1), Limit(Moment.LEFT, Moment.ENTERED, 0)]
    for left, state in _left(node, over):
        passed = machine.timeout(plan, state, state.step, left.left_seconds)
        past = replace(node.past, overdue=True)
        yield Node(passed, left.next, past, node, Move(Kind.OVERDUE, state.step))


def _after_dispute(plan: Plan, node: Node) -> Iterator[Node]:
    """The arbiter gives all to one party, whichever, or stays silent: all else lies between."""
    span, held = plan.arbiter_seconds, sum(node.state.held)
    for left, state in _left(node, [Limit(Moment.LEFT, Moment.ENTERED, span)]):
        for favoured in range(len(plan.parties)) if held else [NOBODY]:
            if favoured == plan.arbiter:
                continue
            shares = tuple(held if party == favoured else 0 for party in range(len(plan.parties)))
            divided = machine.divide(plan, state, shares, left.left_seconds)
            yield Node(divided, left.next, node.past, node, Move(Kind.DIVIDED, ARBITER, favoured=favoured))
    over = [Limit(Moment.LEFT, Moment.ENTERED, span + 1), Limit(Moment.ENTERED, Moment.LEFT, -span - 1)]
    for left, state in _left(node, over):
        passed = machine.timeout(plan, state, ARBITER, left.left_seconds)
        yield Node(passed, left.next, node.past, node, Move(Kind.TIMED_OUT, ARBITER))


def _left(node: Node, limits: list[Limit]) -> Iterator[tuple[Leaving, State]]:
    """How a state is left within limits, and the state at the moment from which it is; nothing where it cannot be."""
    found = leaving(node.times, limits)
    if found is not None:
        yield (
            found,
            replace(node.state, activated_at_seconds=found.activated_seconds, since_seconds=found.entered_seconds),
        )


@dataclass(frozen=True)
class _Done:
    """What doing a step did."""

    after: State
    penalty: Flow | None
    payments: tuple[Flow, ...]


def _do(plan: Plan, state: State, now_seconds: int) -> _Done:
    """Do the present step; each payment is seen by doing the step without those behind it, and staying active."""
    index = state.step
    step = plan.steps[index]
    seen = sorted(step.witnesses)

    def done(variant: Step) -> State:
        steps = (*plan.steps[:index], variant, *plan.steps[index + 1 :])
        return machine.perform(replace(plan, steps=steps), state, index, now_seconds, evidence=True, witnesses=seen)

    stages = [
        done(replace(step, payments=step.payments[:count], on_done=index)) for count in range(len(step.payments) + 1)
    ]
    days = machine.late_days(step, state, now_seconds)
    penalty = None
    if days and step.late.penalty_per_day:
        asked = Payment(step.late.payer, step.late.payee, days * step.late.penalty_per_day)
        penalty = Flow(asked, state.held, stages[0].held)
    payments = tuple(
        Flow(payment, before.held, after.held)
        for payment, before, after in zip(step.payments, stages, stages[1:], strict=False)
    )
    return _Done(done(step), penalty, payments)


def _conserve(plan: Plan, state: State) -> None:
    kept, deposited = sum(state.held) + sum(state.credited), sum(plan.deposits)
    if kept != deposited:
        raise MoneyLost(
            f"the twin machine made {kept} units of the {deposited} deposited: report this plan as a defect"
        )


def _is_new(seen: dict[object, list[EntryTimes]], node: Node) -> bool:
    """Whether a state was not met yet with this money and past at all of these times; remembers it."""
    state = node.state
    ended = state.status.has_ended
    money = (state.status, state.held, state.credited)
    known = seen.setdefault(money if ended else (*money, state.step, node.past), [])
    if known and (ended or any(times.contain(node.times) for times in known)):
        return False
    known.append(node.times)
    return True
