"""Who fills orders for a fee: sees an order, pays it on the other chain, claims its input, waits, is paid."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from eth_abi.abi import decode

from oracle.bridges.margins import may_fill
from oracle.bridges.orders import (
    CROSS_ORDER_TYPE,
    CrossOrder,
    OrderStatus,
    filler_data,
    order_arguments,
    order_id,
    origin_data,
)
from oracle.crossing.bridges import Bridges
from oracle.crossing.crossing import Crossing
from oracle.crossing.offers import fee_of, own_offer
from oracle.crossing.outbox import Fate
from oracle.errors import CallRefused, ConnectionFailed

_KIND = "fill"


class FillState(StrEnum):
    """How far a fill has come. The relayer's tokens are at risk from FILLING to the end."""

    FILLING = "filling"
    CLAIMING = "claiming"  # the fill is settled
    WAITING = "waiting"  # for challenges
    WITHDRAWING = "withdrawing"
    PAID = "paid"
    LEFT = "left"  # not filled: another one was faster, or there was no time
    LOST = "lost"  # filled and not paid: must never be

    @property
    def has_ended(self) -> bool:
        """Whether nothing is to be done any more."""
        return self in (FillState.PAID, FillState.LEFT, FillState.LOST)


@dataclass(frozen=True)
class Fill:
    """One order, and how the relayer fills it."""

    id: str  # of the order, in hexadecimal
    source: str
    target: str
    order: CrossOrder
    from_pool: bool
    state: FillState = FillState.FILLING


