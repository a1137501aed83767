"""Values as rules find them in a clause; what can be read in two ways is named, never guessed."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.plans.text.numbers import UnclearNumber, read_number
from oracle.plans.text.values import Count, Day, Found, Money, Share, Span, Unclear, values_of
from oracle.workload.agreements.filling import in_words

DAY = 86_400


def one(clause: str) -> Found:
    (found,) = values_of(clause)
    return found


@pytest.mark.parametrize(
    ("clause", "minor", "currency"),
    [
        ("for EUR 1,200.50", 120_050, "EUR"),
        ("for 1 200 euros", 120_000, "EUR"),
        ("for 18.400,00 EUR", 1_840_000, "EUR"),
        ("for CHF 2'480.-", 248_000, "CHF"),
        ("for twelve hundred dollars", 120_000, "USD"),
        ("for 85 pounds 50", 8_550, "GBP"),
        ("for £600", 60_000, "GBP"),
        ("for $1.2k", 120_000, "USD"),
        ("for five hundred and twenty (520) euros", 52_000, "EUR"),
        ("for 99 USDC", 9_900, "USDC"),
        ("for two million francs", 200_000_000, "CHF"),
    ],
)
def test_money(clause: str, minor: int, currency: str) -> None:
    assert one(clause).value == Money(minor, currency)


@pytest.mark.parametrize(
    ("clause", "seconds"),
    [
        ("within 5 days", 5 * DAY),
        ("within two weeks", 14 * DAY),
        ("within 24 hours", DAY),
        ("a fortnight later", 14 * DAY),
        ("thirty (30) days", 30 * DAY),
        ("within twenty-one calendar days", 21 * DAY),
    ],
)
def test_spans(clause: str, seconds: int) -> None:
    assert one(clause).value == Span(seconds)


@pytest.mark.parametrize(
    "clause",
    ["on 3 March 2027", "on March 3, 2027", "on the 3rd of March 2027", "on 2027-03-03", "on 3/3/2027"],
)
def test_dates(clause: str) -> None:
    assert one(clause).value == Day(date(2027, 3, 3))


@pytest.mark.parametrize(
    ("clause", "part"),
    [
        ("releases 30 %", Fraction(3, 10)),
        ("releases thirty per cent", Fraction(3, 10)),
        ("releases a third", Fraction(1, 3)),
        ("releases two thirds", Fraction(2, 3)),
        ("half of it", Fraction(1, 2)),
        ("0.4 per cent a day", Fraction(4, 1000)),
    ],
)
def test_shares(clause: str, part: Fraction) -> None:
    assert one(clause).value == Share(part)


@pytest.mark.parametrize(
    ("clause", "kind", "why"),
    [
        ("within two months", Span, "is not of one length"),
        ("within three working days", Span, "holidays"),
        ("within forty (30) days", Span, "says 40 and 30"),
        ("in a reasonable time", Span, "names no length"),
        ("by 03/04/2027", Day, "day or the month first"),
        ("by 3 March", Day, "has no year"),
        ("by the end of March 2027", Day, "is no one day"),
        ("on 31 February 2027", Day, "no day of the calendar"),
        ("for 1.200 euros", Money, "thousands or a decimal fraction"),
        ("for EUR -5", Money, "no amount that can be paid"),
        ("for EUR 0", Money, "no amount that can be paid"),
        ("for 140 %", Share, "no part of a whole"),
    ],
)
def test_what_can_be_read_in_two_ways_is_unclear(clause: str, kind: type, why: str) -> None:
    value = one(clause).value
    assert isinstance(value, Unclear)
    assert value.kind is kind
    assert why in value.why


def test_a_third_party_is_no_share_and_the_verb_no_month() -> None:
    assert values_of("a third party may object") == []


def test_values_stand_where_the_clause_has_them() -> None:
    clause = "blocks 1 204 to 1,999 cost EUR 5 within 2 days"
    found = values_of(clause)
    assert [each.value for each in found] == [Count(1204), Count(1999), Money(500, "EUR"), Span(2 * DAY)]
    assert all(clause[each.start : each.end] == each.text for each in found)


@given(st.integers(0, 999_999))
def test_number_words_are_read_back(number: int) -> None:
    assert read_number(in_words(number)) == number


@given(st.integers(1, 10**9), st.sampled_from([",", " ", "'", "’"]))
def test_grouped_digits_are_read_back(number: int, apart: str) -> None:
    assert read_number(f"{number:,}".replace(",", apart)) == number


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_words_and_digits_must_agree(words: int, digits: int) -> None:
    text = f"{in_words(words % 10**5)} ({digits % 10**5})"
    if words % 10**5 == digits % 10**5:
        assert read_number(text) == words % 10**5
    else:
        with pytest.raises(UnclearNumber, match="says"):
            read_number(text)
