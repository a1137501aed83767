"""What operators signed of routes, in a RouteConditions, as answers."""

from typing import Any

from oracle.chain.events import event
from oracle.client.application_answers import RouteAnswer, RouteStatus
from oracle.service.applications.reader import Contract, Reader, View
from oracle.service.applications.search import Sought, latest

CONTRACT = "RouteConditions"


async def routes(
    reader: Reader, contract: Contract, before: int, limit: int, now_seconds: int
) -> tuple[list[RouteAnswer], int | None]:
    """Routes by their last report, newest first, of those before a place; and the place before which to go on.

    A route whose later report stands before that place was shown there; so a page may have fewer than `limit`.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer.
    """
    found = await latest(reader, Sought([contract], [[event(CONTRACT, "Published").topic]]), before, limit)
    told = [(log.topics[1], int.from_bytes(log.topics[2], "big")) for log in found.logs]
    conditions = await reader.read_each([View(contract, "conditionsOf", (route,)) for route, _ in told])
    return [
        _answer(route, found_of_it, now_seconds)
        for (route, sequence), found_of_it in zip(told, conditions, strict=True)
        if found_of_it[0] == sequence
    ], found.following


async def route(reader: Reader, contract: Contract, route_id: bytes, now_seconds: int) -> RouteAnswer | None:
    """One route; None where no report about it ever came.

    Raises:
        TooManyRequests: the client is beyond its rate.
        ReadFailed: the node does not answer.
    """
    found = await reader.read(contract, "conditionsOf", route_id)
    return None if found[0] == 0 else _answer(route_id, found, now_seconds)


def _answer(route_id: bytes, conditions: Any, now_seconds: int) -> RouteAnswer:
    sequence, observed_at, valid_until, p95, success_bps, fee_bps, fee_fixed, most_amount = conditions
    return RouteAnswer(
        id="0x" + route_id.hex(),
        status=_status(valid_until, most_amount, now_seconds),
        sequence=sequence,
        observed_at_seconds=observed_at,
        valid_until_seconds=valid_until,
        p95_seconds=p95,
        success_bps=success_bps,
        fee_bps=fee_bps,
        fee_fixed=str(fee_fixed),
        most_amount=str(most_amount),
    )


def _status(valid_until_seconds: int, most_amount: int, now_seconds: int) -> RouteStatus:
    if valid_until_seconds < now_seconds:
        return "over"
    return "open" if most_amount else "closed"
