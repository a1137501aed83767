"""A leg over a relay pool, as its user goes it: open an order, see it filled, or be refunded.

planned → locking → locked → done
├→ challenging ─┐
└→ refunding → withdrawing → refunded
"""

import secrets

from oracle.bridges.orders import CrossOrder, OrderStatus, onchain_arguments, order_arguments
from oracle.crossing.bridges import Bridges
from oracle.crossing.crossing import Crossing
from oracle.crossing.leg import Leg, LegState
from oracle.crossing.outbox import Fate
from oracle.errors import CallRefused, ConnectionFailed

_NONCE_BITS = 128


def step_relay(leg: Leg, crossing: Crossing) -> Leg:
    """Do what can be done now for a leg; the leg as it stands then.

    Raises:
        ConnectionFailed: a chain that is needed for that does not answer.
    """
    if leg.state is LegState.PLANNED:
        return leg.at(LegState.LOCKING)
    steps = {
        LegState.LOCKING: _opening,
        LegState.LOCKED: _opened,
        LegState.CHALLENGING: _challenging,
        LegState.REFUNDING: _refunding,
        LegState.WITHDRAWING: _withdrawing,
    }
    return steps[leg.state](leg, crossing)


def fill_seconds(crossing: Crossing) -> int:
    """Time that relayers get to fill an order: to see it settled, and to have their fill settled."""
    return 2 * crossing.places.clocks.reaction_seconds


def _new_order(leg: Leg, crossing: Crossing) -> CrossOrder:
    source, target = crossing.places[leg.source], crossing.places[leg.target]
    return CrossOrder(
        origin_chain_id=source.chain.chain_id,
        origin_settler=source.addresses.pool,
        user=crossing.me,
        nonce=secrets.randbits(_NONCE_BITS) if leg.order is None else leg.order.nonce,
        fill_deadline=source.now() + fill_seconds(crossing),
        input_amount=leg.amount_in,
        destination_chain_id=target.chain.chain_id,
        destination_settler=target.addresses.pool,
        output_token=target.addresses.token,
        output_amount=leg.amount_out,
        recipient=leg.recipient,
    )


def _opening(leg: Leg, crossing: Crossing) -> Leg:
    here = crossing.at[leg.source]
    if not crossing.outbox.was_sent(here.place, f"{leg.id} open"):
        if leg.order is not None and here.order_state(leg.order).status is not OrderStatus.UNKNOWN:
            return leg.at(LegState.LOCKED)
        if not crossing.allowed(leg.source, leg.id, here.pool, leg.amount_in):
            return leg
        fresh = _new_order(leg, crossing)
        # Written down ahead of the call, with the time that it has from now on; the caller keeps the leg in between.
        late = fresh.fill_deadline - crossing.places.clocks.settle_seconds
        if leg.order is None or leg.order.fill_deadline < late:
            return leg.at(LegState.LOCKING, order=fresh)
    return _open(leg, crossing)


def _open(leg: Leg, crossing: Crossing) -> Leg:
    here, order = crossing.at[leg.source], _of(leg)
    try:
        fate = crossing.send(leg.source, f"{leg.id} open", here.pool, "open", onchain_arguments(order))
    except CallRefused as refused:
        if here.order_state(order).status is not OrderStatus.UNKNOWN:
            return leg.at(LegState.LOCKED)
        return leg.at(LegState.REFUNDED, note=f"no order was opened: {refused}")
    if fate is Fate.FAILED:
        return leg.at(LegState.REFUNDED, note="no order was opened: the transaction reverted")
    return leg.at(LegState.LOCKED) if fate is Fate.DONE else leg


