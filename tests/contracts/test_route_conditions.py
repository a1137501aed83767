"""Signed conditions of routes, and the board of offers: what counts, since when, until when, and for whom."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from deploy.compile import ROOT, SETTINGS, compile_sources
from oracle.bridges.conditions import (
    MOST_VALID_SECONDS,
    RouteLeg,
    RouteReport,
    fees_of,
    report_arguments,
    report_document,
    route_id,
)
from oracle.bridges.locks import NO_ACCOUNT
from oracle.plans.signing import digest
from tests.contracts.route_stage import OPERATORS, OWNER, SENDER, STRANGER, THRESHOLD, Pair, Side, changing, signed
from tests.trust.evm import Deployed, Reverted
from tests.trust.scene import Scene
from tests.trust.signing import address

_SOURCE = "tests/contracts/solidity/RouteDemander.sol"
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0  # of secp256k1: the largest low s


@pytest.fixture
def side() -> Side:
    return Side(31_001, keys=(SENDER,))


def legs_of(pair: Pair) -> list[RouteLeg]:
    source, target = pair.source, pair.target
    there = RouteLeg(
        source.chain_id,
        source.pool.address,
        source.money.address,
        target.chain_id,
        target.pool.address,
        target.money.address,
    )
    back = RouteLeg(
        target.chain_id,
        target.locks.address,
        target.money.address,
        source.chain_id,
        source.locks.address,
        source.money.address,
    )
    return [there, back]


def report(side: Side, **changes: Any) -> RouteReport:
    values: dict[str, Any] = {
        "route": b"\x01" * 32,
        "sequence": 1,
        "observed_at_seconds": side.now,
        "valid_until_seconds": side.now + 600,
        "p95_seconds": 90,
        "success_bps": 9_900,
        "fee_bps": 7,
        "fee_fixed": 30,
        "most_amount": 1_000_000,
        "evidence": b"\x02" * 32,
    }
    return RouteReport(**values | changes)


def publish(side: Side, made: RouteReport, keys: tuple[int, ...] = OPERATORS[:THRESHOLD]) -> None:
    document = report_document(made, chain_id=side.chain_id, contract=side.conditions.address)
    side.conditions.send("publish", report_arguments(made), signed(document, keys), sender=address(STRANGER))


def refused(side: Side, made: RouteReport, keys: tuple[int, ...] = OPERATORS[:THRESHOLD]) -> tuple[Any, ...]:
    with pytest.raises(Reverted) as failed:
        publish(side, made, keys)
    return failed.value.failure


def test_a_signed_report_is_in_force_until_its_time(side: Side) -> None:
    made = report(side)
    assert side.conditions.failure("quote", made.route, 5, sender=OWNER) == ("NoConditions", made.route)
    publish(side, made)
    found = side.conditions.read("demand", made.route, 100_000, 99_900)
    assert found == (1, side.now, side.now + 600, 90, 9_900, 7, 30, 1_000_000)
    side.later(600)
    assert side.conditions.read("quote", made.route, 100_000) == made.arrives(100_000) == 99_900
    side.later(1)
    for call in (("quote", made.route, 5), ("demand", made.route, 5, 5)):
        assert side.conditions.failure(*call, sender=OWNER) == ("Expired", side.now, side.now - 1)
    assert side.conditions.read("conditionsOf", made.route)[0] == 1


def test_the_quote_is_demanded_to_the_unit_and_up_to_its_limit(side: Side) -> None:
    made = report(side)
    publish(side, made)
    failed = side.conditions.failure("demand", made.route, 100_000, 99_899, sender=OWNER)
    assert failed == ("WorseThanQuoted", 99_899, 99_900)
    failed = side.conditions.failure("demand", made.route, 1_000_001, 1_000_001, sender=OWNER)
    assert failed == ("AmountTooLarge", 1_000_001, 1_000_000)
    for amount in (0, 1, 30, 31, 32, 999_999, 1_000_000):
        assert side.conditions.read("quote", made.route, amount) == made.arrives(amount)


def test_only_enough_operators_of_this_contract_and_chain_put_a_report_in_force(side: Side) -> None:
    made, other = report(side), Side(31_002, keys=())
    for keys, name in (
        (OPERATORS[:1], "TooFewSignatures"),
        ((OPERATORS[0], STRANGER), "NotOperator"),
        ((OPERATORS[1], OPERATORS[0]), "SignersNotAscending"),
    ):
        assert refused(side, made, keys)[0] == name
    for chain_id, contract in ((5, side.conditions.address), (side.chain_id, other.conditions.address)):
        signatures = signed(report_document(made, chain_id=chain_id, contract=contract), OPERATORS[:2])
        failed = side.conditions.failure("publish", report_arguments(made), signatures, sender=OWNER)
        assert failed[0] == "NotOperator"
    document = report_document(made, chain_id=side.chain_id, contract=side.conditions.address)
    assert side.conditions.read("reportDigest", report_arguments(made)) == digest(document)
    signatures = signed(document, OPERATORS[:2])
    changed = replace(made, fee_bps=0)
    failed = side.conditions.failure("publish", report_arguments(changed), signatures, sender=OWNER)
    assert failed[0] == "NotOperator"
    high_s = [(r, (_HALF_ORDER + 1).to_bytes(32, "big")) for r, _ in signatures]
    failed = side.conditions.failure("publish", report_arguments(made), high_s, sender=OWNER)
    assert failed == ("InvalidSignature", 0)


def test_no_report_comes_twice_or_after_a_later_one(side: Side) -> None:
    publish(side, report(side, sequence=5))
    for sequence in (5, 4, 0):
        assert refused(side, report(side, sequence=sequence)) == ("SequenceNotAscending", sequence, 5)
    publish(side, report(side, route=b"\x03" * 32))
    publish(side, report(side, sequence=6, most_amount=0))
    failed = side.conditions.failure("quote", b"\x01" * 32, 1, sender=OWNER)
    assert failed == ("AmountTooLarge", 1, 0)


def test_a_report_that_is_none_is_refused_though_all_sign(side: Side) -> None:
    now = side.now
    for changes, failed in (
        ({"fee_bps": 10_001}, ("InvalidReport", "a share is above the whole")),
        ({"success_bps": 10_001}, ("InvalidReport", "a share is above the whole")),
        ({"observed_at_seconds": now + 1}, ("InvalidReport", "it was observed in the future")),
        ({"valid_until_seconds": now + MOST_VALID_SECONDS + 1}, ("InvalidReport", "it holds for more than a day")),
        ({"observed_at_seconds": now - 9, "valid_until_seconds": now - 1}, ("Expired", now, now - 1)),
    ):
        assert refused(side, report(side, **changes), OPERATORS) == failed


def test_a_route_is_its_legs(side: Side) -> None:
    legs = legs_of(Pair(keys=()))
    packed = [tuple(vars(leg).values()) for leg in legs]
    assert side.conditions.read("routeOf", packed) == route_id(legs)
    assert route_id(legs) != route_id(legs[::-1])


def test_fees_of_two_bridges_are_never_below_what_both_take() -> None:
    first, second = (3, 25), (4, 130)
    fixed, bps = fees_of(first, second)
    for amount in (1_000, 12_345, 99_999, 10**9 + 7):
        between = amount - first[0] - -(-amount * first[1] // 10_000)
        out = between - second[0] - -(-between * second[1] // 10_000)
        together = amount - fixed - -(-amount * bps // 10_000)
        assert together <= out
        assert out - together <= amount // 10_000 + 4


def test_operators_may_be_those_of_a_phi_oracle() -> None:
    scene = Scene()
    conditions = scene.chain.deploy("RouteConditions", scene.oracle.address, [], 0, sender=OWNER)
    operators, threshold = conditions.read("committee")
    assert (list(operators), threshold) == (list(scene.oracle.read("operators")), scene.oracle.read("threshold"))
    with pytest.raises(Reverted) as failed:
        scene.chain.deploy("RouteConditions", scene.oracle.address, [OWNER], 1, sender=OWNER)
    assert failed.value.failure == ("InvalidReport", "there is a PhiOracle and a list of operators")


@pytest.mark.parametrize(
    ("operators", "threshold", "name"),
    [
        ([address(1), address(2)], 3, "InvalidThreshold"),
        ([address(1), address(2)], 1, "ThresholdTooLow"),
        ([], 0, "ThresholdTooLow"),
        ([address(1), address(1)], 2, "InvalidOperator"),
        ([NO_ACCOUNT], 1, "InvalidOperator"),
        ([address(9 + each) for each in range(32)], 17, "TooManyOperators"),
    ],
)
def test_a_list_of_operators_without_a_majority_is_none(operators: list[str], threshold: int, name: str) -> None:
    side = Side(31_001, keys=())
    with pytest.raises(Reverted) as failed:
        side.chain.deploy("RouteConditions", NO_ACCOUNT, operators, threshold, sender=OWNER)
    assert failed.value.name == name


@cache
def _demander() -> Any:
    sources = {_SOURCE: (ROOT / _SOURCE).read_text()}
    return compile_sources(sources, SETTINGS | {"viaIR": False})["contracts"][_SOURCE]["RouteDemander"]


def test_a_contract_demands_the_quoted_route(side: Side) -> None:
    """It forwards an order only if what arrives is what the committee's report says of the route."""
    compiled = _demander()
    code = bytes.fromhex(compiled["evm"]["bytecode"]["object"]) + bytes(12) + bytes.fromhex(side.conditions.address[2:])
    demander = Deployed(side.chain, "RouteDemander", side.chain.evm.deploy(OWNER, code), OWNER, compiled["abi"])
    made = report(side)
    publish(side, made)
    demander.send("send", made.route, 100_000, 99_900)
    assert demander.read("sent") == 100_000
    assert demander.failure("send", made.route, 100_000, 99_899, sender=OWNER)[0] == "WorseThanQuoted"
    side.later(601)
    assert demander.failure("send", made.route, 100_000, 99_900, sender=OWNER)[0] == "Expired"


