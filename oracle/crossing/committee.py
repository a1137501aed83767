"""What operators say: who filled an order, and what the conditions of a route are. They sign only what is settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eth_hash.auto import keccak

from oracle.bridges.conditions import RouteLeg, RouteReport, fees_of, report_arguments, report_document, route_id
from oracle.bridges.locks import NO_ACCOUNT
from oracle.bridges.orders import CrossOrder, order_arguments, verdict_document
from oracle.crossing.bridges import Bridges
from oracle.crossing.crossing import Crossing
from oracle.crossing.outbox import Fate
from oracle.report.signer import Signer
from oracle.report.signing import CompactSignature, sign_document
from oracle.routing.graph import Bridge


@dataclass(frozen=True)
class Verdict:
    """Who filled an order in time: an address, or that of nobody."""

    order: CrossOrder
    filler: str


def verdict(order: CrossOrder, there: Bridges) -> Verdict | None:
    """What can be said of an order by the settled blocks of its destination; None while that is open.

    That nobody filled it can be said only once a settled block lies past the fill deadline: no fill can come before it.

    Raises:
        ConnectionFailed: the destination does not answer.
    """
    settled = there.place.settled
    filler = there.filler(order, block=settled)
    if filler is not None:
        return Verdict(order, filler)
    return Verdict(order, NO_ACCOUNT) if there.place.chain.timestamp(settled) > order.fill_deadline else None


def decide(said: Verdict, operators: Sequence[Signer], source: str, crossing: Crossing) -> Fate:
    """Sign a verdict and bring it to the order's origin.

    Args:
        said: The verdict.
        operators: Enough of them, in the committee's order.
        source: The chain of the order's origin.
        crossing: All chains, and the key that pays.

    Raises:
        CallRefused: the order has ended, or the signatures are not enough.
    """
    document = verdict_document(said.order, said.filler)
    arguments = (order_arguments(said.order), said.filler, _pairs(sign_document(document, operators)))
    purpose = f"decide {document['message']['orderId'].hex()} {said.filler}"
    return crossing.send(source, purpose, crossing.at[source].pool, "decide", *arguments)


def conditions(
    bridges: Sequence[Bridge], at: Mapping[str, Bridges], *, sequence: int, now_seconds: int, valid_seconds: int
) -> RouteReport:
    """The report of a route: what its bridges together take, and how they behave.

    Args:
        bridges: From source to target.
        at: The contracts of each chain.
        sequence: Above that of the last report.
        now_seconds: The timestamp of a settled block of the chain on which it is published.
        valid_seconds: How long it holds.
    """
    fees = (bridges[0].fee_fixed_minor, bridges[0].fee_bps)
    success = bridges[0].success
    for bridge in bridges[1:]:
        fees = fees_of(fees, (bridge.fee_fixed_minor, bridge.fee_bps))
        success *= bridge.success
    return RouteReport(
        route=route_id([leg_of_bridge(bridge, at) for bridge in bridges]),
        sequence=sequence,
        observed_at_seconds=now_seconds,
        valid_until_seconds=now_seconds + valid_seconds,
        p95_seconds=round(sum(bridge.latency_p95_seconds for bridge in bridges)),
        success_bps=int(success * 10_000),
        fee_bps=fees[1],
        fee_fixed=fees[0],
        most_amount=min(bridge.liquidity_minor for bridge in bridges),
        evidence=bytes(keccak(repr(tuple(bridges)).encode())),
    )


def leg_of_bridge(bridge: Bridge, at: Mapping[str, Bridges]) -> RouteLeg:
    """A bridge by its contracts."""
    here, there = at[bridge.source], at[bridge.target]
    settlers = [each.locks if bridge.kind == "hash_lock" else each.pool for each in (here, there)]
    return RouteLeg(
        here.place.chain.chain_id,
        settlers[0].address,
        here.token.address,
        there.place.chain.chain_id,
        settlers[1].address,
        there.token.address,
    )


def publish(report: RouteReport, operators: Sequence[Signer], chain: str, crossing: Crossing) -> Fate:
    """Sign a report and bring it to a chain.

    Args:
        report: The report.
        operators: Enough of them, in the committee's order.
        chain: Where it is published.
        crossing: All chains, and the key that pays.

    Raises:
        CallRefused: a later report is in force, or the signatures are not enough.
    """
    here = crossing.at[chain]
    document = report_document(report, chain_id=here.place.chain.chain_id, contract=here.conditions.address)
    signatures = _pairs(sign_document(document, operators))
    purpose = f"publish {report.route.hex()} {report.sequence}"
    return crossing.send(chain, purpose, here.conditions, "publish", report_arguments(report), signatures)


def _pairs(signatures: Sequence[CompactSignature]) -> list[tuple[bytes, bytes]]:
    return [(each.r, each.vs) for each in signatures]
