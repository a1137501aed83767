"""What an attacker who can send transactions can do to the texts: bounded in number and in weight."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oracle.window.texts import MAX_NEW_TEXTS_PER_BLOCK, MAX_SENDER_SHARE, text_shares
from tests.examples import block, transaction, window


def _memo(number: int) -> bytes:
    letters = "abcdefghij"
    return ("memo " + "".join(letters[int(digit)] for digit in f"{number:03d}")).encode()


def test_a_block_brings_at_most_so_many_new_texts() -> None:
    transactions = [transaction(i, sender=i, calldata=_memo(i)) for i in range(200)]
    (shares,) = text_shares(window([block(1, transactions)]))
    assert len(shares) == MAX_NEW_TEXTS_PER_BLOCK
    assert sum(share.weight for share in shares) == pytest.approx(MAX_NEW_TEXTS_PER_BLOCK / 200)


def test_new_texts_are_taken_by_fee() -> None:
    transactions = [transaction(i, sender=i, gas_price_wei=i + 1, calldata=_memo(i)) for i in range(150)]
    (shares,) = text_shares(window([block(1, transactions)]))
    taken = {share.text for share in shares}
    assert taken == {"payment: " + _memo(i).decode() for i in range(150 - MAX_NEW_TEXTS_PER_BLOCK, 150)}


def test_texts_seen_earlier_in_the_window_are_not_new() -> None:
    first = [transaction(i, sender=i, calldata=_memo(i)) for i in range(MAX_NEW_TEXTS_PER_BLOCK)]
    second = [transaction(500 + i, sender=i, calldata=_memo(i)) for i in range(MAX_NEW_TEXTS_PER_BLOCK + 30)]
    shares = text_shares(window([block(1, first), block(2, second)]))
    assert len(shares[1]) == MAX_NEW_TEXTS_PER_BLOCK + 30


@given(
    senders=st.lists(st.integers(0, 5), min_size=1, max_size=40),
    prices=st.lists(st.integers(0, 10**12), min_size=40, max_size=40),
)
@example(senders=[0] * 9 + [1], prices=[0] * 40)  # nobody pays: transactions count, and the cap holds for them too
def test_weights_of_a_block_never_exceed_one_and_a_senders_share_is_capped(
    senders: list[int], prices: list[int]
) -> None:
    transactions = [
        transaction(i, sender=sender, gas_price_wei=prices[i], calldata=f"by sender {'abcdef'[sender]}".encode())
        for i, sender in enumerate(senders)
    ]
    (shares,) = text_shares(window([block(1, transactions)]))
    assert sum(share.weight for share in shares) <= 1 + 1e-9
    assert all(share.weight <= MAX_SENDER_SHARE + 1e-9 for share in shares)


def test_splitting_a_fee_over_many_transactions_gains_no_weight() -> None:
    honest = [transaction(i, sender=i, calldata=b"small talk") for i in range(9)]
    once = [*honest, transaction(50, sender=99, gas_price_wei=40, calldata=b"attack")]
    often = [*honest, *(transaction(60 + i, sender=99, gas_price_wei=4, calldata=b"attack") for i in range(10))]

    def weight(transactions: list) -> float:  # type: ignore[type-arg]
        (shares,) = text_shares(window([block(1, transactions)]))
        return next(share.weight for share in shares if share.text == "payment: attack")

    assert weight(often) == pytest.approx(weight(once))


def test_a_gas_limit_which_costs_nothing_gains_no_weight() -> None:
    honest = [transaction(i, sender=i, calldata=b"small talk") for i in range(96)]
    attack = [transaction(100 + i, sender=200 + i, gas_limit=16_000_000, calldata=b"hot attack") for i in range(4)]
    (shares,) = text_shares(window([block(1, [*honest, *attack])]))
    assert next(share.weight for share in shares if share.text == "payment: hot attack") == pytest.approx(0.04)


@given(
    honest=st.lists(st.integers(0, 10**6), min_size=1, max_size=8),
    hostile=st.lists(st.integers(0, 10**6), min_size=1, max_size=8),
)
def test_who_pays_a_share_of_the_fees_takes_at_most_that_share_of_what_others_weigh(
    honest: list[int], hostile: list[int]
) -> None:
    letters = "abcdefgh"
    others = [
        transaction(i, sender=i, gas_price_wei=price, calldata=f"honest {letters[i]}".encode())
        for i, price in enumerate(honest)
    ]
    attack = [
        transaction(100 + i, sender=100 + i, gas_price_wei=price, calldata=f"attack {letters[i]}".encode())
        for i, price in enumerate(hostile)
    ]
    (alone,), (beside,) = (text_shares(window([block(1, sent)])) for sent in (others, [*others, *attack]))
    before = {share.text: share.weight for share in alone}
    after = {share.text: share.weight for share in beside}
    if sum(honest) == 0:
        return  # where nobody pays weights are by number, and one fee is all fees
    share = sum(hostile) / (sum(honest) + sum(hostile))
    for text, weight in before.items():
        assert (1 - share) * weight - 1e-9 <= after[text] <= weight + 1e-9
    assert sum(weight for text, weight in after.items() if "attack" in text) <= share + 1e-9


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 200)), min_size=1, max_size=12))
def test_no_set_of_senders_weighs_more_than_its_part_of_the_fees(bids: list[tuple[int, int]]) -> None:
    honest = [transaction(i, sender=i, gas_price_wei=1000, calldata=b"small talk") for i in range(20)]
    attack = [
        transaction(100 + i, sender=100 + i, gas_price_wei=price, gas_limit=10**7, calldata=b"attack" + b" " * blanks)
        for i, (price, blanks) in enumerate(bids)
    ]
    paid = sum(t.gas_price_wei * t.intrinsic_gas for t in attack)
    fees = paid + sum(t.gas_price_wei * t.intrinsic_gas for t in honest)
    (shares,) = text_shares(window([block(1, [*honest, *attack])]))
    weight = sum(share.weight for share in shares if share.text == "payment: attack")
    assert weight <= paid / fees + 1e-9


def test_a_block_without_transactions_has_no_text() -> None:
    assert text_shares(window([block(1), block(2)])) == [[], []]


def test_weights_are_parts_of_the_least_fees_and_come_by_falling_weight() -> None:
    """Of fees 1, 2, 1 and 6 the last is capped at a quarter; equal weights come by text."""
    sent = [
        transaction(1, sender=1, gas_price_wei=1, calldata=b"one"),
        transaction(2, sender=2, gas_price_wei=1, calldata=b"two"),
        transaction(3, sender=2, gas_price_wei=1, calldata=b"too"),
        transaction(4, sender=3, gas_price_wei=1, calldata=b"abc"),
        transaction(5, sender=4, gas_price_wei=6, calldata=b"six"),
    ]
    (shares,) = text_shares(window([block(1, sent)]))
    assert [share.text for share in shares] == [f"payment: {text}" for text in ("six", "abc", "one", "too", "two")]
    assert [share.weight for share in shares] == pytest.approx([0.25, 0.1, 0.1, 0.1, 0.1])


def test_where_nobody_pays_transactions_count() -> None:
    sent = [transaction(i, sender=i % 5, gas_price_wei=0, calldata=b"talk") for i in range(10)]
    ((share,),) = text_shares(window([block(1, sent)]))
    assert share.text == "payment: talk"
    assert share.weight == pytest.approx(1)
    alone = [transaction(1, gas_price_wei=0, calldata=b"talk")]
    ((share,),) = text_shares(window([block(1, alone)]))
    assert share.weight == MAX_SENDER_SHARE == 0.25


def test_of_equal_fees_the_lower_hash_is_read() -> None:
    sent = [transaction(i, sender=i, calldata=_memo(i)) for i in range(MAX_NEW_TEXTS_PER_BLOCK + 1)]
    (shares,) = text_shares(window([block(1, sent)]))
    left_out = max(sent, key=lambda each: each.hash)
    assert "payment: " + left_out.calldata.decode() not in {share.text for share in shares}
    assert len(shares) == MAX_NEW_TEXTS_PER_BLOCK == 128


def test_a_text_that_was_left_out_is_still_new_in_the_next_block() -> None:
    crowd = [transaction(i, sender=i, gas_price_wei=9, calldata=_memo(i)) for i in range(MAX_NEW_TEXTS_PER_BLOCK)]
    late = transaction(900, sender=900, gas_price_wei=1, calldata=b"left out")
    others = [transaction(1000 + i, sender=i, gas_price_wei=9, calldata=_memo(500 + i)) for i in range(128)]
    first, second = text_shares(window([block(1, [*crowd, late]), block(2, [*others, late])]))
    for shares in (first, second):
        assert "payment: left out" not in {share.text for share in shares}
        assert len(shares) == MAX_NEW_TEXTS_PER_BLOCK
