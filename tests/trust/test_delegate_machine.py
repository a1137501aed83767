"""Any sequence of votes, elections, blocks and absences: delegates, turns and jail are what a plain account says."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.contracts.delegates import JAIL_TERMS, MIN_SIGNED, SEATS, TERM_SECONDS, VOTER, WINDOW, Delegates
from tests.trust.evm import Reverted
from tests.trust.runs import FACTOR, spaced
from tests.trust.signing import address

_EXAMPLES, _STEPS = 80, 60
_NODES = 5
_node = st.integers(0, _NODES - 1)


class DelegateMachine(RuleBasedStateMachine):
    """One ledger, one voter."""

    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.turns = Delegates(nodes=_NODES)
        self.changes: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.leaving = (0, 0)
        self.standing: set[int] = set()
        self.barred: set[int] = set()
        self.jailed: dict[int, int] = {}
        self.history: dict[int, list[bool]] = defaultdict(list)  # whether a turn was missed, by node
        self.order: list[int] = []  # that of the next turn first
        self.elected_term = -1
        self.from_seconds = self.turns.opening()[3]
        self.rounds = 0
        for node in range(4):
            self._vote(node, 10 - node)
            self.turns.stand(node)
            self.standing.add(node)
        self.turns.to_term(2)
        self.elect()

    def _vote(self, node: int, amount: int) -> None:
        self.turns.vote(node, amount)
        self.changes[node].append((self.turns.term, amount))

    def _at(self, node: int, term: int) -> int:
        """By the rule: a change counts from the second term after it."""
        return sum(amount for changed, amount in self.changes[node] if changed + 2 <= term)

    def _has(self, node: int) -> int:
        return sum(amount for _, amount in self.changes[node])

    def _tried(self, name: str, call: Callable[[], Any], expected: str | None) -> bool:
        try:
            call()
        except Reverted as error:
            assert error.name == expected, (name, error.failure, expected)
            self.counts[f"{name} refused"] += 1
            return False
        assert expected is None, f"{name} was meant to be refused with {expected}"
        self.counts[name] += 1
        return True

    def _best(self) -> list[int]:
        able = [node for node in self.standing if node not in self.barred and node not in self.jailed]
        ranked = sorted((-self._at(node, self.turns.term), node) for node in able)
        return [node for votes, node in ranked if votes][:SEATS]

    def _take_order(self) -> None:
        order, following = self.turns.ledger.read("delegates")
        assert (sorted(order), following) == (sorted(self._best()), 0)
        self.order, self.elected_term = list(order), self.turns.term

    def _pass(self, missed: int) -> None:
        """The first so many of the order missed their turns."""
        for node in self.order[:missed]:
            self.history[node].append(True)
            if sum(self.history[node][-WINDOW:]) > WINDOW - MIN_SIGNED:
                self.jailed[node] = self.turns.term + JAIL_TERMS
        self.order = self.order[missed:] + self.order[:missed]

    def _drop_jailed(self) -> None:
        self.order = [node for node in self.order if node not in self.jailed]

    @rule(seconds=st.sampled_from([1, 3, 9, 15, 40, TERM_SECONDS // 2, TERM_SECONDS, 2 * TERM_SECONDS]))
    def wait(self, seconds: int) -> None:
        self.turns.at(self.turns.now + seconds)

    @rule(node=_node, amount=st.sampled_from([0, 1, 2, 5, 20]))
    def vote(self, node: int, amount: int) -> None:
        if self._tried("vote", lambda: self.turns.vote(node, amount), None if amount else "WrongAmount"):
            self.changes[node].append((self.turns.term, amount))

    @rule(node=_node, to=_node, part=st.sampled_from([0.0, 0.5, 1.0, 1.1]), moves=st.booleans())
    def unvote(self, node: int, to: int, part: float, moves: bool) -> None:
        amount = int(self._has(node) * part) + (part > 1)
        expected = "WrongAmount" if amount == 0 else "NotSoManyVotes" if amount > self._has(node) else None
        arguments = ("move", node, to, amount) if moves else ("unvote", node, amount)
        if self._tried(arguments[0], lambda: self.turns.send(*arguments, key=VOTER), expected):
            self.changes[node].append((self.turns.term, -amount))
            if moves:
                self.changes[to].append((self.turns.term, amount))
            else:
                self.leaving = (self.leaving[0] + amount, self.turns.term + 2)

    @rule(waits=st.booleans())
    def withdraw(self, waits: bool) -> None:
        amount, from_term = self.leaving
        if waits and self.turns.term < from_term:
            self.turns.to_term(from_term)
        expected = "NothingToWithdraw" if amount == 0 else "VotesStillCount" if self.turns.term < from_term else None
        if self._tried("withdraw", lambda: self.turns.send("withdraw", key=VOTER), expected):
            self.leaving = (0, 0)

    @rule(node=_node)
    def stand(self, node: int) -> None:
        expected = "NodeBarred" if node in self.barred else "StandsAlready" if node in self.standing else None
        if self._tried("stand", lambda: self.turns.stand(node), expected):
            self.standing.add(node)

    @rule()
    def elect(self) -> None:
        if self.turns.term <= self.elected_term:
            expected: str | None = "TermHasDelegates"
        else:
            p = self.turns.opening()[5]
            begun = max(0, self.turns.now - self.from_seconds) // p
            before = (self.order[:], dict(self.jailed), {node: seen[:] for node, seen in self.history.items()})
            if self.order and begun > 1:
                self._pass((begun - 1) % len(self.order))
            expected = None if self._best() else "NoDelegates"
            if expected:
                self.order, self.jailed, history = before
                self.history = defaultdict(list, history)
        if self._tried("elect", lambda: self.turns.ledger.send("elect"), expected):
            self._take_order()
            self.from_seconds = max(self.from_seconds, self.turns.now)

    @rule(node=_node, waits=st.integers(0, 3))
    def block(self, node: int, waits: int) -> None:
        """The turn that lasts, or one of the next, by whoever; mostly by whose it is."""
        turns = self.turns
        p = turns.opening()[5]
        if waits:
            turns.at(self.from_seconds + p * max(1, (turns.now - self.from_seconds) // p + waits))
        begun = (turns.now - self.from_seconds) // p
        whose = self.order[(begun - 1) % len(self.order)] if begun and self.order else None
        maker = whose if waits and whose is not None else node
        if not self.order:
            expected: str | None = "NoDelegates"
        elif maker in self.barred:
            expected = "NodeBarred"
        elif not begun:
            expected = "NotInTurn"
        else:
            expected = None if maker == whose else "NotItsTurn"
        block = turns.block(maker)
        if self._tried("block", lambda: turns.ledger.send("submitBlock", *turns.submission(block)), expected):
            self.rounds += 1
            self._pass((begun - 1) % len(self.order))
            self.history[maker].append(False)
            self.order = self.order[1:] + self.order[:1]
            self._drop_jailed()
            self.from_seconds = turns.now
            if turns.term > self.elected_term and self._best():
                self._take_order()

    @rule(node=_node)
    def neglect(self, node: int) -> None:
        """Some laps in which a node makes no block."""
        for _ in range(4 * SEATS):
            self.block(node, 2 if self.order and self.order[0] == node else 1)

    @rule(node=_node, waits=st.booleans())
    def release(self, node: int, waits: bool) -> None:
        until = self.jailed.get(node)
        if waits and until is not None and self.turns.term < until:
            self.turns.to_term(until)
        expected = "CannotRelease" if until is None or self.turns.term < until else None
        if self._tried("release", lambda: self.turns.send("release", node, key=5000 + node), expected):
            del self.jailed[node]
            self.history[node].clear()

    @rule(node=_node, same=st.sampled_from([True] * 15 + [False]))
    def bar(self, node: int, same: bool) -> None:
        one = self.turns.block(node)
        other = replace(one, body=one.body if same else b"\x05" * 32)
        evidence = self.turns.evidence(one, other)
        expected = "NoEvidence" if same else "NodeBarred" if node in self.barred else None
        if self._tried("bar", lambda: self.turns.ledger.send("bar", *evidence), expected):
            self.barred.add(node)

    @invariant()
    def votes_count_by_the_rule_and_the_ledger_holds_them(self) -> None:
        ledger = self.turns.ledger
        for term in (self.turns.term, self.turns.term - 1):
            assert [ledger.read("votesOf", node, term) for node in range(_NODES)] == [
                self._at(node, term) for node in range(_NODES)
            ]
        held = self.turns.chain.evm.get_balance(ledger.address)
        assert held == sum(self._has(node) for node in range(_NODES)) + self.leaving[0]
        assert ledger.read("leaving", address(VOTER))[0] == self.leaving[0]

    @invariant()
    def delegates_turns_and_jail_are_the_accounts(self) -> None:
        ledger = self.turns.ledger
        assert list(self.turns.order()) == self.order
        assert ledger.read("openRound") == self.rounds + 1
        for node in range(_NODES):
            assert ledger.read("jailedUntil", node) == self.jailed.get(node, 0)
            assert ledger.read("missedTurns", node) == sum(self.history[node][-WINDOW:])


def test_no_sequence_of_calls_gives_a_turn_otherwise_than_by_the_rules(measured: Callable[[str], None]) -> None:
    DelegateMachine.counts.clear()
    run_state_machine_as_test(
        DelegateMachine,
        settings=settings(
            max_examples=_EXAMPLES * FACTOR,
            stateful_step_count=_STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    counts = DelegateMachine.counts
    for name in ("vote", "move", "unvote", "withdraw", "elect", "block", "bar", "release"):
        assert counts[name] > 5, (name, counts)
        assert counts[f"{name} refused"] > 5, (name, counts)
    measured(
        f"state machine over DelegateLedger: {spaced(counts.total())} calls by anyone, {spaced(counts['block'])} "
        f"blocks won, {spaced(counts['elect'])} elections, {counts['release']} releases from jail"
    )
