"""Random plans, and random calls on them: contract and `oracle/plans/machine.py` agree, and all money is somewhere."""

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest

from oracle.plans import machine
from oracle.plans.machine import Refused, State
from oracle.plans.plan import DAY_SECONDS, NOBODY, Plan, Status, as_arguments, from_arguments
from tests.contracts.plan_stage import OWNER, START_SECONDS, Town, random_plan
from tests.trust.evm import Reverted
from tests.trust.runs import FACTOR, spaced
from tests.trust.signing import address

_PLANS, _FEWER_PLANS = 10_000, 500
_KEYS = range(7_100, 7_105)
_EVIDENCE = b"\x07" * 32


class Walk:
    """One plan on the contract and on the twin."""

    def __init__(self, town: Town, plan: Plan, random: Random, counts: Counter[str]) -> None:
        self.town, self.plan, self.random, self.counts = town, plan, random, counts
        self.before = [self._owed(party) for party in range(len(plan.parties))]
        machine.check(plan, town.now)
        town.send("propose", plan, [], sender=OWNER)
        self.plan_id = town.plan_id(plan)
        self.state = machine.proposed(plan)

    def _owed(self, party: int) -> int:
        return int(self.town.book.read("owed", self.plan.token, self.plan.parties[party]))

    def tried(self, name: str, call: Callable[[], Any], twin: Callable[[], State]) -> None:
        """Both refuse for one reason, or both go on."""
        expected: str | None = None
        after = self.state
        try:
            after = twin()
        except Refused as error:
            expected = error.name
        try:
            call()
        except Reverted as error:
            assert error.name == expected, (name, error.failure, expected, self.plan, self.state)
            self.counts[f"{name} refused"] += 1
            return
        assert expected is None, (name, expected, self.plan, self.state)
        self.counts[name] += 1
        self.state = after

    def join(self, party: int) -> None:
        joinings = [self.town.joining(party, _KEYS[party], self.plan)]
        self.tried(
            "join",
            lambda: self.town.send("join", self.plan, joinings, sender=OWNER),
            lambda: machine.join(self.plan, self.state, party, self.town.now),
        )

    def perform(self, step: int, *, evidence: bool, witnesses: Iterable[int]) -> None:
        shown = _EVIDENCE if evidence else bytes(32)
        seen = list(witnesses)
        attested = [self.town.attestation(self.plan_id, step, shown, each, _KEYS[each]) for each in seen]
        actor = self.plan.parties[self.plan.steps[min(step, len(self.plan.steps) - 1)].actor]
        self.tried(
            "perform",
            lambda: self.town.send("perform", self.plan, step, shown, attested, sender=actor),
            lambda: machine.perform(self.plan, self.state, step, self.town.now, evidence=evidence, witnesses=seen),
        )

    def refuse(self, step: int) -> None:
        actor = self.plan.parties[self.plan.steps[min(step, len(self.plan.steps) - 1)].actor]
        self.tried(
            "refuse",
            lambda: self.town.send("refuse", self.plan, step, bytes(32), sender=actor),
            lambda: machine.refuse(self.plan, self.state, step, self.town.now),
        )

    def timeout(self, step: int) -> None:
        self.tried(
            "timeout",
            lambda: self.town.send("timeout", self.plan, step, sender=OWNER),
            lambda: machine.timeout(self.plan, self.state, step, self.town.now),
        )

    def divide(self) -> None:
        shares = self.shares()
        self.tried(
            "divide",
            lambda: self.town.send("divide", self.plan, shares, bytes(32), sender=self.plan.parties[self.plan.arbiter]),
            lambda: machine.divide(self.plan, self.state, tuple(shares), self.town.now),
        )

    def shares(self) -> list[int]:
        """A division of all that is held, now and then wrong by one."""
        others = [party for party in range(len(self.plan.parties)) if party != self.plan.arbiter]
        shares = [0] * len(self.plan.parties)
        left = sum(self.state.held) + (self.random.random() < 0.1)
        for party in others:
            shares[party] = left if party == others[-1] else self.random.randint(0, left)
            left -= shares[party]
        return shares

    def wait(self) -> None:
        """Often to the very second at which something ends, or the next."""
        spans = [0, 1, DAY_SECONDS, 10**6]
        if not self.state.status.has_ended:
            due, last = machine.deadlines(self.plan, self.state)
            spans += [max(0, at + extra - self.town.now) for at in (due, last) for extra in (0, 1)]
        self.town.later(self.random.choice(spans))

    def turn(self) -> None:
        """Anything, most of it what could go through."""
        random, state = self.random, self.state
        if random.random() < 0.35:
            self.wait()
        step = state.step if random.random() < 0.95 else random.randrange(3)
        call = random.random()
        if state.status is Status.PROPOSED and call < 0.8:
            free = [party for party in range(len(self.plan.parties)) if party not in state.joined]
            self.join(random.choice(free) if random.random() < 0.95 else random.randrange(len(self.plan.parties)))
        elif state.status is Status.DISPUTED and call < 0.5:
            self.divide()
        elif call < 0.6:
            present = self.plan.steps[step] if step < len(self.plan.steps) else self.plan.steps[0]
            witnesses = sorted(present.witnesses)
            if witnesses and random.random() < 0.1:
                witnesses = [*witnesses[1:], random.randrange(len(self.plan.parties))]
            self.perform(step, evidence=random.random() < 0.9, witnesses=witnesses)
        elif call < 0.75:
            self.refuse(step)
        else:
            self.timeout(step)

    def check(self) -> None:
        """The contract stands where the twin does, and no unit is lost or made."""
        status, step, joined, activated, since = self.town.book.read("standingOf", self.plan_id)
        state = self.state
        assert Status(status) is state.status
        assert sum(1 << party for party in state.joined) == joined
        if not state.status.has_ended:
            assert (step, activated, since) == (state.step, state.activated_at_seconds, state.since_seconds)
        for party, held in enumerate(state.held):
            assert self.town.book.read("heldBy", self.plan_id, party) == held
            assert self._owed(party) - self.before[party] == state.credited[party]
        assert sum(state.held) + sum(state.credited) == sum(self.plan.deposits[party] for party in state.joined)


