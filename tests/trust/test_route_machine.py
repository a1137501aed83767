"""Any sequence of calls on two chains: pools and locks do what their twins in `oracle/bridges` do, to the unit."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import astuple, replace
from functools import partial
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from oracle.bridges import locks, orders, shares
from oracle.bridges.locks import NO_ACCOUNT, Lock, LockStatus
from oracle.bridges.orders import CrossOrder
from oracle.bridges.pools import OrderState, Pool
from oracle.bridges.refusal import Refused
from tests.contracts.route_stage import (
    KEYS,
    MINTED,
    OPERATORS,
    PREIMAGE,
    PROVIDER,
    RELAYER,
    RIVAL,
    SENDER,
    STRANGER,
    TERMS,
    Pair,
    signed,
)
from tests.trust.evm import Reverted
from tests.trust.runs import FACTOR, spaced
from tests.trust.signing import address

_EXAMPLES, _STEPS = 80, 50
_relayer = st.sampled_from([RELAYER, RIVAL])
_which = st.sampled_from([0, 0, 0, 1, 1, 2, 3])  # the latest orders; one that is none at last
_filler = st.sampled_from([NO_ACCOUNT, address(RELAYER), address(RIVAL), address(STRANGER)])


class Tried(RuleBasedStateMachine):
    """Calls that contract and twin take or refuse together."""

    counts: ClassVar[Counter[str]]

    def tried(self, name: str, call: Callable[[], Any], twin: Callable[[], Any]) -> bool:
        """Whether both went on; else both refused for one reason."""
        expected: str | None = None
        try:
            twin()
        except Refused as error:
            expected = error.name
        try:
            call()
        except Reverted as error:
            assert error.name == expected, (name, error.failure, expected)
            self.counts[f"{name} refused"] += 1
            return False
        assert expected is None, f"{name} was meant to be refused with {expected}"
        self.counts[name] += 1
        return True


class PoolMachine(Tried):
    """Orders from a source to a target, with their bonds and loans, and liquidity at the target."""

    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()
        source, target = self.pair.source, self.pair.target
        self.origin = Pool(source.terms, source.chain_id, source.pool.address)
        self.destination = Pool(target.terms, target.chain_id, target.pool.address)
        self.sides = ((source, self.origin), (target, self.destination))
        self.orders: list[CrossOrder] = []
        self.worth = 0.0
        for key in (RELAYER, RIVAL):
            self.pair.bonded(key, 60_000)
            for _, pool in self.sides:
                pool.bond(address(key), 60_000)
        target.pool.send("deposit", 50_000, 0, sender=address(PROVIDER))
        self.destination.deposit(address(PROVIDER), 50_000, target.now)
        self.pair.later(TERMS.loan_seconds)
        for nonce, amount in enumerate((40_000, 5_001)):
            order = self.pair.opened(nonce=nonce, input_amount=amount, output_amount=amount - 50)
            self.origin.open(order, source.now)
            self.orders.append(order)
        self.claim(0, RELAYER)
        self.fill(1, RIVAL, from_pool=True)

    def _order(self, which: int) -> CrossOrder:
        return self.orders[-1 - which % len(self.orders)] if which < 3 else self.pair.order(nonce=77)

    def _about(self, name: str, which: int, key: int, twin: Callable[[CrossOrder, int], Any]) -> bool:
        """A call about an order on its origin."""
        return self._of(name, self._order(which), key, twin)

    def _of(self, name: str, order: CrossOrder, key: int, twin: Callable[[CrossOrder, int], Any]) -> bool:
        now = self.pair.source.now
        return self.tried(name, lambda: self.pair.call(name, order, key), lambda: twin(order, now))

    @rule(seconds=st.sampled_from([0, 0, 0, 0, 1, 300, 601, 901, 1_201, 3_601, 3_601]), alone=st.booleans())
    def wait(self, seconds: int, alone: bool) -> None:
        if alone:
            self.pair.source.later(seconds % 300)  # clocks drift apart
        else:
            self.pair.later(seconds)

    @rule(which=_which)
    def wait_to_the_second(self, which: int) -> None:
        """To where an order's time ends, if that is ahead."""
        order, source = self._order(which), self.pair.source
        for at in (order.fill_deadline, self.origin.refundable_from(order) - 1):
            if at > source.now:
                source.until(at)
                return
        source.later(1)

    @rule(
        amount=st.sampled_from([999, 1_000, 5_001, 40_000, 99_999]),
        seconds=st.sampled_from([0, 1, 600, 600, 3_000, 86_401]),
        again=st.integers(0, 9),
    )
    def open(self, amount: int, seconds: int, again: int) -> None:
        source = self.pair.source
        order = self.pair.order(
            nonce=len(self.orders),
            input_amount=amount,
            output_amount=amount - amount // 100,
            fill_deadline=source.now + seconds,
        )
        if again == 0 and self.orders:
            order = self.orders[-1]
        call = lambda: source.pool.send("open", orders.onchain_arguments(order), sender=order.user)  # noqa: E731
        if self.tried("open", call, lambda: self.origin.open(order, source.now)):
            self.orders.append(order)

    @rule(which=_which, key=_relayer, from_pool=st.sampled_from([True, True, False]))
    def fill(self, which: int, key: int, from_pool: bool) -> None:
        order, target = self._order(which), self.pair.target
        self.tried(
            "fill",
            lambda: self.pair.fill(order, key, from_pool=from_pool),
            lambda: self.destination.fill(
                order, target.now, relayer=address(key), filler=address(key), from_pool=from_pool
            ),
        )

    @rule(which=_which, key=_relayer)
    def claim(self, which: int, key: int) -> None:
        self._about("claim", which, key, lambda order, now: self.origin.claim(order, now, relayer=address(key)))

    @rule(which=_which, key=st.sampled_from([SENDER, RIVAL, STRANGER]))
    def challenge(self, which: int, key: int) -> None:
        twin = lambda order, now: self.origin.challenge(order, now, challenger=address(key))  # noqa: E731
        self._about("challenge", which, key, twin)

    @rule(which=_which)
    def finalize(self, which: int) -> None:
        self._about("finalize", which, STRANGER, self.origin.finalize)

    @rule(which=_which)
    def refund(self, which: int) -> None:
        self._about("refund", which, STRANGER, self.origin.refund)

    @rule(which=_which, filler=_filler)
    def decide(self, which: int, filler: str) -> None:
        order = self._order(which)
        verdict = signed(orders.verdict_document(order, filler), OPERATORS[1:])
        arguments = (orders.order_arguments(order), filler, verdict)
        self.tried(
            "decide",
            lambda: self.pair.source.pool.send("decide", *arguments, sender=address(STRANGER)),
            lambda: self.origin.decide(order, filler, self.pair.source.now),
        )

    @rule(key=st.sampled_from([SENDER, RELAYER, RIVAL, STRANGER]))
    def withdraw(self, key: int) -> None:
        self.tried(
            "withdraw",
            lambda: self.pair.source.pool.send("withdraw", address(key), sender=address(key)),
            lambda: self.origin.withdraw(address(key)),
        )

    @rule(key=_relayer, amount=st.sampled_from([1, 5_000, 40_000, 40_000]), at_source=st.booleans(), more=st.booleans())
    def change_bond(self, key: int, amount: int, at_source: bool, more: bool) -> None:
        side, pool = self.sides[0 if at_source else 1]
        name, twin = ("bond", pool.bond) if more else ("unbond", pool.unbond)
        call = lambda: side.pool.send(name, amount, sender=address(key))  # noqa: E731
        self.tried(name, call, lambda: twin(address(key), amount))

    @rule(key=st.sampled_from([PROVIDER, RIVAL]), amount=st.sampled_from([0, 1, 7, 30_000]))
    def deposit(self, key: int, amount: int) -> None:
        side = self.pair.target
        self.tried(
            "deposit",
            lambda: side.pool.send("deposit", amount, 0, sender=address(key)),
            lambda: self.destination.deposit(address(key), amount, side.now),
        )

    @rule(key=st.sampled_from([PROVIDER, RIVAL]), part=st.sampled_from([0.0, 0.4, 1.0, 1.01]))
    def redeem(self, key: int, part: float) -> None:
        side = self.pair.target
        given = int(self.destination.holdings[address(key)].shares * part)
        self.tried(
            "redeem",
            lambda: side.pool.send("redeem", given, 0, sender=address(key)),
            lambda: self.destination.redeem(address(key), given, side.now),
        )

    def _loan(self, which: int) -> bytes:
        loans = list(self.destination.loans)
        return loans[-1] if loans and which < 3 else orders.order_id(self._order(which))

    @rule(which=_which)
    def repay(self, which: int) -> None:
        found = self._loan(which)
        self.tried(
            "repay",
            lambda: self.pair.target.pool.send("repay", found, sender=address(STRANGER)),
            lambda: self.destination.repay(found),
        )

    @rule(which=_which)
    def foreclose(self, which: int) -> None:
        found, side = self._loan(which), self.pair.target
        self.tried(
            "foreclose",
            lambda: side.pool.send("foreclose", found, sender=address(STRANGER)),
            lambda: self.destination.foreclose(found, side.now),
        )

    @invariant()
    def each_pool_holds_to_the_unit_what_it_owes(self) -> None:
        for side, pool in self.sides:
            assert side.held(side.pool) == pool.holds
            assert side.pool.read("pool") == (pool.liquid, pool.lent, pool.shares)
            for key in (RELAYER, RIVAL):
                assert side.bond(key) == astuple(pool.bonds[address(key)])
                assert side.owed(key) == pool.owed[address(key)]

    @invariant()
    def orders_stand_where_the_twin_says(self) -> None:
        for order in self.orders[-4:]:
            state = self.origin.orders[orders.order_id(order)]
            assert OrderState(*self.pair.source.state(order)) == state

    @invariant()
    def loans_are_covered_and_no_share_ever_loses(self) -> None:
        pool = self.destination
        for key in (RELAYER, RIVAL):
            due = sum(pool.terms.loan_due(loan.amount) for loan in pool.loans.values() if loan.relayer == address(key))
            bond = pool.bonds[address(key)]
            assert due <= bond.pledged <= bond.amount
        worth = (pool.liquid + pool.lent + 1) / (pool.shares + 1_000)
        assert worth >= self.worth * (1 - 1e-12)
        self.worth = worth

    def teardown(self) -> None:
        """By time alone every order ends, every loan is paid, and all money is somebody's."""
        for order in self.orders:
            state = self.origin.orders[orders.order_id(order)]
            if state.status.name in ("OPEN", "DISPUTED"):
                self.pair.source.until(max(self.pair.source.now, self.origin.refundable_from(order)))
                self._of("refund", order, STRANGER, self.origin.refund)
            elif state.status.name == "CLAIMED":
                at = state.since_seconds + TERMS.challenge_seconds + 1
                self.pair.source.until(max(self.pair.source.now, at))
                self._of("finalize", order, STRANGER, self.origin.finalize)
        assert self.origin.inputs == self.origin.challenged == 0
        self.pair.target.later(TERMS.loan_seconds + 1)
        for found in list(self.destination.loans):
            side = self.pair.target
            call, twin = (
                partial(side.pool.send, "foreclose", found),
                partial(self.destination.foreclose, found, side.now),
            )
            self.tried("foreclose", call, twin)
        assert self.destination.lent == 0
        self.each_pool_holds_to_the_unit_what_it_owes()


