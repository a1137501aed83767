"""Times that a request states: "18:00", "6 pm UTC", "tomorrow noon", "2026-12-01 18:00", "two hours", "90 min".

A time is never guessed. "6 o'clock", "tonight", "next Friday", "a few hours", "18:00 CST" and an hour that has passed
today can be meant in several ways, so each is found without a value, and with the reason.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from fractions import Fraction

from oracle.plans.text.numbers import NUMBER, UnclearNumber, read_number
from oracle.plans.text.values import Day, values_of
from oracle.routing.objective import MOST_SECONDS


@dataclass(frozen=True)
class TimeFound:
    """A time where it stands, as seconds from now; without a value where it is not clear, which `why` says."""

    start: int
    end: int
    text: str
    seconds: int | None
    is_span: bool
    why: str = ""


class _UnclearTime(ValueError):
    """A time that can be meant in several ways; the message says which."""


_UNITS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3_600, "hr": 3_600, "hour": 3_600}
_UNITS |= {"day": 86_400, "week": 604_800}
_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|hours?|hrs?|h|days?|weeks?)\b"
_HALF = (
    r"half (?:an hour|a day)|(?:a )?quarter of an hour|(?:an|one) hour and a half|an? (?:second|minute|hour|day|week)\b"
)
_SPAN = re.compile(
    rf"(?P<fixed>\b(?:{_HALF}))"
    rf"|(?<![\w:])(?P<hours>\d{{1,3}})\s?h\s?(?P<minutes>\d{{1,2}})(?:\s?m(?:in)?)?\b"
    rf"|(?P<first>(?:\d+\.\d+|{NUMBER}))[\s-]?(?P<unit>{_UNIT})"
    rf"(?:\s?(?:,|and)?\s?(?P<second>{NUMBER})[\s-]?(?P<unit2>{_UNIT}))?"
    r"|(?P<vague>\b(?:a few|several|some|a couple of)\s(?:seconds|minutes|hours|days|weeks)\b"
    r"|\b(?:a few|several|some|\w+)\s(?:working|business|banking)\sdays\b|\b(?:a|one|two|three|\d+)\smonths?\b)",
    re.IGNORECASE,
)
_FIXED = {
    "half an hour": 1_800,
    "half a day": 43_200,
    "a quarter of an hour": 900,
    "quarter of an hour": 900,
    "an hour and a half": 5_400,
    "one hour and a half": 5_400,
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = rf"(?:today|tonight|tomorrow|(?:next |this |on )?(?:{'|'.join(_WEEKDAYS)}))"
_OFFSET = r"[+-]\d{1,2}(?::?\d{2})?"
_ZONE = rf"(?:(?:UTC|GMT|CET|CEST|[A-Z]{{1,2}}[SD]T|Z)(?:\s?{_OFFSET})?|{_OFFSET})"
_CLOCK = (
    r"(?:\d{1,2}[:.h]\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|\d{1,2}\s?[ap]\.?m\b\.?|\d{1,2}\so['’]clock|noon|midnight"
    r"|midday|(?<=by )\d{1,2}(?!\w|[.,:]\d|\s?\w*\d)|(?<=before )\d{1,2}(?!\w|[.,:]\d|\s?\w*\d))"
)
_MOMENT = re.compile(
    rf"\b(?:(?P<before>{_DAY}|\d{{4}}-\d{{2}}-\d{{2}})(?:\s?,?\s(?:at\s|by\s|before\s)?|T))?"
    rf"(?P<clock>{_CLOCK})(?:\s?(?P<zone>(?-i:{_ZONE}))(?![A-Za-z\d]))?"
    rf"(?:\s?,?\s(?:on\s)?(?P<after>{_DAY}|\d{{4}}-\d{{2}}-\d{{2}})\b)?",
    re.IGNORECASE,
)
_DAY_ALONE = re.compile(
    rf"\b(?:the\s)?(?:{_DAY}(?:\s(?:morning|afternoon|evening|night))?"
    r"|end of (?:the )?(?:day|week|business)|EOD|COB"
    r"|this (?:morning|afternoon|evening))\b",
    re.IGNORECASE,
)
_ZONES = {"UTC": 0, "GMT": 0, "Z": 0, "CET": 60, "CEST": 120}


def times_of(text: str, now: datetime) -> list[TimeFound]:
    """All times of a text, in order; none overlaps another.

    Args:
        text: The request.
        now: When it is read, with the time zone in which hours without one are meant.
    """
    found: list[TimeFound] = []
    taken = [False] * len(text)

    def take(start: int, end: int, seconds: int | None, *, is_span: bool, why: str = "") -> None:
        if end > start and not any(taken[start:end]):
            taken[start:end] = [True] * (end - start)
            found.append(TimeFound(start, end, text[start:end], seconds, is_span, why))

    for match in _MOMENT.finditer(text):
        end = match.start() + len(match[0].rstrip())
        try:
            take(match.start(), end, _ahead(_moment(match, now), now, match[0].strip()), is_span=False)
        except _UnclearTime as error:
            take(match.start(), end, None, is_span=False, why=str(error))
    for match in _SPAN.finditer(text):
        try:
            take(*match.span(), _span(match), is_span=True)
        except _UnclearTime as error:
            take(*match.span(), None, is_span=True, why=str(error))
    for match in _DAY_ALONE.finditer(text):
        take(*match.span(), None, is_span=False, why=f'"{match[0]}" names no hour: give one')
    for value in values_of(text):
        if value.kind is Day:
            take(
                value.start, value.end, None, is_span=False, why=f'"{value.text}" names no hour: give one, as in 18:00'
            )
    return sorted(found, key=lambda each: each.start)


def _span(match: re.Match[str]) -> int:
    text = match[0]
    if match["vague"]:
        raise _UnclearTime(f'"{text}" is no certain length of time: give minutes or hours')
    if match["fixed"]:
        fixed = re.sub(r"\s+", " ", match["fixed"].lower())
        return _FIXED.get(fixed) or _UNITS[fixed.split()[-1]]
    if match["hours"]:
        return _bounded(Fraction(int(match["hours"]) * 3_600 + int(match["minutes"]) * 60), text)
    try:
        seconds = _number(match["first"]) * _unit(match["unit"])
        if match["second"]:
            seconds += _number(match["second"]) * _unit(match["unit2"])
    except UnclearNumber as error:
        raise _UnclearTime(str(error)) from error
    return _bounded(seconds, text)


def _number(text: str) -> Fraction:
    return Fraction(text) if re.fullmatch(r"\d+\.\d+", text) else read_number(text)


def _unit(text: str) -> int:
    return _UNITS[text.lower() if text.lower() in _UNITS else text.lower().rstrip("s")]


def _bounded(seconds: Fraction, text: str) -> int:
    if not 1 <= seconds <= MOST_SECONDS:
        raise _UnclearTime(f'"{text}" is no time that can be kept to')
    return int(seconds)


def _ahead(moment: datetime, now: datetime, text: str) -> int:
    seconds = int((moment - now).total_seconds())
    if seconds <= 0:
        raise _UnclearTime(f'"{text}" has passed; which day is meant?')
    if seconds > MOST_SECONDS:
        raise _UnclearTime(f'"{text}" lies more than a year ahead')
    return seconds


def _moment(match: re.Match[str], now: datetime) -> datetime:
    text = match[0].strip()
    if match["before"] and match["after"]:
        raise _UnclearTime(f'"{text}" names two days')
    zone = _zone(match["zone"] or "", text)
    here = now.astimezone(zone) if zone is not None else now
    word = (match["before"] or match["after"] or "").lower().removeprefix("on ")
    clock, next_day = _clock(match["clock"].lower(), text)
    if next_day and word:
        raise _UnclearTime(f'"{text}" may be the midnight before or after: give 00:00 with a date')
    if word == "tonight" and clock.hour < 12:
        raise _UnclearTime(f'"{text}" may be before or after midnight: give a date')
    moment = datetime.combine(_day(word, here.date(), text) + timedelta(days=next_day), clock, zone or now.tzinfo)
    if moment.astimezone(UTC).astimezone(moment.tzinfo).time() != moment.time():
        raise _UnclearTime(f'"{text}" is skipped by the clocks of that day')
    return moment


def _day(word: str, today: date, text: str) -> date:
    if word in {"", "today", "tonight"}:
        return today
    if word == "tomorrow":
        return today + timedelta(days=1)
    if word[0].isdigit():
        try:
            return date.fromisoformat(word)
        except ValueError as error:
            raise _UnclearTime(f'"{text}" is no day of the calendar') from error
    if word.startswith("next "):
        raise _UnclearTime(f'"{text}" may be in this week or in the next one: give a date')
    ahead = (_WEEKDAYS.index(word.removeprefix("this ")) - today.weekday()) % 7
    if ahead == 0:
        raise _UnclearTime(f'"{text}" may be today or in a week: give a date')
    return today + timedelta(days=ahead)


def _clock(text: str, shown: str) -> tuple[time, bool]:
    """An hour, and whether it is of the next day."""
    if text in {"noon", "midday"}:
        return time(12), False
    if text == "midnight":
        return time(0), True
    numbers = [int(each) for each in re.findall(r"\d+", text)]
    hour, minute, second = (*numbers, 0, 0)[:3]
    half = re.search(r"([ap])\.?m", text)
    if half:
        if not 1 <= hour <= 12:
            raise _UnclearTime(f'"{shown}" is no time of day')
        hour = hour % 12 + (12 if half[1] == "p" else 0)
    elif len(numbers) == 1 and hour <= 12:
        raise _UnclearTime(f'"{shown}" may be in the morning or in the evening: give it as in 18:00')
    try:
        return time(hour, minute, second), False
    except ValueError as error:
        raise _UnclearTime(f'"{shown}" is no time of day') from error


def _zone(text: str, shown: str) -> tzinfo | None:
    """The zone that is written; None where none is."""
    text = text.strip()
    if not text:
        return None
    name = re.sub(r"[\s+\-:\d]", "", text)
    if name and name not in _ZONES:
        raise _UnclearTime(f'"{shown}" has a zone that is used by several: give it as in UTC+2')
    minutes = _ZONES.get(name, 0)
    offset = re.search(r"([+-])(\d{1,2})(?::?(\d{2}))?", text)
    if offset:
        ahead = int(offset[2]) * 60 + int(offset[3] or 0)
        minutes += ahead if offset[1] == "+" else -ahead
    if abs(minutes) > 14 * 60:
        raise _UnclearTime(f'"{shown}" has a zone that there is not')
    return timezone(timedelta(minutes=minutes))
