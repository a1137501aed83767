"""The graph of routes as the chains themselves show it.

Fees come from posted offers, liquidity from balances and pools, latency and success from what became of earlier legs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from oracle.bridges.locks import lock_of
from oracle.bridges.margins import lock_seconds
from oracle.bridges.pool_terms import WHOLE_BPS
from oracle.crossing.bridges import Bridges
from oracle.crossing.events import Seen
from oracle.crossing.places import Places
from oracle.routing.estimation import Observation, Prior, estimate
from oracle.routing.graph import Asset, Bridge, Graph, Kind


@dataclass(frozen=True)
class Offer:
    """An offer as posted. Amounts are in units of the token."""

    settler: str
    token: str
    target_chain_id: int
    target_settler: str
    target_token: str
    fee_fixed: int
    fee_bps: int
    least_amount: int
    most_amount: int
    lock_seconds: int


@dataclass(frozen=True)
class Observed:
    """The graph, and who stands behind each bridge."""

    graph: Graph
    providers: Mapping[str, str]  # address by name of the bridge


def observe(places: Places, at: Mapping[str, Bridges]) -> Observed:
    """The graph as it is now.

    Raises:
        ConnectionFailed: a chain does not answer.
    """
    bridges, providers = [], {}
    for here in at.values():
        here.look()
    for source, here in at.items():
        for provider, offer in standing_offers(here).items():
            found = _bridge(places, at, source, provider, offer)
            if found is not None:
                bridges.append(found)
                providers[found.name] = provider[0]
    graph = Graph(tuple(at), (Asset(places.asset, places.decimals),), tuple(bridges))
    return Observed(graph, providers)


def standing_offers(here: Bridges) -> dict[tuple[str, bytes], Offer]:
    """The last offer of each provider for each way, by provider and key; those that are withdrawn are left out."""
    found: dict[tuple[str, bytes], Offer] = {}
    for seen in here.offer_events():
        found[str(seen.values["provider"]), bytes(seen.values["key"])] = Offer(*seen.values["offer"])
    return {key: offer for key, offer in found.items() if offer.most_amount}


def offer_arguments(offer: Offer) -> tuple[Any, ...]:
    """An offer as the contract's calls take it."""
    return tuple(getattr(offer, each.name) for each in fields(offer))


def _bridge(
    places: Places, at: Mapping[str, Bridges], source: str, posted: tuple[str, bytes], offer: Offer
) -> Bridge | None:
    """The bridge of an offer; None where its settlers are none of ours."""
    here, place = at[source], places.of_chain(offer.target_chain_id)
    if place is None or offer.token.lower() != here.token.address.lower():
        return None
    there, provider = at[place.name], posted[0]
    kind = _kind(offer, here, there)
    if kind is None:
        return None
    if kind == "hash_lock":
        liquidity, attempts = _locks_liquidity(there, provider), lock_attempts(here, there, provider)
        refund_seconds = lock_seconds(places.clocks)
    else:
        liquidity, attempts = _pool_liquidity(here, there, provider), order_attempts(here, there)
        refund_seconds = 2 * places.clocks.reaction_seconds + here.terms.claim_seconds
    found = estimate(attempts, here.place.now(), Prior(latency_seconds=3.0 * places.clocks.settle_seconds))
    return Bridge(
        name=f"{places.provider(provider)}-{source}-{place.name}",
        kind=kind,
        source=source,
        target=place.name,
        asset=places.asset,
        fee_fixed_minor=offer.fee_fixed,
        fee_bps=offer.fee_bps,
        liquidity_minor=min(liquidity, offer.most_amount),
        latency_mean_seconds=found.latency_mean_seconds,
        latency_p95_seconds=found.latency_p95_seconds,
        success=found.success,
        observations=found.observations,
        refund_seconds=refund_seconds,
    )


def _kind(offer: Offer, here: Bridges, there: Bridges) -> Kind | None:
    settlers = (offer.settler.lower(), offer.target_settler.lower())
    if offer.target_token.lower() != there.token.address.lower():
        return None
    if settlers == (here.locks.address.lower(), there.locks.address.lower()):
        return "hash_lock"
    return "relay_pool" if settlers == (here.pool.address.lower(), there.pool.address.lower()) else None


def _locks_liquidity(there: Bridges, maker: str) -> int:
    """What a maker can lock on the target now."""
    return min(there.balance(maker), there.allowance(maker, there.locks.address))


def _pool_liquidity(here: Bridges, there: Bridges, relayer: str) -> int:
    """What a relayer can fill on the target now, of its own or of the pool's, and can claim on the source."""
    own = min(there.balance(relayer), there.allowance(relayer, there.pool.address))
    bond = there.bond(relayer)
    free = bond.amount - bond.pledged
    lent = min(there.liquidity(), free * WHOLE_BPS // (WHOLE_BPS + there.terms.loan_fee_bps))
    at_source, terms = here.bond(relayer), here.terms
    free_at_source = at_source.amount - at_source.pledged
    if free_at_source < terms.least_pledge:
        return 0
    claimable = free_at_source * WHOLE_BPS // terms.pledge_bps if terms.pledge_bps else max(own, lent)
    return min(max(own, lent), claimable)


def lock_attempts(here: Bridges, there: Bridges, maker: str) -> list[Observation]:
    """What became of locks for a maker that asked for payment on a target. Those that are open say nothing yet."""
    events, answered = here.lock_events(), _claimed_answers(there)
    refunded = {seen.values["lock"]: seen for seen in events if seen.kind == "Refunded"}
    found = []
    for seen in events:
        if seen.kind != "Locked" or str(seen.values["recipient"]).lower() != maker.lower():
            continue
        lock_id, lock = seen.values["lock"], lock_of(seen.values["content"])
        if lock.counterpart.chain_id != there.place.chain.chain_id or lock.counterpart.lock != bytes(32):
            continue
        if lock_id in answered:
            found.append(_paid(seen, answered[lock_id]))
        elif lock_id in refunded:
            found.append(Observation(refunded[lock_id].time_seconds, None))
    return found


def _claimed_answers(there: Bridges) -> dict[bytes, Seen]:
    """The claims of answers, by the lock that each answers."""
    answers, claims = {}, {}
    for seen in there.lock_events():
        if seen.kind == "Locked":
            answers[seen.values["lock"]] = lock_of(seen.values["content"]).counterpart.lock
        elif seen.kind == "Claimed" and answers.get(seen.values["lock"], bytes(32)) != bytes(32):
            claims[answers[seen.values["lock"]]] = seen
    return claims


def _paid(begun: Seen, paid: Seen) -> Observation:
    """A leg that was paid out. Two clocks time it: a target that lags can show its end before its beginning."""
    return Observation(begun.time_seconds, max(1, paid.time_seconds - begun.time_seconds))


def order_attempts(here: Bridges, there: Bridges) -> list[Observation]:
    """What became of orders from here to a target."""
    events = here.pool_events()
    filled = {seen.values["orderId"]: seen for seen in there.pool_events() if seen.kind == "Filled"}
    refunded = {seen.values["orderId"]: seen for seen in events if seen.kind == "RefundedOrder"}
    found = []
    for seen in events:
        if seen.kind != "Open":
            continue
        order_id, target = seen.values["orderId"], seen.values["resolvedOrder"][7][0][0]
        if target != there.place.chain.chain_id:
            continue
        if order_id in filled:
            found.append(_paid(seen, filled[order_id]))
        elif order_id in refunded:
            found.append(Observation(refunded[order_id].time_seconds, None))
    return found
