"""Multilateral netting: what is settled is what was signed, whole, once and in time."""

from random import Random

import pytest

from oracle.chain.artefacts import artefact
from tests.contracts.clearing_stage import House, Owes, nets
from tests.contracts.plan_stage import OWNER, START_SECONDS
from tests.trust.evm import Reverted
from tests.trust.hostile import REENTRANCY, Hostile
from tests.trust.signing import address

THIEF = 6_666
RING: Owes = [[(1, 100)], [(2, 80), (3, 5)], [(0, 90)], []]


@pytest.fixture
def house() -> House:
    return House()


def test_a_ring_of_debts_is_settled_by_what_is_left(house: House) -> None:
    content = house.round()
    house.settle(content, house.statements(content, RING))
    assert nets(RING) == [-10, 15, -10, 5]
    assert [house.owed(party) for party in range(4)] == [0, 15, 0, 5]
    assert house.money.read("balanceOf", house.clearing.address) == 20
    assert house.money.read("balanceOf", address(house.keys[0])) == 10**12 - 10
    house.clearing.send("withdraw", house.money.address, address(77), sender=address(house.keys[1]))
    assert house.money.read("balanceOf", address(77)) == 15
    again = house.clearing.failure("withdraw", house.money.address, address(77), sender=address(house.keys[1]))
    assert again[0] == "NothingOwed"


def test_random_rounds_add_up_to_nothing_and_leave_nothing(house: House) -> None:
    random = Random(3)
    total = [0] * 4
    for salt in range(200):
        content = house.round(salt=salt)
        owes: Owes = [
            [
                (random.choice([other for other in range(4) if other != party]), random.randint(1, 10**6))
                for _ in range(random.randint(0, 6))
            ]
            for party in range(4)
        ]
        house.settle(content, house.statements(content, owes))
        for party, net in enumerate(nets(owes)):
            total[party] += max(net, 0)
    assert [house.owed(party) for party in range(4)] == total
    assert house.money.read("balanceOf", house.clearing.address) == sum(total)


def test_a_net_that_obligations_do_not_give_is_refused(house: House) -> None:
    content = house.round()
    for party in range(4):
        statements = house.statements(content, RING)
        net = nets(RING)[party] + 1
        statements[party] = house.statement(content, party, RING[party], net)
        assert house.failure(content, statements) == ("WrongNet", party, net, net - 1)


def test_nothing_moves_without_every_signature_over_this_round_and_these_obligations(house: House) -> None:
    content, other = house.round(), house.round(salt=1)
    good = house.statements(content, RING)
    for party in range(4):
        owes, net, signature = good[party]
        forged = [
            (owes, net, good[(party + 1) % 4][2]),  # another's
            house.statement(other, party, RING[party], net),  # of another round
            ([*owes[:-1], (owes[-1][0], owes[-1][1] + 1)] if owes else [((party + 1) % 4, 1)], net, signature),
            (owes, net + 1, signature),
            (owes, net, b""),
        ]
        for each in forged:
            tried = [*good[:party], each, *good[party + 1 :]]
            assert house.failure(content, tried) == ("WrongSignature", party)


def test_a_statement_is_good_for_one_chain_and_one_contract(house: House) -> None:
    content = house.round()
    twin = House(chain_id=2)
    assert twin.failure(content, house.statements(content, RING)) == ("WrongSignature", 0)


def test_a_round_settles_once_and_until_its_time(house: House) -> None:
    content = house.round()
    statements = house.statements(content, RING)
    house.chain.at(timestamp=START_SECONDS + 1_001)
    assert house.failure(content, statements) == ("TooLate", START_SECONDS + 1_000)
    house.chain.at(timestamp=START_SECONDS + 1_000)
    house.settle(content, statements)
    found = house.clearing.read("idOf", content)
    assert house.clearing.read("settledAtSeconds", found) == START_SECONDS + 1_000
    assert house.clearing.failure("settle", content, statements, sender=OWNER) == ("AlreadySettled", found)


def test_a_party_that_cannot_pay_stops_the_whole_round(house: House) -> None:
    content = house.round()
    house.money.send("approve", house.clearing.address, 9, sender=address(house.keys[2]))
    with pytest.raises(Reverted):
        house.settle(content, house.statements(content, RING))
    assert house.money.read("balanceOf", house.clearing.address) == 0
    assert [house.owed(party) for party in range(4)] == [0] * 4


@pytest.mark.parametrize("obligation", [(0, 5), (4, 5), (1, 0)])
def test_an_obligation_names_another_party_and_an_amount(house: House, obligation: tuple[int, int]) -> None:
    content = house.round()
    statements = [house.statement(content, party, [], 0) for party in range(4)]
    statements[0] = house.statement(content, 0, [(1, 5), obligation], -10)
    assert house.failure(content, statements) == ("InvalidObligation", 0, 1)


def test_parties_are_two_at_least_in_ascending_order(house: House) -> None:
    parties = [address(key) for key in house.keys]
    for wrong, reason in (
        (parties[:1], "there must be 2 to 1000 parties"),
        ([parties[1], parties[0], *parties[2:]], "parties must be in ascending order"),
        ([parties[0], *parties[:3]], "parties must be in ascending order"),
        (["0x" + "0" * 40, *parties[1:]], "parties must be in ascending order"),
        (parties[:3], "there must be a statement of each party"),
    ):
        content = house.round(parties=wrong)
        count = len(wrong) if "statement" not in reason else 4
        assert house.failure(content, [([], 0, b"")] * count) == ("InvalidRound", reason)


def test_a_token_that_takes_a_fee_or_calls_back_gets_nothing(house: House) -> None:
    token = Hostile(house.chain, OWNER)
    for key in house.keys:
        house.fund(token, key)
    content = house.round(token=token.address)
    statements = house.statements(content, RING)
    token.send("setFee", 5)
    assert house.failure(content, statements) == ("WrongPayment", 0, 8, 10)
    token.send("setFee", 0)
    token.arm(house.clearing, "withdraw", house.money.address, address(THIEF))
    house.settle(content, statements)
    assert token.struck() == (1, False, REENTRANCY)


def test_a_hundred_parties_and_two_thousand_obligations_fit_one_transaction() -> None:
    """And 2 000 transfers become at most 99."""
    house, random = House(parties=100), Random(9)
    owes: Owes = [
        [
            (random.choice([other for other in range(100) if other != party]), random.randint(1, 10**6))
            for _ in range(20)
        ]
        for party in range(100)
    ]
    content = house.round()
    gas = house.settle(content, house.statements(content, owes))
    assert gas < 1 << 24
    assert sum(net < 0 for net in nets(owes)) + sum(net > 0 for net in nets(owes)) <= 100
    assert [house.owed(party) for party in range(100)] == [max(net, 0) for net in nets(owes)]


def test_there_is_nobody_to_ask() -> None:
    """No function is an owner's: those that write are these."""
    functions = [entry for entry in artefact("Clearing")["abi"] if entry["type"] == "function"]
    writing = {entry["name"] for entry in functions if entry["stateMutability"] not in {"view", "pure"}}
    assert writing == {"settle", "withdraw"}