class Relayer:
    """One bonded key that fills orders by its own offers."""

    def __init__(self, crossing: Crossing) -> None:
        self._crossing, self._journal = crossing, crossing.outbox.journal

    def fills(self) -> list[Fill]:
        """All of the journal, the oldest first."""
        return [_fill_of(raw) for raw in self._journal.all(_KIND).values()]

    def open_ways(self) -> set[tuple[str, str]]:
        """The ways on which something is under way."""
        return {(each.source, each.target) for each in self.fills() if not each.state.has_ended}

    def step(self, source: str, target: str) -> None:
        """Do what can be done now about orders from one chain to another.

        Raises:
            ConnectionFailed: one of both does not answer; what needs the other one alone is done.
        """
        silence: ConnectionFailed | None = None
        for fill in self.fills():
            if not fill.state.has_ended and (fill.source, fill.target) == (source, target):
                try:
                    self._keep_changed(fill, self._step(fill))
                except ConnectionFailed as error:  # of one chain: another fill may need the other one alone
                    silence = error
        if silence is not None:
            raise silence
        for order in self._wanted(source, target):
            self._take(source, target, order)
        self._repay(target)

    def _wanted(self, source: str, target: str) -> list[CrossOrder]:
        """Settled orders to the target's pool that nobody has looked at."""
        here, there = self._crossing.at[source], self._crossing.at[target]
        known = self._journal.all(_KIND)
        found = []
        for seen in here.pool_events():
            if seen.kind != "Open" or seen.values["orderId"].hex() in known:
                continue
            chain_id, _, data = seen.values["resolvedOrder"][7][0]
            if chain_id == there.place.chain.chain_id:
                found.append(CrossOrder(*decode([CROSS_ORDER_TYPE], data)[0]))
        return found

    def _take(self, source: str, target: str, order: CrossOrder) -> None:
        """Write down that an order is filled, if it is one to fill."""
        here, there = self._crossing.at[source], self._crossing.at[target]
        offer = own_offer(here, there, self._crossing.me, here.pool, there.pool)
        if offer is None or not self._is_in_time(order, here, there):
            return
        is_ours = order.destination_settler.lower() == there.pool.address.lower()
        is_paid = order.output_amount <= order.input_amount - fee_of(offer, order.input_amount)
        is_big = order.input_amount >= offer.least_amount and order.output_amount <= offer.most_amount
        if not (is_ours and is_paid and is_big) or self._free(here) < here.terms.pledge(order.input_amount):
            return
        if here.order_state(order, block=here.settled).status is not OrderStatus.OPEN:
            return
        if there.filler(order) is not None:
            return
        own = there.balance(self._crossing.me) >= order.output_amount
        lent = there.liquidity() >= order.output_amount and self._free(there) >= there.terms.loan_due(
            order.output_amount
        )
        if own or lent:
            self._keep(Fill(order_id(order).hex(), source, target, order, from_pool=not own))

    def _is_in_time(self, order: CrossOrder, here: Bridges, there: Bridges) -> bool:
        clocks = self._crossing.places.clocks
        in_time_there = there.place.now() + clocks.settle_seconds < order.fill_deadline
        return in_time_there and may_fill(order.fill_deadline, here.terms.claim_seconds, here.place.now(), clocks)

    def _free(self, bridges: Bridges) -> int:
        bond = bridges.bond(self._crossing.me)
        return bond.amount - bond.pledged

    def _step(self, fill: Fill) -> Fill:
        steps = {
            FillState.FILLING: self._filling,
            FillState.CLAIMING: self._claiming,
            FillState.WAITING: self._waiting,
            FillState.WITHDRAWING: self._withdrawing,
        }
        return steps[fill.state](fill)

    def _filling(self, fill: Fill) -> Fill:
        crossing, here, there = self._crossing, self._crossing.at[fill.source], self._crossing.at[fill.target]
        order, purpose = fill.order, f"fill {fill.id}"
        if not crossing.outbox.was_sent(there.place, purpose):
            # Again: a process that was away for long finds another state.
            state = here.order_state(order, block=here.settled)
            if not self._is_in_time(order, here, there) or state.status is not OrderStatus.OPEN:
                return replace(fill, state=self._unfilled(fill))
            if not fill.from_pool and not crossing.allowed(fill.target, purpose, there.pool, order.output_amount):
                return fill
        data = filler_data(crossing.me, from_pool=fill.from_pool)
        try:
            fate = crossing.send(fill.target, purpose, there.pool, "fill", order_id(order), origin_data(order), data)
        except CallRefused:
            return replace(fill, state=self._unfilled(fill))
        if fate is Fate.FAILED:
            return replace(fill, state=self._unfilled(fill))
        return replace(fill, state=FillState.CLAIMING) if fate is Fate.DONE else fill

    def _unfilled(self, fill: Fill) -> FillState:
        """Where a fill stands that was refused: this key may have filled the order before."""
        filler = self._crossing.at[fill.target].filler(fill.order)
        return FillState.CLAIMING if filler == self._crossing.me else FillState.LEFT

    def _claiming(self, fill: Fill) -> Fill:
        here, order = self._crossing.at[fill.source], fill.order
        state = here.order_state(order)
        if state.status is OrderStatus.CLAIMED and state.claimant == self._crossing.me:
            return replace(fill, state=FillState.WAITING)
        if state.status is not OrderStatus.OPEN:
            return replace(fill, state=FillState.WAITING)
        try:
            fate = self._crossing.send(fill.source, f"claim {fill.id}", here.pool, "claim", order_arguments(order))
        except CallRefused:
            return fill  # no free bond yet, or too late: then the committee can still say who filled it
        if fate is Fate.FAILED:
            self._crossing.outbox.retry(here.place, f"claim {fill.id}")
        return replace(fill, state=FillState.WAITING) if fate is Fate.DONE else fill

    def _waiting(self, fill: Fill) -> Fill:
        here, order = self._crossing.at[fill.source], fill.order
        state = here.order_state(order)
        if state.status is OrderStatus.OPEN:
            return replace(fill, state=FillState.CLAIMING)  # a reorganisation dropped the claim
        if state.status is OrderStatus.SETTLED:
            return replace(fill, state=FillState.WITHDRAWING)
        if state.status is OrderStatus.REFUNDED:
            settled = here.order_state(order, block=here.settled).status
            return replace(fill, state=FillState.LOST) if settled is OrderStatus.REFUNDED else fill
        is_ours = state.status is OrderStatus.CLAIMED and state.claimant == self._crossing.me
        if is_ours and here.place.now() > state.since_seconds + here.terms.challenge_seconds:
            try:
                purpose = f"finalize {fill.id}"
                fate = self._crossing.send(fill.source, purpose, here.pool, "finalize", order_arguments(order))
            except CallRefused:
                return fill
            if fate is Fate.FAILED:
                self._crossing.outbox.retry(here.place, purpose)
        return fill

    def _withdrawing(self, fill: Fill) -> Fill:
        here = self._crossing.at[fill.source]
        purpose = f"withdraw {fill.id}"
        try:
            fate = self._crossing.send(fill.source, purpose, here.pool, "withdraw", self._crossing.me)
        except CallRefused:
            # Withdrawn with another order's credit; paid once that, and the order, are settled.
            status = here.order_state(fill.order, block=here.settled).status
            return replace(fill, state=FillState.PAID) if status is OrderStatus.SETTLED else fill
        if fate is Fate.FAILED:
            self._crossing.outbox.retry(here.place, purpose)
        return replace(fill, state=FillState.PAID) if fate is Fate.DONE else fill

    def _repay(self, target: str) -> None:
        """Repay loans as soon as there are tokens of one's own on their chain."""
        there = self._crossing.at[target]
        for fill in self.fills():
            if not fill.from_pool or fill.target != target or fill.state in (FillState.FILLING, FillState.LEFT):
                continue
            loan = there.loan(fill.order)
            due = there.terms.loan_due(loan.amount)
            if loan.relayer != self._crossing.me or there.balance(self._crossing.me) < due:
                continue
            if self._crossing.allowed(target, f"repay {fill.id}", there.pool, due):
                try:
                    self._crossing.send(target, f"repay {fill.id}", there.pool, "repay", order_id(fill.order))
                except CallRefused:
                    continue

    def _keep_changed(self, before: Fill, after: Fill) -> None:
        if after != before:
            self._keep(after)

    def _keep(self, fill: Fill) -> None:
        self._journal.put(_KIND, fill.id, _fill_json(fill))


def _fill_json(fill: Fill) -> dict[str, Any]:
    return vars(fill) | {"order": vars(fill.order)}


def _fill_of(raw: dict[str, Any]) -> Fill:
    return Fill(**raw | {"order": CrossOrder(**raw["order"]), "state": FillState(raw["state"])})
