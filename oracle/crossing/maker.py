"""Who answers hash locks for a fee: sees a lock, locks on the other chain, learns the preimage there, claims."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from oracle.bridges.locks import Counterpart, Lock, LockStatus, lock_arguments, lock_of
from oracle.bridges.margins import answer_expiry
from oracle.crossing.crossing import Crossing
from oracle.crossing.leg import lock_from, lock_json
from oracle.crossing.observe import Offer
from oracle.crossing.offers import fee_of, own_offer
from oracle.crossing.outbox import Fate
from oracle.errors import CallRefused, ConnectionFailed

_KIND = "answer"


class AnswerState(StrEnum):
    """How far an answer has come. The maker's tokens are at risk from LOCKING to the end."""

    LOCKING = "locking"
    LOCKED = "locked"
    CLAIMING = "claiming"  # the preimage is known
    REFUNDING = "refunding"
    PAID = "paid"
    REFUNDED = "refunded"
    LOST = "lost"  # the taker claimed, and the maker could not: must never be

    @property
    def has_ended(self) -> bool:
        """Whether nothing is to be done any more."""
        return self in (AnswerState.PAID, AnswerState.REFUNDED, AnswerState.LOST)


@dataclass(frozen=True)
class Answer:
    """One lock of somebody, and the maker's answer to it."""

    id: str  # of the first lock, in hexadecimal
    source: str
    target: str
    lock: Lock
    answer: Lock
    state: AnswerState = AnswerState.LOCKING
    preimage: str = ""  # in hexadecimal