def _end_by_time(walk: Walk) -> None:
    """Nobody acts any more; anyone passes what is over."""
    calls = 0
    while not walk.state.status.has_ended:
        _, last = machine.deadlines(walk.plan, walk.state)
        walk.town.later(max(0, last + 1 - walk.town.now))
        walk.timeout(walk.state.step)
        calls += 1
        assert calls <= len(walk.plan.steps) + 1


@pytest.fixture
def town() -> Town:
    return Town(keys=_KEYS)


@pytest.mark.parametrize("plans", [_FEWER_PLANS, pytest.param(_PLANS * FACTOR, marks=pytest.mark.long)])
def test_no_calls_on_any_plan_lose_money_or_an_end(town: Town, measured: Callable[[str], None], plans: int) -> None:
    random, counts = Random(17), Counter[str]()
    for _ in range(plans):
        plan = random_plan(random, token=town.money.address, keys=_KEYS, now=town.now)
        walk = Walk(town, plan, random, counts)
        if random.random() < 0.9:  # most become active at once
            for party in range(len(plan.parties)):
                walk.join(party)
        for _ in range(random.randint(0, 8)):
            walk.turn()
        walk.check()
        _end_by_time(walk)
        walk.check()
        counts[f"ended {walk.state.status.name.lower()}"] += 1
    held = town.money.read("balanceOf", town.book.address)
    assert held == sum(town.owed(key) for key in _KEYS)
    assert all(counts[f"ended {name}"] for name in ("done", "refunded", "arbitrated"))
    assert all(
        counts[name] and counts[f"{name} refused"] for name in ("join", "perform", "refuse", "timeout", "divide")
    )
    calls = ", ".join(f"{spaced(count)} × {name}" for name, count in sorted(counts.items()))
    measured(f"plans: {spaced(plans)} random plans as their twin: {calls}")


def test_plans_are_taken_and_refused_as_the_twin_does(town: Town) -> None:
    """One field of a valid plan is broken at a time, or many; both refuse with the same words."""
    random, refused = Random(5), Counter[str]()
    for _ in range(2_000):
        plan = random_plan(random, token=town.money.address, keys=_KEYS, now=town.now)
        values = list(as_arguments(plan))
        _break(random, values)
        broken = from_arguments(tuple(values))
        expected: str | None = None
        try:
            machine.check(broken, town.now)
        except machine.InvalidPlan as error:
            expected = str(error).removeprefix("the plan cannot be enforced: ")
        try:
            town.book.send("propose", tuple(values), [], sender=OWNER)
        except Reverted as error:
            assert error.failure == ("InvalidPlan", expected), (error.failure, expected, broken)
            refused[str(expected)] += 1
            continue
        assert expected is None, (expected, broken)
    assert len(refused) >= 18, refused


def _break(random: Random, values: list[Any]) -> None:
    for _ in range(random.choice([1, 1, 2])):
        at = random.randrange(9)
        if at == 0:
            values[1] = values[1][: random.randint(0, len(values[1]))]
        elif at == 1:
            values[1] = [*values[1][:-1], random.choice([values[1][0] if values[1] else address(9), "0x" + "0" * 40])]
        elif at == 2:
            values[2] = [random.choice([0, (1 << 128) - 1, 5]) for _ in values[2]]
        elif at == 3:
            values[3] = "0x" + "0" * 40
        elif at == 4:
            values[4], values[5] = random.choice([(NOBODY, 5), (9, 5), (0, 0), (0, 10**12), (0, 5)])
        elif at == 5:
            values[6] = random.choice([START_SECONDS - 1, START_SECONDS + 10**12])
        elif at == 6:
            values[7] = values[7] * random.choice([0, 20])
        elif values[7]:
            step = list(values[7][-1])
            field = random.randrange(15)
            step[field] = {
                3: random.choice([0, 10**13]),
                8: step[8],
                9: random.choice([0, 1, 1 << 15]),
                10: random.choice([0, 200]),
                11: [(250, 0, 1), (0, 250, 1), (0, 0, 0), *step[11], *step[11], *step[11]][: random.randint(1, 6)],
            }.get(field, random.choice([0, 1, 2, 3, 200, 252]) % (3 if field == 2 else 7 if field == 0 else 256))
            values[7] = [*values[7][:-1], tuple(step)]
