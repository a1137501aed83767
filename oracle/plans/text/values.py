"""Values that a clause states: money, spans of time, dates, shares, counts; with what is unclear named as such.

A value is never guessed. "Two months", "three working days", "03/04/2027", "1.200 euros" and "forty (30) days" can be
read in two ways, so each is found as `Unclear`, with the reason.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from oracle.plans.plan import DAY_SECONDS
from oracle.plans.text.numbers import DIGITS, NUMBER, UnclearNumber, read_number


@dataclass(frozen=True)
class Money:
    """An amount."""

    minor: int  # hundredths
    currency: str


@dataclass(frozen=True)
class Span:
    """A length of time."""

    seconds: int


@dataclass(frozen=True)
class Day:
    """A date."""

    day: date


@dataclass(frozen=True)
class Share:
    """A part of a whole; `rest` for all that is left."""

    part: Fraction
    rest: bool = False


@dataclass(frozen=True)
class Count:
    """A number of something else."""

    count: int


@dataclass(frozen=True)
class Unclear:
    """Words that name a value which can be read in more than one way."""

    kind: type  # of the value
    why: str


Value = Money | Span | Day | Share | Count | Unclear


@dataclass(frozen=True)
class Found:
    """A value and where it stands in its clause."""

    value: Value
    start: int
    end: int
    text: str

    @property
    def kind(self) -> type:
        """Of the value, also where it is unclear."""
        return self.value.kind if isinstance(self.value, Unclear) else type(self.value)


_CURRENCY = {
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": "USD",
    "us$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "£": "GBP",
    "gbp": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "quid": "GBP",
    "pounds sterling": "GBP",
    "sterling": "GBP",
    "chf": "CHF",
    "sfr": "CHF",
    "franc": "CHF",
    "francs": "CHF",
    "swiss francs": "CHF",
    "usdc": "USDC",
}
_SIGN = r"(?:US\$|€|\$|£|\b(?:EUR|USDC|USD|GBP|CHF|Sfr\.?)(?![A-Za-z]))"
_NAME = (
    r"(?:swiss francs?|pounds sterling|euros?|dollars?|pounds?|quid|francs?|EUR|USDC|USD|GBP|CHF|€|\$|£)(?![A-Za-z])"
)
_MULTIPLE = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}

_MONEY = re.compile(
    rf"(?P<sign>{_SIGN})\s?(?P<after>-?{DIGITS}(?:\.-|,-)?)(?P<scale>\s?(?:k|m|thousand|million)\b)?"
    rf"|(?P<before>-?{NUMBER})(?P<times>\s(?:thousand|million))?\s?(?P<name>{_NAME})(?:\s(?P<hundredths>\d\d)(?![\d%]|\s?(?:days|weeks|hours)))?",
    re.IGNORECASE,
)

_UNITS = {
    "hour": 3_600,
    "day": DAY_SECONDS,
    "night": DAY_SECONDS,
    "week": 7 * DAY_SECONDS,
    "fortnight": 14 * DAY_SECONDS,
}
_VAGUE_UNITS = r"months?|years?|quarters?|terms?|seasons?"
_WORKING = r"working|business|banking|week|bank|trading"
_SPAN = re.compile(
    rf"(?P<number>{NUMBER}|\ba\b|\ban\b|\bone\b)[\s-]+(?:(?P<other>calendar|full|clear|consecutive|running|straight)\s+)?"
    rf"(?P<working>(?:{_WORKING})\s?-?\s?)?(?P<unit>hours?|days?|nights?|weeks?|fortnights?|{_VAGUE_UNITS})\b"
    r"|(?P<vague>\b(?:a (?:few|couple of)|several|some)\s(?:hours|days|weeks|months)\b"
    r"|\b(?:a |within )?reasonable (?:time|period)\b|\bas soon as (?:possible|practicable)\b"
    r"|\bwithout (?:undue )?delay\b|\bin due (?:course|time)\b|\bpromptly\b)",
    re.IGNORECASE,
)

_BEFORE_A_SPAN = re.compile(
    r"(?:^|\b(?:within|after|in|for|than|least|most|of|another|over|lasts?|by|under|until|is|be|have|has|takes?"
    r"|for up to|gets?|given|allowed|:))[\s:]*$",
    re.IGNORECASE,
)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        1,
    )
    for name in names
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"\b(?P<iso>\d{4}-\d{2}-\d{2})\b"
    rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+(?:day\s+)?of)?\s+(?P<month>{_MONTH})\b\.?(?:,?\s+(?P<year>\d{{4}})\b)?"
    rf"|\b(?P<month2>{_MONTH})\b\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year2>\d{{4}})\b)?"
    r"|\b(?P<numeric>\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2}))(?![\d%])"
    r"|\b(?P<vague>(?:the\s)?(?:end|beginning|middle|start)\sof\s(?:the\s)?"
    rf"(?:month|year|(?:{_MONTH})\b(?:\s\d{{4}})?|next \w+))",
    re.IGNORECASE,
)

_FRACTIONS = {
    "half": Fraction(1, 2),
    "third": Fraction(1, 3),
    "thirds": Fraction(1, 3),
    "quarter": Fraction(1, 4),
    "quarters": Fraction(1, 4),
    "fifth": Fraction(1, 5),
    "fifths": Fraction(1, 5),
    "sixth": Fraction(1, 6),
    "eighth": Fraction(1, 8),
    "tenth": Fraction(1, 10),
    "tenths": Fraction(1, 10),
}
_SHARE = re.compile(
    rf"(?P<number>-?{NUMBER})\s?(?P<unit>%|per\s?cent\b|percent\b|pct\b|bps\b|basis points\b)"
    rf"|(?P<many>\b(?:one|two|three|four|a|an|another|the (?:first|second|last|other|remaining))\s+|\b)"
    r"(?P<fraction>half|thirds?|quarters?|fifths?|sixth|eighth|tenths?)\b"
    r"(?!\s+(?:party|parties|person|of \w+ \d{4}|day|week))"
    r"|(?P<rest>\b(?:the rest|the remainder|the balance|whatever (?:is left|remains)|all that (?:is left|remains))\b)",
    re.IGNORECASE,
)
_COUNT = re.compile(NUMBER, re.IGNORECASE)


def values_of(clause: str) -> list[Found]:
    """All values of a clause, in order; none overlaps another."""
    taken = [False] * len(clause)
    found: list[Found] = []
    readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Value | None]], ...] = (
        (_DATE, _date),
        (_MONEY, _money),
        (_SPAN, _span),
        (_SHARE, _share),
        (_COUNT, _count),
    )
    for pattern, read in readers:
        for match in _matches(pattern, clause):
            start, end = match.span()
            if start == end or any(taken[start:end]):
                continue
            value = read(match)
            if value is None:
                continue
            taken[start:end] = [True] * (end - start)
            found.append(Found(value, start, end, clause[start:end]))
    return sorted(found, key=lambda each: each.start)


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    at = 0
    while (match := pattern.search(text, at)) is not None:
        yield match
        at = max(match.end(), match.start() + 1)


def _money(match: re.Match[str]) -> Value | None:
    currency = _CURRENCY[(match["sign"] or match["name"]).lower().rstrip(".")]
    try:
        number = read_number(re.sub(r"[.,]-$", "", match["after"] or match["before"]))
    except UnclearNumber as error:
        return Unclear(Money, str(error))
    number *= (
        _MULTIPLE[(match["scale"] or match["times"] or "").strip().lower()] if match["scale"] or match["times"] else 1
    )
    if match["hundredths"]:
        number += Fraction(int(match["hundredths"]), 100)
    minor = number * 100
    if minor <= 0 or minor.denominator != 1 or minor >= 1 << 100:
        return Unclear(Money, f"{match[0].strip()} is no amount that can be paid")
    return Money(int(minor), currency)


def _span(match: re.Match[str]) -> Value | None:
    text = match[0].strip()
    if match["vague"]:
        return Unclear(Span, f'"{text}" names no length of time')
    single = match["number"].lower() in {"a", "an"}
    if single and not _BEFORE_A_SPAN.search(match.string[: match.start()]):
        return None  # "1 % a day" is a rate
    unclear = _unclear_unit(match, text)
    if unclear is not None:
        return unclear
    try:
        number = Fraction(1) if single else read_number(match["number"])
    except UnclearNumber as error:
        return Unclear(Span, str(error))
    seconds = number * _UNITS[match["unit"].lower().rstrip("s")]
    if seconds <= 0 or seconds.denominator != 1:
        return Unclear(Span, f'"{text}" is no length of time')
    return Span(int(seconds))


def _unclear_unit(match: re.Match[str], text: str) -> Unclear | None:
    if match["working"]:
        return Unclear(Span, f'"{text}" depends on holidays, which a contract does not know')
    if re.fullmatch(_VAGUE_UNITS, match["unit"].lower()):
        return Unclear(Span, f'"{text}" is not of one length: say how many days')
    return None


def _date(match: re.Match[str]) -> Value | None:
    if match["vague"]:
        return Unclear(Day, f'"{match["vague"].strip()}" is no one day: give its date')
    if match["numeric"]:
        return _numeric_date(match["numeric"])
    if match["iso"]:
        year, month, day = (int(part) for part in match["iso"].split("-"))
    else:
        named = match["month"] or match["month2"]
        if named.lower() == "may" and named != "May" and not (match["year"] or match["year2"]):
            return None  # the verb
        month, day = _MONTHS[named.lower()], int(match["day"] or match["day2"])
        if not (match["year"] or match["year2"]):
            return Unclear(Day, f'"{match[0].strip()}" has no year')
        year = int(match["year"] or match["year2"])
    return _day(year, month, day, match[0].strip())


def _numeric_date(text: str) -> Value:
    first, second, year = (int(part) for part in re.split("[./]", text))
    if year < 100:
        return Unclear(Day, f'"{text}" has no whole year')
    if first > 12 >= second:
        return _day(year, second, first, text)
    if second > 12 >= first:
        return _day(year, first, second, text)
    if first == second:
        return _day(year, second, first, text)
    return Unclear(Day, f'"{text}" can be read with the day or the month first')


def _day(year: int, month: int, day: int, text: str) -> Value:
    try:
        return Day(date(year, month, day))
    except ValueError:
        return Unclear(Day, f'"{text}" is no day of the calendar')


def _share(match: re.Match[str]) -> Value | None:
    if match["rest"]:
        return Share(Fraction(0), rest=True)
    if match["fraction"]:
        many = (match["many"] or "").strip().lower()
        part = _FRACTIONS[match["fraction"].lower()]
        times = {"two": 2, "three": 3, "four": 4}.get(many, 1)
        if many.endswith("remaining"):
            return Share(Fraction(0), rest=True)
        return Share(times * part)
    try:
        number = read_number(match["number"])
    except UnclearNumber as error:
        return Unclear(Share, str(error))
    whole = 10_000 if match["unit"].lower() in {"bps", "basis points"} else 100
    if number <= 0 or number > whole:
        return Unclear(Share, f'"{match[0].strip()}" is no part of a whole')
    return Share(number / whole)


def _count(match: re.Match[str]) -> Value | None:
    try:
        number = read_number(match[0])
    except UnclearNumber as error:
        return Unclear(Count, str(error))
    return Count(int(number)) if number.denominator == 1 and number >= 0 else None