class Maker:
    """One key that answers locks by its own offers."""

    def __init__(self, crossing: Crossing) -> None:
        self._crossing, self._journal = crossing, crossing.outbox.journal

    def answers(self) -> list[Answer]:
        """All of the journal, the oldest first."""
        return [_answer_of(raw) for raw in self._journal.all(_KIND).values()]

    def open_ways(self) -> set[tuple[str, str]]:
        """The ways on which something is under way."""
        return {(each.source, each.target) for each in self.answers() if not each.state.has_ended}

    def step(self, source: str, target: str) -> None:
        """Do what can be done now about locks from one chain to another.

        Raises:
            ConnectionFailed: one of both does not answer; what needs the other one alone is done.
        """
        silence: ConnectionFailed | None = None
        for answer in self.answers():
            if not answer.state.has_ended and (answer.source, answer.target) == (source, target):
                try:
                    self._keep_changed(answer, self._step(answer))
                except ConnectionFailed as error:  # of one chain: another answer may need the other one alone
                    silence = error
        if silence is not None:
            raise silence
        for lock in self._wanted(source, target):
            self._take(source, target, lock)

    def _wanted(self, source: str, target: str) -> list[Lock]:
        """Settled locks for this maker that ask for payment on the target, and that it has not answered."""
        here, there = self._crossing.at[source], self._crossing.at[target]
        known = self._journal.all(_KIND)
        found = []
        for seen in here.lock_events():
            if seen.kind != "Locked" or seen.values["recipient"] != self._crossing.me:
                continue
            lock = lock_of(seen.values["content"])
            is_for = lock.counterpart.chain_id == there.place.chain.chain_id
            if is_for and lock.counterpart.lock == bytes(32) and here.lock_id(lock).hex() not in known:
                found.append(lock)
        return found

    def _take(self, source: str, target: str, lock: Lock) -> None:
        """Write down the answer to a lock, if it is one to answer."""
        here, there, clocks = self._crossing.at[source], self._crossing.at[target], self._crossing.places.clocks
        offer = own_offer(here, there, self._crossing.me, here.locks, there.locks)
        wanted = lock.counterpart
        if offer is None or not _is_paid_for(lock, offer) or wanted.amount > there.balance(self._crossing.me):
            return
        is_ours = (
            wanted.token.lower() == there.token.address.lower() and lock.token.lower() == here.token.address.lower()
        )
        expiry = answer_expiry(lock, there.place.now(), clocks)
        is_open = here.lock_status(lock, block=here.settled) is LockStatus.LOCKED
        if not is_ours or expiry is None or not is_open or wanted.settler.lower() != there.locks.address.lower():
            return
        answer = Lock(
            token=there.token.address,
            sender=self._crossing.me,
            recipient=wanted.recipient,
            amount=wanted.amount,
            hash=lock.hash,
            expiry_seconds=expiry,
            counterpart=Counterpart(
                chain_id=here.place.chain.chain_id,
                settler=here.locks.address,
                token=here.token.address,
                recipient=self._crossing.me,
                amount=lock.amount,
                lock=here.lock_id(lock),
            ),
        )
        self._keep(Answer(here.lock_id(lock).hex(), source, target, lock, answer))

    def _step(self, answer: Answer) -> Answer:
        steps = {
            AnswerState.LOCKING: self._locking,
            AnswerState.LOCKED: self._locked,
            AnswerState.CLAIMING: self._claiming,
            AnswerState.REFUNDING: self._refunding,
        }
        return steps[answer.state](answer)

    def _locking(self, answer: Answer) -> Answer:
        crossing, there = self._crossing, self._crossing.at[answer.target]
        purpose = f"answer {answer.id}"
        if not crossing.outbox.was_sent(there.place, purpose):
            if there.lock_status(answer.answer) is not LockStatus.UNKNOWN:
                return replace(answer, state=AnswerState.LOCKED)
            # A process that was away for long finds that there is no time any more.
            latest = answer_expiry(answer.lock, there.place.now(), crossing.places.clocks)
            here = crossing.at[answer.source]
            is_open = here.lock_status(answer.lock, block=here.settled) is LockStatus.LOCKED
            if not is_open or latest is None or latest < answer.answer.expiry_seconds:
                return replace(answer, state=AnswerState.REFUNDED)
            if not crossing.allowed(answer.target, purpose, there.locks, answer.answer.amount):
                return answer
        try:
            fate = crossing.send(answer.target, purpose, there.locks, "lock", lock_arguments(answer.answer))
        except CallRefused:
            is_there = there.lock_status(answer.answer) is not LockStatus.UNKNOWN
            return replace(answer, state=AnswerState.LOCKED if is_there else AnswerState.REFUNDED)
        if fate is Fate.FAILED:
            return replace(answer, state=AnswerState.REFUNDED)
        return replace(answer, state=AnswerState.LOCKED) if fate is Fate.DONE else answer

    def _locked(self, answer: Answer) -> Answer:
        there = self._crossing.at[answer.target]
        preimage = there.preimage(answer.answer)
        if preimage is not None:
            return replace(answer, state=AnswerState.CLAIMING, preimage=preimage.hex())
        if there.place.now() >= answer.answer.expiry_seconds:
            return replace(answer, state=AnswerState.REFUNDING)
        return answer

    def _claiming(self, answer: Answer) -> Answer:
        here = self._crossing.at[answer.source]
        arguments = (lock_arguments(answer.lock), bytes.fromhex(answer.preimage))
        try:
            fate = self._crossing.send(answer.source, f"claim {answer.id}", here.locks, "claim", *arguments)
        except CallRefused:
            fate = Fate.FAILED
        if fate is Fate.DONE:
            return replace(answer, state=AnswerState.PAID)
        settled = here.lock_status(answer.lock, block=here.settled)
        if settled is LockStatus.CLAIMED:
            return replace(answer, state=AnswerState.PAID)
        if settled is LockStatus.REFUNDED:
            # A reorganisation may have taken the claim on the target back with it.
            there = self._crossing.at[answer.target]
            is_gone = there.lock_status(answer.answer, block=there.settled) is LockStatus.CLAIMED
            return replace(answer, state=AnswerState.LOST if is_gone else AnswerState.LOCKED)
        if fate is Fate.FAILED:
            self._crossing.outbox.retry(here.place, f"claim {answer.id}")
        return answer

    def _refunding(self, answer: Answer) -> Answer:
        there = self._crossing.at[answer.target]
        purpose = f"refund {answer.id}"
        try:
            fate = self._crossing.send(answer.target, purpose, there.locks, "refund", lock_arguments(answer.answer))
        except CallRefused:
            fate = Fate.FAILED
        settled = there.lock_status(answer.answer, block=there.settled)
        if fate is Fate.DONE or settled is LockStatus.REFUNDED:
            return replace(answer, state=AnswerState.REFUNDED)
        if there.lock_status(answer.answer) is LockStatus.CLAIMED:
            return replace(answer, state=AnswerState.LOCKED)
        if fate is Fate.FAILED:
            self._crossing.outbox.retry(there.place, purpose)
        return answer

    def _keep_changed(self, before: Answer, after: Answer) -> None:
        if after != before:
            self._keep(after)

    def _keep(self, answer: Answer) -> None:
        self._journal.put(_KIND, answer.id, _answer_json(answer))


def _is_paid_for(lock: Lock, offer: Offer) -> bool:
    fee = fee_of(offer, lock.amount)
    return offer.least_amount <= lock.amount and lock.counterpart.amount <= min(lock.amount - fee, offer.most_amount)


def _answer_json(answer: Answer) -> dict[str, Any]:
    return vars(answer) | {"lock": lock_json(answer.lock), "answer": lock_json(answer.answer)}


def _answer_of(raw: dict[str, Any]) -> Answer:
    locks = {name: lock_from(raw[name]) for name in ("lock", "answer")}
    return Answer(**raw | locks | {"state": AnswerState(raw["state"])})