def _opened(leg: Leg, crossing: Crossing) -> Leg:
    here, order = crossing.at[leg.source], _of(leg)
    state = here.order_state(order)
    note, seen_seconds = "nobody filled the order in time", 0
    try:
        is_filled, seen_seconds = _on_target(order, crossing.at[leg.target])
        if is_filled:
            return leg.at(LegState.DONE)
    except ConnectionFailed as error:
        # Whether it was filled, nobody can see; a claim is then left to the committee and to others.
        note = f"the target did not answer: {error}"
    is_over = seen_seconds > order.fill_deadline
    # A claim says that the order was filled before it.
    claimed_seconds = state.since_seconds + crossing.places.clocks.skew_seconds
    if state.status is OrderStatus.CLAIMED and (is_over or seen_seconds > claimed_seconds):
        return leg.at(LegState.CHALLENGING, note="the order was claimed though nobody filled it")
    if is_over and here.order_state(order, block=here.settled).status is OrderStatus.SETTLED:
        return leg.at(LegState.LOST)
    if state.status is OrderStatus.REFUNDED:
        return leg.at(LegState.WITHDRAWING, note=note)
    if state.status is OrderStatus.OPEN and here.place.now() > order.fill_deadline + here.terms.claim_seconds:
        return leg.at(LegState.REFUNDING, note=note)
    return leg


def _on_target(order: CrossOrder, there: Bridges) -> tuple[bool, int]:
    """Whether an order is filled, settled, and the timestamp of the block that shows it."""
    settled = there.settled
    return there.filler(order, block=settled) is not None, there.place.chain.timestamp(settled)


def _challenging(leg: Leg, crossing: Crossing) -> Leg:
    """Challenge a false claim; then the committee decides, or time does."""
    here, order = crossing.at[leg.source], _of(leg)
    state = here.order_state(order)
    if state.status is OrderStatus.REFUNDED:
        return leg.at(LegState.WITHDRAWING)
    if state.status is OrderStatus.DISPUTED:
        last = max(order.fill_deadline + here.terms.claim_seconds, state.since_seconds + here.terms.dispute_seconds)
        return leg.at(LegState.REFUNDING) if here.place.now() > last else leg
    if state.status is not OrderStatus.CLAIMED:
        return leg.at(LegState.LOCKED)
    if not crossing.allowed(leg.source, f"{leg.id} challenge", here.pool, here.terms.pledge(order.input_amount)):
        return leg
    try:
        fate = crossing.send(leg.source, f"{leg.id} challenge", here.pool, "challenge", order_arguments(order))
    except CallRefused:
        return leg.at(LegState.LOCKED)
    return leg.at(LegState.LOCKED) if fate is Fate.FAILED else leg


def _refunding(leg: Leg, crossing: Crossing) -> Leg:
    here, order, purpose = crossing.at[leg.source], _of(leg), f"{leg.id} refund"
    if here.order_state(order, block=here.settled).status is OrderStatus.REFUNDED:
        return leg.at(LegState.WITHDRAWING)
    try:
        fate = crossing.send(leg.source, purpose, here.pool, "refund", order_arguments(order))
    except CallRefused as refused:
        # Somebody claimed it, or refunded it, meanwhile; or it is too early by a block.
        return leg if refused.error == "TooEarly" else leg.at(LegState.LOCKED)
    if fate is Fate.FAILED:
        crossing.outbox.retry(here.place, purpose)
        return leg.at(LegState.LOCKED)
    return leg.at(LegState.WITHDRAWING) if fate is Fate.DONE else leg


def _withdrawing(leg: Leg, crossing: Crossing) -> Leg:
    here = crossing.at[leg.source]
    try:
        fate = crossing.send(leg.source, f"{leg.id} withdraw", here.pool, "withdraw", crossing.me)
    except CallRefused:
        # Another leg has withdrawn all credit. What counts is that no credit is left, settled.
        return leg.at(LegState.REFUNDED)
    if fate is Fate.FAILED:
        crossing.outbox.retry(here.place, f"{leg.id} withdraw")
    return leg.at(LegState.REFUNDED) if fate is Fate.DONE else leg


def _of(leg: Leg) -> CrossOrder:
    if leg.order is None:
        raise ValueError(f"leg {leg.id} has no order, though it is {leg.state}")
    return leg.order
