"""Values as people write them: each with its meaning, in one of many styles."""

import random
from calendar import month_name
from datetime import date, timedelta
from fractions import Fraction

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_DAY = 86_400
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
_NAMES = {"EUR": "euros", "USD": "dollars", "GBP": "pounds", "CHF": "francs", "USDC": "USDC"}
_MONTHS = tuple(month_name)[1:]
_FRACTIONS = {Fraction(1, 2): "half", Fraction(1, 4): "a quarter", Fraction(1, 3): "a third", Fraction(1, 5): "a fifth"}


def in_words(number: int) -> str:
    """A number below a million in English words."""
    if number < 20:
        return _UNITS[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens] + (f"-{_UNITS[rest]}" if rest else "")
    if number < 1_000:
        hundreds, rest = divmod(number, 100)
        return f"{_UNITS[hundreds]} hundred" + (f" and {in_words(rest)}" if rest else "")
    thousands, rest = divmod(number, 1_000)
    return f"{in_words(thousands)} thousand" + (f" {in_words(rest)}" if rest else "")


def money(chance: random.Random, minor: int, currency: str) -> str:
    """An amount in one of many styles, all of which can be read in one way alone."""
    whole, cents = divmod(minor, 100)
    grouped = f"{whole:,}"
    if cents:
        return chance.choice([f"{currency} {grouped}.{cents:02}", f"{grouped}.{cents:02} {_NAMES[currency]}"])
    styles = [
        f"{currency} {grouped}",
        f"{grouped} {currency}",
        f"{currency} {grouped}.00",
        f"{grouped} {_NAMES[currency]}",
        f"{currency} {whole}",
        f"{grouped.replace(',', ' ')} {_NAMES[currency]}",
        f"{currency} {grouped.replace(',', ' ')}",
        f"{in_words(whole)} {_NAMES[currency]}",
        f"{in_words(whole)} ({whole}) {_NAMES[currency]}",
    ]
    if currency in _SIGNS:
        styles += [f"{_SIGNS[currency]}{grouped}", f"{_SIGNS[currency]}{whole}"]
    return chance.choice(styles)


def span(chance: random.Random, seconds: int) -> str:
    """A span of whole days."""
    days = seconds // _DAY
    styles = [f"{days} day{'s' * (days != 1)}", f"{in_words(days)} day{'s' * (days != 1)}"]
    styles.append(f"{in_words(days)} ({days}) day{'s' * (days != 1)}")
    if days % 7 == 0:
        weeks = days // 7
        styles += [f"{in_words(weeks)} week{'s' * (weeks != 1)}", f"{weeks} week{'s' * (weeks != 1)}"]
    if days <= 3:
        styles.append(f"{24 * days} hours")
    return chance.choice(styles)


def unclear_span(chance: random.Random) -> str:
    """A span that nobody can be held to."""
    number = chance.randint(2, 9)
    return chance.choice(
        [
            f"{in_words(number)} months",
            f"{number} working days",
            f"{in_words(number)} business days",
            f"{in_words(number)} ({number + 1}) days",
            "a reasonable time",
            "a few days",
        ]
    )


def day(chance: random.Random, at: date) -> str:
    """A date with its month in words, or in ISO form."""
    month = _MONTHS[at.month - 1]
    return chance.choice(
        [
            f"{at.day} {month} {at.year}",
            f"{month} {at.day}, {at.year}",
            at.isoformat(),
            f"the {at.day}th of {month} {at.year}",
        ]
        if at.day not in {1, 2, 3, 21, 22, 23, 31}
        else [f"{at.day} {month} {at.year}", f"{month} {at.day}, {at.year}", at.isoformat()]
    )


def unclear_day(chance: random.Random) -> str:
    """A date that can be read in two ways, or lacks its year."""
    at = date(2027, chance.randint(1, 12), chance.randint(1, 12))
    if at.day == at.month:
        at += timedelta(days=1)
    return chance.choice(
        [
            f"{at.day:02}/{at.month:02}/{at.year}",
            f"{at.day} {_MONTHS[at.month - 1]}",
            f"the end of {_MONTHS[at.month - 1]} {at.year}",
        ]
    )


def share(chance: random.Random, part: Fraction) -> str:
    """A share of a whole."""
    percent = part * 100
    if percent.denominator != 1:
        return _FRACTIONS[part] if part in _FRACTIONS else f"{float(percent):g} %"
    styles = [
        f"{percent} %",
        f"{percent}%",
        f"{percent} per cent",
        f"{in_words(int(percent))} percent",
        f"{in_words(int(percent))} per cent",
    ]
    if part in _FRACTIONS:
        styles.append(_FRACTIONS[part])
    return chance.choice(styles)


def count(chance: random.Random, number: int) -> str:
    """A small number."""
    return chance.choice([in_words(number), str(number)])


def listed(chance: random.Random, items: list[str]) -> str:
    """An enumeration."""
    if len(items) == 1:
        return items[0]
    joint = chance.choice([" and ", " and ", " as well as ", ", and "]) if len(items) == 2 else " and "
    return ", ".join(items[:-1]) + joint + items[-1]
