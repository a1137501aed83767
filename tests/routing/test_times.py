"""Times and amounts by rules: what is clear has one value, and what is not is never guessed."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.routing.graph import Asset
from oracle.routing.text.amounts import amounts_of
from oracle.routing.text.names import names_of, unknown_names
from oracle.routing.text.times import times_of

# A Saturday, in a zone one hour ahead of UTC.
NOW = datetime(2026, 11, 28, 14, 0, tzinfo=timezone(timedelta(hours=1)))
_HOUR = 3_600
ASSETS = (Asset("USDC", 6), Asset("ETH", 18))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("before 18:00", 4 * _HOUR),
        ("before 6 pm UTC", 5 * _HOUR),
        ("before 18:00 +02:00", 3 * _HOUR),
        ("18:00 UTC+2", 3 * _HOUR),
        ("18:00 today", 4 * _HOUR),
        ("tomorrow noon", 22 * _HOUR),
        ("by noon tomorrow", 22 * _HOUR),
        ("tomorrow at 9:30am", 19 * _HOUR + 1_800),
        ("2026-12-01 18:00", 76 * _HOUR),
        ("2026-12-01T18:00Z", 77 * _HOUR),
        ("Friday 17:00", 147 * _HOUR),
        ("midnight", 10 * _HOUR),
        ("within two hours", 2 * _HOUR),
        ("in 90 minutes", 5_400),
        ("half an hour", 1_800),
        ("an hour and a half", 5_400),
        ("1.5 hours", 5_400),
        ("two hours and 30 minutes", 9_000),
        ("45s", 45),
    ],
)
def test_a_clear_time_has_one_value(text: str, seconds: int) -> None:
    assert [each.seconds for each in times_of(text, NOW)] == [seconds]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "12:00",
            "by 6",
            "6 o'clock",
            "tonight",
            "tonight at 9",
            "next Friday 10:00",
            "Saturday 18:00",
            "by tomorrow",
        ),
        *("18:00 CST", "tomorrow midnight", "end of day", "in a few hours", "within 3 working days", "25:00", "2h30"),
        *("by 1 December 2026", "a month", "0 minutes"),
    ],
)
def test_an_unclear_time_is_found_without_a_value(text: str) -> None:
    found = times_of(text, NOW)
    assert found
    assert all(each.seconds is None and each.why for each in found)


def test_an_hour_that_the_clocks_skip_is_asked_about() -> None:
    before = datetime(2026, 3, 28, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    (found,) = times_of("tomorrow 02:30", before)
    assert found.seconds is None
    assert "skipped" in found.why


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.integers(60, 86_400))
def test_a_moment_that_is_written_out_is_read_to_the_second(now: datetime, ahead: int) -> None:
    here = now.replace(microsecond=0, tzinfo=UTC)
    moment = here + timedelta(seconds=ahead)
    assert [each.seconds for each in times_of(f"by {moment:%Y-%m-%d %H:%M:%S} UTC", here)] == [ahead]


@settings(max_examples=30)
@given(st.text(max_size=60))
def test_any_text_is_searched_without_an_error(text: str) -> None:
    found = [*times_of(text, NOW)]
    assert all(text[each.start : each.end] == each.text for each in found)
    assert all(text[each.start : each.end] == each.text for each in amounts_of(text, ASSETS))


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1 200 USDC", 1_200 * 10**6),
        ("USDC 1,200.50", 1_200_500_000),
        ("1.2k usdc", 1_200 * 10**6),
        ("two hundred USDC", 200 * 10**6),
        ("0.125 ETH", 125 * 10**15),
        ("1200USDC", 1_200 * 10**6),
        ("one million USDC", 10**12),
    ],
)
def test_a_clear_amount_has_one_value(text: str, minor: int) -> None:
    assert [each.minor for each in amounts_of(f"send {text} now", ASSETS)] == [minor]


@pytest.mark.parametrize("text", ["1.200 USDC", "$500", "forty (30) USDC", "0 USDC"])
def test_an_unclear_amount_is_found_without_a_value(text: str) -> None:
    (found,) = amounts_of(text, ASSETS)
    assert found.minor is None
    assert found.why


def test_names_are_found_whatever_their_case_but_single_letters_only_as_written() -> None:
    text = "a transfer from chain A to aurora by the hop link, not Kestrel"
    found = names_of(text, ["A", "Aurora"], ["Hop-Link"])
    assert [each.name for each in found] == ["A", "Aurora", "Hop-Link"]
    assert unknown_names(text, [(each.start, each.end) for each in found]) == ["Kestrel"]
