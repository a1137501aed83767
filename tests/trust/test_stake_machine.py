"""Any sequence of deposits, exits, blocks and evidence: stake and money are what a plain account of changes says."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import hypothesis.strategies as st
from eth_hash.auto import keccak
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.contracts.stakes import EXIT_TERMS, GRACE_SLOTS, TERM_SLOTS, Onion, Stakes
from tests.trust.evm import Reverted
from tests.trust.runs import FACTOR
from tests.trust.signing import address

_EXAMPLES, _STEPS = 80, 60
_NODES = 4
_node = st.integers(0, _NODES - 1)


class StakeMachine(RuleBasedStateMachine):
    """One ledger. Every change is written down as (term of it, amount), and added up anew for each question."""

    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.stakes = Stakes(nodes=_NODES)
        self.changes: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.exits: dict[int, tuple[int, int]] = {}
        self.slashed: set[int] = set()
        self.stakers: set[int] = set()
        self.pending: dict[int, int] = {}  # the term from which an onion counts that no block has revealed of yet
        self.rounds = 0
        for node in range(2):
            self._deposit(node, 10**18)
            self.stakes.send("commit", node, self.stakes.onions[node].tip, node=node)
            self.pending[node] = 2
        self.stakes.to_term(2)

    def _deposit(self, node: int, amount: int) -> None:
        self.stakes.deposit(node, amount)
        self.stakers.add(node)
        self.changes[node].append((self.stakes.term, amount))

    def _at(self, node: int, term: int) -> int:
        """By the rule: a change counts from the second term after it."""
        return sum(amount for changed, amount in self.changes[node] if changed + 2 <= term)

    def _staked(self, node: int) -> int:
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

    @rule(slots=st.sampled_from([1, 1, 1, 2, 5, TERM_SLOTS, 3 * TERM_SLOTS]))
    def wait(self, slots: int) -> None:
        self.stakes.to_slot(self.stakes.slot + slots)

    @rule(node=_node, amount=st.sampled_from([0, 1, 10**15, 10**18, 7 * 10**18]))
    def deposit(self, node: int, amount: int) -> None:
        expected = "NodeSlashed" if node in self.slashed else "WrongAmount" if amount == 0 else None
        if self._tried("deposit", lambda: self.stakes.deposit(node, amount), expected):
            self.stakers.add(node)
            self.changes[node].append((self.stakes.term, amount))

    @rule(node=_node, part=st.sampled_from([0.0, 0.3, 1.0, 1.1]))
    def leave(self, node: int, part: float) -> None:
        amount = int(self._staked(node) * part) + (part > 1)
        if node not in self.stakers:
            expected: str | None = "NotStaker"
        elif node in self.slashed:
            expected = "NodeSlashed"
        elif amount == 0:
            expected = "WrongAmount"
        else:
            expected = "AmountTooLarge" if amount > self._staked(node) else None
        if self._tried("exit", lambda: self.stakes.send("exit", node, amount, node=node), expected):
            self.changes[node].append((self.stakes.term, -amount))
            before = self.exits.get(node, (0, 0))[0]
            self.exits[node] = (before + amount, self.stakes.term + 2 + EXIT_TERMS)

    @rule(node=_node, waits=st.booleans())
    def withdraw(self, node: int, waits: bool) -> None:
        amount, from_term = self.exits.get(node, (0, 0))
        if waits and from_term > self.stakes.term:
            self.stakes.to_term(from_term)
        expected = "NothingToWithdraw" if amount == 0 else "ExitNotOver" if self.stakes.term < from_term else None
        before = self.stakes.chain.evm.get_balance(address(5000 + node))
        if self._tried("withdraw", lambda: self.stakes.ledger.send("withdraw", node), expected):
            assert self.stakes.chain.evm.get_balance(address(5000 + node)) - before == amount
            del self.exits[node]

    @rule(node=_node)
    def commit(self, node: int) -> None:
        """A fresh onion, for who stakes; it is peeled once it counts."""
        from_term = self.pending.get(node, self.stakes.term + 1)
        if node not in self.stakers:
            expected: str | None = "NotStaker"
        elif node in self.slashed:
            expected = "NodeSlashed"
        else:
            begun = from_term <= self.stakes.term
            expected = "CommitTooSoon" if begun and self.stakes.slot < from_term * TERM_SLOTS + GRACE_SLOTS else None
        onion = Onion(bytes([node, self.counts["commit"] % 251]) * 16, 60)
        self._tried("commit", lambda: self.stakes.send("commit", node, onion.tip, node=node), expected)
        if expected is None:
            # Blocks of this node are refused from here on unless its tip is the one known.
            self.stakes.onions[node] = onion
            self.pending[node] = self.stakes.term + 2

    @rule(node=_node, waits=st.booleans())
    def block(self, node: int, waits: bool) -> None:
        """The present slot, or one of the next that the node has drawn, if any."""
        stakes = self.stakes
        for _ in range(20 if waits else 0):
            if stakes.slot > self._last_slot() and stakes.drawn(stakes.slot, node):
                break
            stakes.to_slot(stakes.slot + 1)
        block = stakes.block(node)
        tip = stakes.ledger.read("tipOf", node)
        previous = stakes.ledger.read("opening")[3]
        if block.slot <= self._last_slot():
            expected: str | None = "SlotNotAdvancing"
        elif node in self.slashed:
            expected = "NodeSlashed"
        elif not stakes.drawn(block.slot, node):
            expected = "SlotNotWon"
        elif stakes.chain.timestamp <= previous:
            expected = "TimestampNotAdvancing"
        else:
            expected = None if tip == keccak(stakes.onions[node].next()) else "WrongReveal"
        if self._tried("block", lambda: stakes.ledger.send("submitBlock", *stakes.submission(block)), expected):
            stakes.onions[node].peel()
            self.rounds += 1
            self.last_slot = block.slot
            if self.pending.get(node, self.stakes.term + 1) <= self.stakes.term:
                del self.pending[node]

    def _last_slot(self) -> int:
        return getattr(self, "last_slot", 2 * TERM_SLOTS - 1)

    @rule(node=_node, same=st.sampled_from([True] * 9 + [False]))
    def slash(self, node: int, same: bool) -> None:
        one = self.stakes.block(node)
        other = replace(one, body=one.body if same else b"\x05" * 32)
        evidence = self.stakes.evidence(one, other)
        expected = "NoEvidence" if same else "NodeSlashed" if node in self.slashed else None
        taken = self._staked(node) + self.exits.get(node, (0, 0))[0]
        before = self.stakes.chain.evm.get_balance(address(77))
        if self._tried("slash", lambda: self.stakes.ledger.send("slash", *evidence, sender=address(77)), expected):
            assert self.stakes.chain.evm.get_balance(address(77)) - before == taken // 10
            self.slashed.add(node)
            self.changes[node].append((self.stakes.term, -self._staked(node)))
            self.exits.pop(node, None)

    @invariant()
    def stake_counts_by_the_rule(self) -> None:
        ledger = self.stakes.ledger
        for term in (self.stakes.term, self.stakes.term - 1):
            by_node = [self._at(node, term) for node in range(_NODES)]
            assert [ledger.read("stakeOf", node, term) for node in range(_NODES)] == by_node
            assert ledger.read("totalStake", term) == sum(by_node)

    @invariant()
    def the_ledger_holds_what_is_staked_and_leaving_and_no_more(self) -> None:
        held = self.stakes.chain.evm.get_balance(self.stakes.ledger.address)
        leaving = sum(amount for amount, _ in self.exits.values())
        assert held == sum(self._staked(node) for node in range(_NODES)) + leaving
        for node in range(_NODES):
            assert self.stakes.ledger.read("exitOf", node)[0] == self.exits.get(node, (0, 0))[0]

    @invariant()
    def rounds_are_consecutive(self) -> None:
        assert self.stakes.ledger.read("openRound") == self.rounds + 1


def test_no_sequence_of_calls_moves_stake_otherwise_than_by_the_rules(measured: Callable[[str], None]) -> None:
    StakeMachine.counts.clear()
    run_state_machine_as_test(
        StakeMachine,
        settings=settings(
            max_examples=_EXAMPLES * FACTOR,
            stateful_step_count=_STEPS,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    counts = StakeMachine.counts
    for name in ("deposit", "exit", "withdraw", "commit", "block", "slash"):
        assert counts[name] > 5, (name, counts)
        assert counts[f"{name} refused"] > 5 or name == "commit", (name, counts)
    measured(
        f"StakeLedger: {sum(counts.values())} calls in {_EXAMPLES * FACTOR} sequences, {counts['block']} blocks won"
    )
