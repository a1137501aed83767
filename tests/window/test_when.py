"""The times that words name."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.window.moment import NEVER, Moment
from oracle.window.when import seconds_ahead

# A Friday, 12:00 UTC.
NOON = Moment(int(datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()), 21_000_000, 12)
MINUTE, HOUR, DAY = 60, 3_600, 86_400

AHEAD = {
    "mint opens in 2 minutes": 2 * MINUTE,
    "mint opens in 55 minutes": 55 * MINUTE,
    "starts in 90s": 90,
    "starts in 1.5 hours": 1.5 * HOUR,
    "live in an hour": HOUR,
    "live in half an hour": HOUR / 2,
    "doors in a couple of minutes": 2 * MINUTE,
    "in approximately 7 minutes": 7 * MINUTE,
    "in under 40 seconds": 40,
    "en cerca de 90 segundos": 90,
    "en los proximos 3 bloques": 36,
    "once 8 more blocks have passed": 96,
    "4 blk from now": 48,
    "in about ten min": 10 * MINUTE,
    "only 5 minutes left": 5 * MINUTE,
    "15 minutes from now": 15 * MINUTE,
    "30 seconds to go": 30,
    "t-10 minutes": 10 * MINUTE,
    "in 25 blocks": 25 * 12,
    "40 blocks from now": 40 * 12,
    "launch at block 21000010": 120,
    "launch at block #21,000,010": 120,
    "from block height 21_000_100 on": 1_200,
    "at 14:30 utc": 2.5 * HOUR,
    "at 14:30": 2.5 * HOUR,
    "at 2pm utc": 2 * HOUR,
    "2:15 p.m. gmt": 2.25 * HOUR,
    "14h30 cet": 1.5 * HOUR,
    "16 cet": 3 * HOUR,
    "9am est": 2 * HOUR,
    "at midnight": 12 * HOUR,
    "at 11:59 utc": DAY - MINUTE,
    "tonight": 8 * HOUR,
    "tomorrow": 12 * HOUR,
    "on 2026-11-28": 12 * HOUR,
    "28 november": 12 * HOUR,
    "nov 28th, 2026": 12 * HOUR,
    "on saturday": 12 * HOUR,
    "in 3 weeks": 21 * DAY,
    "never": NEVER,
    "opens in 10 minutes, closes in 2 days": 10 * MINUTE,
    "sold out yesterday, again in 4 minutes": 4 * MINUTE,
    "en 5 minutos": 5 * MINUTE,
    "dentro de media hora": HOUR / 2,
    "en 12 bloques": 144,
    "a las 14:30": 2.5 * HOUR,
}
BEYOND_A_DAY = ["next year", "next week", "in 3 months", "in q3", "in 2030", "this weekend", "la semana que viene"]
OVER = ["2 hours ago", "yesterday", "last week", "three blocks ago", "on 2024-01-02", "hace 3 dias", "last monday"]
NO_TIME = [
    "",
    "soon",
    "shortly",
    "any moment now",
    "thanks for lunch",
    "we minted # pieces",
    "may the force",
    "sat down",
    "5 apples",
]


@pytest.mark.parametrize(("text", "seconds"), AHEAD.items())
def test_a_time_to_come_is_read(text: str, seconds: float) -> None:
    assert seconds_ahead(text, NOON) == seconds


@pytest.mark.parametrize("text", BEYOND_A_DAY)
def test_a_distant_time_is_distant(text: str) -> None:
    found = seconds_ahead(text, NOON)
    assert found is not None
    assert found > DAY


@pytest.mark.parametrize("text", OVER)
def test_a_time_that_is_over_is_negative(text: str) -> None:
    found = seconds_ahead(text, NOON)
    assert found is not None
    assert found < 0


@pytest.mark.parametrize("text", NO_TIME)
def test_where_no_time_is_named_none_is_found(text: str) -> None:
    assert seconds_ahead(text, NOON) is None


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=256))
def test_no_text_breaks_it(text: str) -> None:
    found = seconds_ahead(text.lower(), NOON)
    assert found is None or not math.isnan(found)


@pytest.mark.parametrize("piece", ["1", "a ", "in 1 ", "1:", "block ", "at 1", "half a "])
def test_no_text_takes_long(piece: str) -> None:
    """Work grows with the length of a text, not with a power of it: 256 characters take no time that matters."""
    seconds_ahead(piece * (256 // len(piece)), NOON)


@given(st.integers(1, 500))
def test_blocks_and_their_minutes_agree(blocks: int) -> None:
    assert seconds_ahead(f"in {blocks} blocks", NOON) == seconds_ahead(f"in {blocks * 12} seconds", NOON)
