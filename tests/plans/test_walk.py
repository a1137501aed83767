"""The walk over all paths: its times are exactly those that can come about, to the second."""

from dataclasses import replace
from itertools import pairwise
from random import Random

from oracle.plans import machine
from oracle.plans.machine import Refused, State
from oracle.plans.plan import DONE, NEVER, REFUND, DueFrom, Plan, Status, Step, Verb
from oracle.plans.walk import walk
from tests.contracts.plan_stage import sale

NOW = 100
_JOINING_SECONDS = 2


def small_plan(random: Random) -> Plan:
    """Steps of a few seconds each, so that every run can be tried."""
    count = random.randint(1, 4)

    def target(index: int) -> int:
        targets: list[int] = [*range(index + 1, count), *range(index + 1, count), DONE, REFUND]
        return random.choice(targets)

    def step(index: int) -> Step:
        due_from = random.choice(list(DueFrom))
        return Step(
            Verb.ATTEST,
            index % 3,
            random.randint(1, 3) if due_from is not DueFrom.DATE else NOW + random.randint(0, 6),
            due_from,
            on_done=target(index),
            on_timeout=target(index),
            on_refusal=random.choice([NEVER, target(index)]),
        )

    steps = tuple(step(index) for index in range(count))
    return replace(sale(), steps=steps, join_by_seconds=NOW + _JOINING_SECONDS)


def runs(plan: Plan, state: State, now: int) -> set[tuple[int, int, int]]:
    """Each step, activation and entry that can come about from a state: all moments are tried."""
    if state.status is not Status.ACTIVE:
        return set()
    found = {(state.step, state.activated_at_seconds, state.since_seconds)}
    last = machine.deadlines(plan, state)[1]
    for at in range(now, last + 1):
        found |= runs(plan, machine.perform(plan, state, state.step, at, evidence=True), at)
        try:
            found |= runs(plan, machine.refuse(plan, state, state.step, at), at)
        except Refused:
            assert plan.steps[state.step].on_refusal == NEVER
    at = max(now, last + 1)
    return found | runs(plan, machine.timeout(plan, state, state.step, at), at)


def test_times_of_entry_are_those_of_all_runs() -> None:
    for seed in range(150):
        plan = small_plan(Random(seed))
        tried: set[tuple[int, int, int]] = set()
        for activated in range(NOW, NOW + _JOINING_SECONDS + 1):
            state = machine.proposed(plan)
            for party in range(3):
                state = machine.join(plan, state, party, activated)
            tried |= runs(plan, state, activated)
        walked = walk(plan, NOW)
        assert walked.complete
        for index in range(len(plan.steps)):
            times = [
                node.times for node in walked.nodes if node.state.status is Status.ACTIVE and node.state.step == index
            ]
            entries = [(entered, entered - activated) for step, activated, entered in tried if step == index]
            assert bool(times) == bool(entries)
            if times:
                assert min(each.earliest for each in times) == min(entered for entered, _ in entries)
                assert max(each.latest for each in times) == max(entered for entered, _ in entries)
                assert max(each.latest_after_activation for each in times) == max(after for _, after in entries)


def test_each_node_tells_its_path_from_the_joining_on() -> None:
    walked = walk(sale(), sale().join_by_seconds)
    for node in walked.nodes:
        path = node.path()
        assert (path[0], path[-1]) == (walked.nodes[0], node)
        assert all(after.parent is before for before, after in pairwise(path))
    assert walked.states == 14
    assert walked.earned == (120_000, 8_000, 0)
