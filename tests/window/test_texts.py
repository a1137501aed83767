"""What an attacker who can send transactions can do to the texts: bounded in number and in weight."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oracle.window.texts import MAX_NEW_TEXTS_PER_BLOCK, MAX_SENDER_SHARE, text_shares
from tests.examples import block, transaction, window


def _memo(number: int) -> bytes:
    letters = "abcdefghij"
    return ("memo of word " + "".join(letters[int(digit)] for digit in f"{number:03d}")).encode()


def test_a_block_brings_at_most_so_many_new_texts() -> None:
    transactions = [transaction(i, sender=i, calldata=_memo(i)) for i in range(200)]
    (shares,) = text_shares(window([block(1, transactions)]))
    assert len(shares) == MAX_NEW_TEXTS_PER_BLOCK
    assert sum(share.weight for share in shares) == pytest.approx(MAX_NEW_TEXTS_PER_BLOCK / 200)


def test_new_texts_are_taken_by_fee() -> None:
    transactions = [transaction(i, sender=i, gas_price_wei=i + 1, calldata=_memo(i)) for i in range(150)]
    (shares,) = text_shares(window([block(1, transactions)]))
    taken = {share.text for share in shares}
    assert taken == {_memo(i).decode() for i in range(150 - MAX_NEW_TEXTS_PER_BLOCK, 150)}


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
        transaction(i, sender=sender, gas_price_wei=prices[i], calldata=f"sent by one {'abcdef'[sender]}".encode())
        for i, sender in enumerate(senders)
    ]
    (shares,) = text_shares(window([block(1, transactions)]))
    assert sum(share.weight for share in shares) <= 1 + 1e-9
    assert all(share.weight <= MAX_SENDER_SHARE + 1e-9 for share in shares)


def test_splitting_a_fee_over_many_transactions_gains_no_weight() -> None:
    honest = [transaction(i, sender=i, calldata=b"small talk all") for i in range(9)]
    once = [*honest, transaction(50, sender=99, gas_price_wei=40, calldata=b"attack by word")]
    often = [
        *honest,
        *(transaction(60 + i, sender=99, gas_price_wei=4, calldata=b"attack by word") for i in range(10)),
    ]

    def weight(transactions: list) -> float:  # type: ignore[type-arg]
        (shares,) = text_shares(window([block(1, transactions)]))
        return next(share.weight for share in shares if share.text == "attack by word")

    assert weight(often) == pytest.approx(weight(once))


def test_a_gas_limit_which_costs_nothing_gains_no_weight() -> None:
    honest = [transaction(i, sender=i, calldata=b"small talk all") for i in range(96)]
    attack = [transaction(100 + i, sender=200 + i, gas_limit=16_000_000, calldata=b"hot attack all") for i in range(4)]
    (shares,) = text_shares(window([block(1, [*honest, *attack])]))
    assert next(share.weight for share in shares if share.text == "hot attack all") == pytest.approx(0.04)


@given(
    honest=st.lists(st.integers(0, 10**6), min_size=1, max_size=8),
    hostile=st.lists(st.integers(0, 10**6), min_size=1, max_size=8),
)
def test_who_pays_a_share_of_the_fees_takes_at_most_that_share_of_what_others_weigh(
    honest: list[int], hostile: list[int]
) -> None:
    letters = "abcdefgh"
    others = [
        transaction(i, sender=i, gas_price_wei=price, calldata=f"honest word {letters[i] * 2}".encode())
        for i, price in enumerate(honest)
    ]
    attack = [
        transaction(100 + i, sender=100 + i, gas_price_wei=price, calldata=f"attack word {letters[i] * 2}".encode())
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
    honest = [transaction(i, sender=i, gas_price_wei=1000, calldata=b"small talk all") for i in range(20)]
    attack = [
        transaction(
            100 + i, sender=100 + i, gas_price_wei=price, gas_limit=10**7, calldata=b"attack by word" + b" " * blanks
        )
        for i, (price, blanks) in enumerate(bids)
    ]
    paid = sum(t.gas_price_wei * t.intrinsic_gas for t in attack)
    fees = paid + sum(t.gas_price_wei * t.intrinsic_gas for t in honest)
    (shares,) = text_shares(window([block(1, [*honest, *attack])]))
    weight = sum(share.weight for share in shares if share.text == "attack by word")
    assert weight <= paid / fees + 1e-9


def test_a_block_without_transactions_has_no_text() -> None:
    assert text_shares(window([block(1), block(2)])) == [[], []]


def test_weights_are_parts_of_the_least_fees_and_come_by_falling_weight() -> None:
    """Of fees 1, 2, 1 and 6 the last is capped at a quarter; equal weights come by text."""
    sent = [
        transaction(1, sender=1, gas_price_wei=1, calldata=b"one for all"),
        transaction(2, sender=2, gas_price_wei=1, calldata=b"two for all"),
        transaction(3, sender=2, gas_price_wei=1, calldata=b"too for all"),
        transaction(4, sender=3, gas_price_wei=1, calldata=b"abc for all"),
        transaction(5, sender=4, gas_price_wei=6, calldata=b"six for all"),
    ]
    (shares,) = text_shares(window([block(1, sent)]))
    assert [share.text for share in shares] == [f"{text} for all" for text in ("six", "abc", "one", "too", "two")]
    assert [share.weight for share in shares] == pytest.approx([0.25, 0.1, 0.1, 0.1, 0.1])


def test_where_nobody_pays_transactions_count() -> None:
    sent = [transaction(i, sender=i % 5, gas_price_wei=0, calldata=b"talk of the town") for i in range(10)]
    ((share,),) = text_shares(window([block(1, sent)]))
    assert share.text == "talk of the town"
    assert share.weight == pytest.approx(1)
    alone = [transaction(1, gas_price_wei=0, calldata=b"talk of the town")]
    ((share,),) = text_shares(window([block(1, alone)]))
    assert share.weight == MAX_SENDER_SHARE == 0.25


def test_of_equal_fees_the_lower_hash_is_read() -> None:
    sent = [transaction(i, sender=i, calldata=_memo(i)) for i in range(MAX_NEW_TEXTS_PER_BLOCK + 1)]
    (shares,) = text_shares(window([block(1, sent)]))
    left_out = max(sent, key=lambda each: each.hash)
    assert left_out.calldata.decode() not in {share.text for share in shares}
    assert len(shares) == MAX_NEW_TEXTS_PER_BLOCK == 128


def test_a_text_that_was_left_out_is_still_new_in_the_next_block() -> None:
    crowd = [transaction(i, sender=i, gas_price_wei=9, calldata=_memo(i)) for i in range(MAX_NEW_TEXTS_PER_BLOCK)]
    late = transaction(900, sender=900, gas_price_wei=1, calldata=b"left out here")
    others = [transaction(1000 + i, sender=i, gas_price_wei=9, calldata=_memo(500 + i)) for i in range(128)]
    first, second = text_shares(window([block(1, [*crowd, late]), block(2, [*others, late])]))
    for shares in (first, second):
        assert "left out here" not in {share.text for share in shares}
        assert len(shares) == MAX_NEW_TEXTS_PER_BLOCK


def test_what_says_nothing_is_not_read_and_its_weight_says_nothing() -> None:
    sent = [transaction(i, sender=i) for i in range(9)] + [transaction(9, sender=9, calldata=b"sale opens soon")]
    ((share,),) = text_shares(window([block(1, sent)]))
    assert (share.text, share.ahead_seconds) == ("sale opens soon", None)
    assert share.weight < 0.2


def test_equal_words_at_two_times_are_two_shares_of_one_text() -> None:
    sent = [
        transaction(number, sender=number, calldata=f"sale opens in {minutes} minutes".encode())
        for number, minutes in enumerate((2, 2, 30))
    ]
    (shares,) = text_shares(window([block(1, sent)]))
    assert [(share.text, share.ahead_seconds) for share in shares] == [
        ("sale opens in # minutes", 120),
        ("sale opens in # minutes", 1_800),
    ]
    assert shares[0].weight == pytest.approx(2 * 0.25, rel=0.01)


def test_times_count_from_the_block_that_carries_them() -> None:
    said = transaction(1, calldata=b"mint opens at block 60000")
    first, second = text_shares(window([block(59_990, [said]), block(59_991, [said])]))
    assert [shares[0].ahead_seconds for shares in (first, second)] == [100, 90]