class LockMachine(Tried):
    """Locks of one contract."""

    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair(keys=KEYS[:2])
        self.made: list[Lock] = []
        self.standing: dict[Lock, LockStatus] = {}
        self.paid: Counter[str] = Counter()

    def _call(self, name: str, lock: Lock, twin: Callable[[LockStatus], LockStatus], *arguments: Any, key: int) -> bool:
        def step() -> None:
            self.after = twin(self.standing.get(lock, LockStatus.UNKNOWN))

        contract = self.pair.source.locks
        call = lambda: contract.send(name, locks.lock_arguments(lock), *arguments, sender=address(key))  # noqa: E731
        if not self.tried(name, call, step):
            return False
        self.standing[lock] = self.after
        return True

    @rule(seconds=st.sampled_from([0, 1, 50, 99, 100]))
    def wait(self, seconds: int) -> None:
        self.pair.source.later(seconds)

    @rule(
        amount=st.sampled_from([0, 1, 1_000]),
        seconds=st.sampled_from([-1, 0, 1, 100, 100, 30 * 86_400 + 1]),
        key=st.sampled_from([*KEYS[:1] * 4, KEYS[1]]),
        again=st.integers(0, 5),
    )
    def lock(self, amount: int, seconds: int, key: int, again: int) -> None:
        now = self.pair.source.now
        made = self.pair.lock(amount=amount, expiry_seconds=now + seconds)
        if again == 0 and self.made:
            made = self.made[-1]
        twin = lambda status: locks.locked(made, status, now, caller=address(key))  # noqa: E731
        if self._call("lock", made, twin, key=key):
            self.made.append(made)

    @rule(which=_which, right=st.sampled_from([True, True, False]))
    def claim(self, which: int, right: bool) -> None:
        lock = self._lock(which)
        preimage, now = (PREIMAGE if right else bytes(32)), self.pair.source.now
        twin = lambda status: locks.claimed(lock, status, now, preimage=preimage)  # noqa: E731
        if self._call("claim", lock, twin, preimage, key=STRANGER):
            self.paid[lock.recipient] += lock.amount

    @rule(which=_which)
    def refund(self, which: int) -> None:
        lock, now = self._lock(which), self.pair.source.now
        if self._call("refund", lock, lambda status: locks.refunded(lock, status, now), key=STRANGER):
            self.paid[lock.sender] += lock.amount

    def _lock(self, which: int) -> Lock:
        return self.made[-1 - which % len(self.made)] if self.made else self.pair.lock(amount=5)

    @invariant()
    def what_is_locked_is_held_and_what_has_ended_is_paid(self) -> None:
        side = self.pair.source
        held = sum(lock.amount for lock, status in self.standing.items() if status is LockStatus.LOCKED)
        assert side.held(side.locks) == held
        sender, maker = (int(side.money.read("balanceOf", address(key))) for key in KEYS[:2])
        assert maker == MINTED + self.paid[address(KEYS[1])]
        assert sender + maker + held == 2 * MINTED


