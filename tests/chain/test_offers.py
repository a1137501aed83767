"""Pending transactions from blocks alone: numbers, confirmations, and bodies that name what they should not."""

from hypothesis import given
from hypothesis import strategies as st

from oracle.chain.ledger import MinedBlock
from oracle.chain.offers import Offers
from oracle.formulas.body import encode_body
from tests.examples import block, transaction

OWN = b"\x77" * 20


def _won(round_: int, numbers: list[int], *, won: bool = True) -> MinedBlock:
    return MinedBlock(
        round=round_,
        node=0,
        block_hash=bytes(32),
        weight=len(numbers),
        difficulty=1 if won else None,
        base_difficulty=1 if won else None,
        body=encode_body(numbers),
        chain_block=0,
    )


def test_numbers_follow_the_chain_and_leave_out_the_networks_own_calls() -> None:
    offers = Offers([OWN])
    first = [transaction(0, gas_price_wei=1), transaction(1, receiver=OWN), transaction(2, gas_price_wei=3)]
    assert offers.add_block(block(1, first), []) == []
    assert (offers.count, offers.pending, offers.best(10)) == (2, 2, [1, 0])
    (confirmation,) = offers.add_block(block(2), [_won(1, [1])])
    assert confirmation.offer.hash == first[2].hash
    assert (confirmation.round, confirmation.latency_seconds) == (1, 10)
    assert offers.best(10) == [0]


def test_a_body_confirms_nothing_of_its_own_block_nothing_twice_and_nothing_unknown() -> None:
    offers = Offers([])
    # Number 0 comes in the very block whose body names it: it was not offered yet.
    assert offers.add_block(block(1, [transaction(0)]), [_won(1, [0])]) == []
    assert (offers.pending, offers.wasted) == (1, 1)
    assert len(offers.add_block(block(2), [_won(2, [0, 5])])) == 1
    assert offers.add_block(block(3), [_won(3, [0])]) == []
    assert (offers.pending, offers.wasted) == (0, 3)


def test_a_number_named_ahead_of_its_offer_costs_the_namer_a_place_and_the_offer_nothing() -> None:
    """A block with room for two: the number that is not offered yet takes the place of one that is."""
    offers = Offers([])
    offers.add_block(block(1, [transaction(0), transaction(1)]), [])
    early = _won(1, [0, 2])
    assert early.weight == 2
    assert [each.offer.number for each in offers.add_block(block(2, [transaction(2)]), [early])] == [0]
    assert (offers.wasted, offers.pending) == (1, 2)
    assert offers.best(2) == [1, 2]
    assert [each.offer.number for each in offers.add_block(block(3), [_won(2, [1, 2])])] == [1, 2]


def test_a_competing_block_confirms_nothing() -> None:
    offers = Offers([])
    offers.add_block(block(1, [transaction(0)]), [])
    assert offers.add_block(block(2), [_won(1, [0], won=False)]) == []
    assert offers.pending == 1


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.lists(st.integers(0, 45), max_size=8))
def test_the_best_are_those_that_pay_most_whatever_the_limits_asked_before(
    prices: list[int], limits: list[int]
) -> None:
    offers = Offers([])
    offers.add_block(block(1, [transaction(i, gas_price_wei=price) for i, price in enumerate(prices)]), [])
    expected = sorted(range(len(prices)), key=lambda i: (-prices[i], i))
    for limit in [*limits, len(prices)]:
        assert offers.best(limit) == expected[:limit]
