"""Random calls on a StorageRegistry, by holders, owner, steward and strangers: it and its twin agree on all of them."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.contracts.storage_stage import (
    CHALLENGER,
    GIB,
    HOLDERS,
    NONE,
    OWNER,
    STEWARD,
    Yard,
    kept,
    region,
)
from tests.trust.evm import Reverted
from tests.trust.runs import FACTOR, spaced
from tests.trust.storage_twin import File, Now, Refused, Twin

FILES = (kept(1, 3_000), kept(2, 1_024, replicas_min=1, replicas_max=2, regions=("eu", "us-east")))
UNKNOWN = b"\x05" * 32
_holders, _files = st.sampled_from(HOLDERS), st.sampled_from([*(each.id for each in FILES)] * 8 + [UNKNOWN])
_accounts = st.sampled_from([OWNER, OWNER, STEWARD, STEWARD, CHALLENGER, *HOLDERS])


class Registry(RuleBasedStateMachine):
    """Contract and twin side by side."""

    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.yard = Yard(min_bond=2_000, bond_periods=2)
        self.twin = Twin(self.yard.setup)
        for file in FILES:
            self.yard.add(file, fund=0)
            self.twin.files[file.id] = File(file, OWNER)
            self.tried("fund", partial(self.twin.fund, file.id, 40_000), file.id, 40_000, sender=OWNER)
        for index, account in enumerate(HOLDERS[:3]):
            self.set_holder(account, ("eu-west", "us-east", "us-east-2")[index], 5_000, GIB // (1 + index))
            self.bond(account, 20_000)
        for file, account in ((FILES[0], HOLDERS[0]), (FILES[0], HOLDERS[1]), (FILES[1], HOLDERS[1])):
            self.take_up(file.id, account)

    @property
    def now(self) -> Now:
        return Now(self.yard.chain.number, self.yard.chain.timestamp)

    def tried(self, function: str, twin: Callable[[], None], *arguments: Any, sender: str) -> None:
        """Both refuse for one reason, or both go on."""
        expected = None
        try:
            twin()
        except Refused as error:
            expected = error.name
        try:
            self.yard.send(function, *arguments, sender=sender)
        except Reverted as error:
            assert error.name == expected, (function, error.failure, expected)
            self.counts[f"{function} refused"] += 1
        else:
            assert expected is None, (function, expected)
            self.counts[function] += 1

    @rule(
        account=_holders,
        name=st.sampled_from(["eu-west", "us-east", "us-west", "eurasia", ""]),
        capacity=st.sampled_from([0, 3_000, 5_000, 100_000]),
        price=st.sampled_from([0, 1, GIB // 2, GIB, 5 * GIB]),
    )
    def set_holder(self, account: str, name: str, capacity: int, price: int) -> None:
        twin = lambda: self.twin.set_holder(account, name, capacity, price)  # noqa: E731
        self.tried("setHolder", twin, region(name), capacity, price, sender=account)

    @rule(account=_holders, amount=st.sampled_from([0, 1, 2_000, 20_000]))
    def bond(self, account: str, amount: int) -> None:
        self.tried("bond", lambda: self.twin.bond(account, amount), amount, sender=account)

    @rule(account=_holders, amount=st.sampled_from([1, 2_000, 20_000]))
    def unbond(self, account: str, amount: int) -> None:
        self.tried("unbond", lambda: self.twin.unbond(account, amount), amount, sender=account)

    @rule(file=_files, amount=st.sampled_from([0, 1, 3_000, 60_000]))
    def fund(self, file: bytes, amount: int) -> None:
        self.tried("fund", lambda: self.twin.fund(file, amount), file, amount, sender=OWNER)

    @rule(file=_files, account=_accounts)
    def defund(self, file: bytes, account: str) -> None:
        self.tried("defund", lambda: self.twin.defund(account, file), file, sender=account)

    @rule(file=_files, account=_accounts, holder=_holders, ahead=st.sampled_from([-1, 0, 5_000, 5_000]))
    def offer(self, file: bytes, account: str, holder: str, ahead: int) -> None:
        until, now = self.now.seconds + ahead, self.now
        twin = lambda: self.twin.offer(account, file, holder, until, now)  # noqa: E731
        self.tried("offer", twin, file, holder, until, sender=account)

    @rule(file=_files, holder=_holders)
    def accept(self, file: bytes, holder: str) -> None:
        self.tried("accept", lambda: self.twin.accept(holder, file, self.now), file, sender=holder)

    @rule(file=_files, holder=_holders)
    def take_up(self, file: bytes, holder: str) -> None:
        self.offer(file, OWNER, holder, 0)
        self.accept(file, holder)

    @rule(file=_files, holder=_holders)
    def collect(self, file: bytes, holder: str) -> None:
        self.tried("collect", lambda: self.twin.collect(holder, file, self.now), file, sender=holder)

    @rule(file=_files, holder=_holders, seconds=st.sampled_from([3_600, 7_300]))
    def earn(self, file: bytes, holder: str, seconds: int) -> None:
        self.fund(file, 3_000)
        self.yard.later(seconds=seconds)
        self.collect(file, holder)

    @rule(file=_files, holder=_holders)
    def give_notice(self, file: bytes, holder: str) -> None:
        self.tried("giveNotice", lambda: self.twin.give_notice(holder, file, self.now), file, sender=holder)

    @rule(file=_files, holder=_holders)
    def depart(self, file: bytes, holder: str) -> None:
        self.tried("depart", lambda: self.twin.depart(holder, file, self.now), file, sender=holder)

    @rule(file=_files, holder=_holders, seconds=st.sampled_from([7_199, 7_200]))
    def go(self, file: bytes, holder: str, seconds: int) -> None:
        self.give_notice(file, holder)
        self.yard.later(seconds=seconds)
        self.depart(file, holder)

    @rule(file=_files, holder=_holders)
    def be_challenged(self, file: bytes, holder: str) -> None:
        self.challenge(file, CHALLENGER, holder, 3)
        self.answer(file, holder, is_true=True)

    @rule(file=_files, holder=_holders, blocks=st.sampled_from([22, 23]))
    def be_silent(self, file: bytes, holder: str, blocks: int) -> None:
        self.challenge(file, CHALLENGER, holder, blocks)
        self.convict(file, holder, OWNER)

    @rule(file=_files, account=_accounts, holder=_holders)
    def release(self, file: bytes, account: str, holder: str) -> None:
        twin = lambda: self.twin.release(account, file, holder, self.now)  # noqa: E731
        self.tried("release", twin, file, holder, sender=account)

    @rule(file=_files, holder=_holders)
    def release_as_owner(self, file: bytes, holder: str) -> None:
        self.release(file, OWNER, holder)

    @rule(file=_files, account=_accounts, holder=_holders, blocks=st.sampled_from([0, 3, 22, 23]))
    def challenge(self, file: bytes, account: str, holder: str, blocks: int) -> None:
        twin = lambda: self.twin.challenge(account, file, holder, self.now)  # noqa: E731
        self.tried("challenge", twin, file, holder, sender=account)
        self.yard.later(blocks=blocks)

    @rule(file=_files, holder=_holders, is_true=st.booleans())
    def answer(self, file: bytes, holder: str, is_true: bool) -> None:
        agreement, known = self.twin.agreement(file, holder), self.twin.files.get(file)
        proofs: list[Any] = []
        if known and agreement.challenger is not None:
            proofs = [known.kept.proof(index).arguments() for index in self.yard.drawn(known.kept, holder)]
            if not is_true:
                chunk, path = proofs[-1]
                proofs[-1] = (bytes([chunk[0] ^ 1]) + chunk[1:], path)
        twin = lambda: self.twin.answer(holder, file, self.now, is_true=is_true)  # noqa: E731
        self.tried("answer", twin, file, proofs, sender=holder)

    @rule(file=_files, holder=_holders, account=_accounts)
    def convict(self, file: bytes, holder: str, account: str) -> None:
        self.tried("convict", lambda: self.twin.convict(file, holder, self.now), file, holder, sender=account)

    @rule(account=_accounts)
    def withdraw(self, account: str) -> None:
        self.tried("withdraw", lambda: self.twin.withdraw(account), account, sender=account)

    @rule(seconds=st.sampled_from([0, 1, 3_599, 3_600, 7_200, 40_000]), blocks=st.sampled_from([1, 2, 5, 21]))
    def wait(self, seconds: int, blocks: int) -> None:
        self.yard.later(seconds=seconds, blocks=blocks)

    @invariant()
    def stands_as_the_twin(self) -> None:
        for file in FILES:
            twin = self.twin.files[file.id]
            owner, agreements, held, fund = self.yard.read("standingOf", file.id)
            assert (owner, agreements, held, fund) == (OWNER.lower(), len(twin.agreements), twin.held, twin.fund)
            assert held <= agreements <= file.terms.replicas_max
            assert sorted(self.yard.read("holdersOf", file.id)) == sorted(each.lower() for each in twin.agreements)
            for account in HOLDERS:
                self.agrees(file.id, account)
        for account, holder in self.twin.holders.items():
            found = self.yard.read("holderOf", account)
            assert found[1:] == (holder.capacity, holder.used, holder.price, holder.bond, holder.locked)
            assert holder.locked == sum(
                twin.agreements[account].locked for twin in self.twin.files.values() if account in twin.agreements
            )
            assert holder.used <= holder.capacity
            assert holder.locked <= holder.bond

    def agrees(self, file: bytes, account: str) -> None:
        found, twin = self.yard.read("agreementOf", file, account), self.twin.agreement(file, account)
        if twin.status == NONE:
            assert not any(value for value in found[:6])
            return
        challenger = "0x" + "0" * 40 if twin.challenger is None else twin.challenger.lower()
        expected = (twin.status, twin.since, twin.paid_until, twin.leaves, twin.rent, twin.locked)
        assert found == (*expected, challenger, twin.draw_block)

    @invariant()
    def all_money_is_somewhere(self) -> None:
        held = self.yard.money.read("balanceOf", self.yard.registry.address)
        assert held == self.twin.held_money() == self.twin.paid_in - self.twin.paid_out
        for account in (OWNER, STEWARD, CHALLENGER, *HOLDERS):
            assert self.yard.owed(account) == self.twin.owed.get(account, 0)


def test_a_registry_stands_where_its_twin_does(measured: Callable[[str], None]) -> None:
    Registry.counts.clear()
    run_state_machine_as_test(
        Registry,
        settings=settings(
            max_examples=40 * FACTOR,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    counts = Registry.counts
    for function in ("offer", "accept", "collect", "giveNotice", "depart", "release", "challenge", "answer", "convict"):
        assert counts[function], function
        assert counts[f"{function} refused"], function
    calls = ", ".join(f"{spaced(count)} × {name}" for name, count in sorted(counts.items()))
    measured(f"storage: random calls as their twin: {calls}")