def _settings() -> settings:
    return settings(
        max_examples=_EXAMPLES * FACTOR,
        stateful_step_count=_STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


def test_no_sequence_of_calls_on_pools_loses_or_makes_a_unit(measured: Callable[[str], None]) -> None:
    PoolMachine.counts.clear()
    run_state_machine_as_test(PoolMachine, settings=_settings())
    counts = PoolMachine.counts
    about_orders = ("open", "fill", "claim", "challenge", "finalize", "refund", "decide", "withdraw")
    about_money = ("bond", "unbond", "deposit", "redeem", "repay", "foreclose")
    for name in about_orders + about_money:
        assert counts[name] > 5, (name, counts)
        assert counts[f"{name} refused"] > 5 or name == "bond", (name, counts)
    measured(f"RelayPool: {spaced(sum(counts.values()))} calls in {_EXAMPLES * FACTOR} sequences on two chains")


def test_no_sequence_of_calls_on_locks_pays_otherwise_than_by_the_rules(measured: Callable[[str], None]) -> None:
    LockMachine.counts.clear()
    run_state_machine_as_test(LockMachine, settings=_settings())
    counts = LockMachine.counts
    for name in ("lock", "claim", "refund"):
        assert counts[name] > 5, (name, counts)
        assert counts[f"{name} refused"] > 5, (name, counts)
    measured(f"HashLock: {spaced(sum(counts.values()))} calls in {_EXAMPLES * FACTOR} sequences")


@given(
    st.integers(1, 1 << 100),
    st.lists(st.tuples(st.integers(1, 1 << 100), st.integers(0, 1 << 90)), max_size=6),
)
def test_who_leaves_a_pool_never_takes_from_those_who_stay(first: int, comings: list[tuple[int, int]]) -> None:
    """Comings and goings, with gains between them: the first provider's part never shrinks."""
    assets, whole = first, shares.shares_for(first, 0, 0)
    mine = whole
    for amount, gain in comings:
        assets += gain
        before = shares.amount_for(mine, assets, whole)
        got = shares.shares_for(amount, assets, whole)
        assets, whole = assets + amount, whole + got
        paid = shares.amount_for(got, assets, whole)
        assert paid <= amount
        assets, whole = assets - paid, whole - got
        assert shares.amount_for(mine, assets, whole) >= before
    assert shares.amount_for(mine, assets, whole) <= assets


def test_a_refused_call_leaves_the_twin_as_it_was() -> None:
    pair = Pair()
    pool = Pool(replace(pair.target.terms), pair.target.chain_id, pair.target.pool.address)
    pool.deposit(address(PROVIDER), 1_000, pair.target.now)
    before = deepcopy(pool)
    order = pair.order(output_amount=500)
    for refused in (
        lambda: pool.fill(order, 0, relayer=address(RELAYER), filler=address(RELAYER), from_pool=True),
        lambda: pool.claim(order, 0, relayer=address(RELAYER)),
        lambda: pool.redeem(address(PROVIDER), 5, 0),
        lambda: pool.unbond(address(RELAYER), 1),
    ):
        try:
            refused()
        except Refused:
            continue
        raise AssertionError("it was meant to be refused")
    assert {name: value for name, value in vars(pool).items() if value} == {
        name: value for name, value in vars(before).items() if value
    } | {"bonds": pool.bonds, "orders": pool.orders}