# Offers


def offer(side: Side, **changes: Any) -> tuple[Any, ...]:
    values = {
        "settler": side.locks.address,
        "token": side.money.address,
        "target_chain_id": 5,
        "target_settler": OWNER,
        "target_token": OWNER,
        "fee_fixed": 30,
        "fee_bps": 7,
        "least_amount": 1_000,
        "most_amount": 10**6,
        "lock_seconds": 600,
    }
    return tuple((values | changes).values())


def test_the_last_offer_of_a_provider_is_the_one_that_is_read(side: Side) -> None:
    first = offer(side)
    key = side.offers.read("keyOf", first)
    side.offers.send("post", first, sender=address(SENDER))
    assert side.offers.read("offerOf", address(SENDER), key) == first
    second = offer(side, fee_bps=9, most_amount=0)
    assert side.offers.read("keyOf", second) == key
    assert side.offers.read("keyOf", offer(side, target_chain_id=6)) != key
    side.offers.send("post", second, sender=address(SENDER))
    assert side.offers.read("offerOf", address(SENDER), key) == second
    assert side.offers.read("offerOf", address(STRANGER), key)[0] == NO_ACCOUNT


def test_an_offer_that_is_none_is_not_posted(side: Side) -> None:
    failed = side.offers.failure("post", offer(side, fee_bps=10_001), sender=OWNER)
    assert failed == ("InvalidOffer", "the fee is above the whole")
    failed = side.offers.failure("post", offer(side, least_amount=10**6 + 1), sender=OWNER)
    assert failed == ("InvalidOffer", "the least amount is above the most")


def test_nobody_owns_conditions_or_offers() -> None:
    """What changes anything is this alone, and none of it asks for an owner."""
    assert changing("RouteConditions") == {"publish"}
    assert changing("RouteOffers") == {"post"}
