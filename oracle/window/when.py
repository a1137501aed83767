"""The times that words name, by rules: how far ahead of its block a text says that something happens.

    in 12 minutes · in an hour · 40 blocks from now · at block 21 000 300 · at 14:30 UTC · 2pm CET · tonight · tomorrow
    on 2026-12-01 · 3 December · on Friday · in 3 weeks · next year · never · yesterday · two hours ago

The encoder reads words and no digits, so the times go beside it as numbers. English and Spanish are known, and
Chinese by the rules of `when_chinese`. Clock times without a zone count as UTC, dates without a year as the next such
day. A time that is over is a negative number; what is said of no time at all gives None. Blocks are taken to come every
target interval.
"""

import re
from datetime import UTC, date, datetime, timedelta

from oracle.window import when_chinese
from oracle.window.moment import DAY_SECONDS, NEVER, Moment, Rule, Seconds, constant, over

_NUMBER_WORDS = {
    word: number
    for number, words in {
        0.5: "half medio media",
        1: "a an one un una uno",
        2: "two couple dos par",
        3: "three tres",
        4: "four cuatro",
        5: "five cinco",
        6: "six seis",
        7: "seven siete",
        8: "eight ocho",
        9: "nine nueve",
        10: "ten diez",
        12: "twelve doce",
        15: "fifteen quince",
        20: "twenty veinte",
        30: "thirty treinta",
        40: "forty cuarenta",
        45: "forty-five",
        50: "fifty cincuenta",
        60: "sixty sesenta",
        90: "ninety noventa",
    }.items()
    for word in words.split()
}
_UNITS = {
    "s|sec|secs|seconds?|segundos?|seg": 1,
    "m|min|mins|minutes?|minutos?": 60,
    "h|hr|hrs|hours?|horas?": 3_600,
    "d|days?|dias?": 86_400,
    "w|wk|wks|weeks?|semanas?": 7 * 86_400,
    "months?|mes(?:es)?": 30 * 86_400,
    "years?|yrs?|anos?": 365 * 86_400,
}
_BLOCK = "blocks?|blks?|bloques?"
_ZONES = {
    **dict.fromkeys(("utc", "gmt", "z"), 0),
    **{
        "bst": 1,
        "cet": 1,
        "cest": 2,
        "eet": 2,
        "eest": 3,
        "msk": 3,
        "ist": 5.5,
        "sgt": 8,
        "hkt": 8,
        "jst": 9,
        "kst": 9,
    },
    **{"est": -5, "edt": -4, "et": -5, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "pt": -8},
}
_MONTHS = {
    name: 1 + at
    for at, names in enumerate(
        (
            *("january jan enero ene", "february feb febrero", "march mar marzo", "april apr abril abr", "may mayo"),
            *("june jun junio", "july jul julio", "august aug agosto ago", "september sep sept septiembre"),
            *("october oct octubre", "november nov noviembre", "december dec diciembre dic"),
        )
    )
    for name in names.split()
}
_DAYS = {
    name: at
    for at, names in enumerate(
        (
            *("monday mon lunes", "tuesday tue tues martes", "wednesday wed miercoles", "thursday thu thurs jueves"),
            *("friday fri viernes", "saturday sat sabado", "sunday sun domingo"),
        )
    )
    for name in names.split()
}
# Hours of the day, UTC, that words for parts of a day stand for.
_TONIGHT = 20
_LONG = 365 * DAY_SECONDS


def seconds_ahead(text: str, moment: Moment) -> float | None:
    """Seconds from a block to the earliest time to come that its text names.

    Args:
        text: In lower-case ASCII, with its digits; Chinese characters may stand in it.
        moment: Of the block.

    Returns:
        Negative where all times named are over, NEVER where it is said never to come, None where no time is named.
    """
    named: list[float] = []
    rest = text
    for pattern, seconds in _RULES:

        def taken(match: re.Match[str], seconds: Seconds = seconds) -> str:
            found = seconds(match, moment)
            if found is None:
                return match[0]
            named.append(found)
            return " "

        rest = pattern.sub(taken, rest)
    to_come = [each for each in named if each >= 0]
    return min(to_come) if to_come else max(named, default=None)


_COUNT = r"(?P<count>\d+(?:[.,]\d+)?|" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + ")"
_UNIT = "(?P<unit>" + "|".join(_UNITS) + ")"
_OF = r"\s*(?:of\s+(?:an?\s+)?|an?\s+|de\s+)?"
_ABOUT = "|".join(
    (
        *("about", "around", "roughly", "approximately", "circa", "some", "barely", "only", "exactly", "just", "under"),
        *("less than", "more than", "~", "unos", "unas", "aproximadamente", "apenas", "solo", "cerca de"),
        *("los proximos", "las proximas"),
    )
)
_SOME = rf"(?:(?:{_ABOUT})\s*)?(?:an?\s+(?=couple|half)|un\s+(?=par))?"


def _number(word: str) -> float:
    return _NUMBER_WORDS[word] if word in _NUMBER_WORDS else float(word.replace(",", "."))


def _after(match: re.Match[str], _: Moment) -> float:
    unit = next(seconds for names, seconds in _UNITS.items() if re.fullmatch(names, match["unit"]))
    return _number(match["count"]) * unit


def _blocks(match: re.Match[str], moment: Moment) -> float:
    return _number(match["count"]) * moment.interval_seconds


def _height(match: re.Match[str], moment: Moment) -> float | None:
    digits = re.sub(r"\D", "", match["height"])
    return float((int(digits) - moment.block) * moment.interval_seconds)


def _clock(match: re.Match[str], moment: Moment) -> float | None:
    word = match.groupdict().get("word")
    if word:
        hour, minute = (12, 0) if word in ("noon", "mediodia") else (24, 0)
    else:
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
    half = (match.groupdict().get("half") or "").replace(".", "")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 24 or minute > 59:
        return None
    zone = match.groupdict().get("zone")
    offset = match.groupdict().get("offset")
    shift = _ZONES[zone] if zone else 0.0
    if offset:
        shift += float(offset)
    at = (hour * 60 + minute) * 60 - round(shift * 3_600)
    return float((at - moment.timestamp_seconds) % DAY_SECONDS)


def _day_of(moment: Moment) -> date:
    return datetime.fromtimestamp(moment.timestamp_seconds, UTC).date()


def _until(day: date, moment: Moment) -> float:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    ahead = start.timestamp() - moment.timestamp_seconds
    # A day that has begun is neither over nor to come at a known time: its end is.
    return ahead + DAY_SECONDS - 1 if -DAY_SECONDS < ahead < 0 else ahead


def _iso_date(match: re.Match[str], moment: Moment) -> float | None:
    return _dated(int(match["year"]), int(match["month"]), int(match["day"]), moment)


def _named_date(match: re.Match[str], moment: Moment) -> float | None:
    month, day = _MONTHS[match["name"]], int(match["day"])
    today = _day_of(moment)
    year = int(match["year"]) if match["year"] else today.year + ((month, day) < (today.month, today.day))
    return _dated(year, month, day, moment)


def _dated(year: int, month: int, day: int, moment: Moment) -> float | None:
    try:
        return _until(date(year, month, day), moment)
    except ValueError:
        return None


def _weekday(match: re.Match[str], moment: Moment) -> float:
    today = _day_of(moment)
    if match["past"]:
        return -float(DAY_SECONDS)
    ahead = (_DAYS[match["name"]] - today.weekday()) % 7 or 7
    return _until(today + timedelta(days=ahead), moment)


def _at_hour(hour: int) -> Seconds:
    return lambda _, moment: float((hour * 3_600 - moment.timestamp_seconds) % DAY_SECONDS)


def _tomorrow(_: re.Match[str], moment: Moment) -> float:
    return _until(_day_of(moment) + timedelta(days=1), moment)


_MONTH = "(?P<name>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_ZONE = r"(?:\s*\(?(?P<zone>" + "|".join(_ZONES) + r")\b\)?(?P<offset>[+-]\d{1,2})?)"
_PERIOD = "(?:week|month|year|quarter|season|semana|mes|ano|temporada)"


_NAMES_OF_DAYS = "|".join(sorted((name for name in _DAYS if len(name) > 3), key=len, reverse=True))
_A_DAY = float(DAY_SECONDS)
# In the order in which they take words away from those that follow.
_PATTERNS: tuple[tuple[str, Seconds], ...] = (
    (r"\bnever\b|\bnunca\b|\bjamas\b", constant(NEVER)),
    (
        rf"\b(?:at|from|by|until|on|en|desde)?\s*(?:the\s+|el\s+)?(?:{_BLOCK})\s*(?:height|number|no\.?|n)?\s*#?\s*"
        r"(?P<height>\d[\d,._]{3,}\d|\d{5,})",
        _height,
    ),
    (rf"\b{_COUNT}\s*(?:{_BLOCK})\s+(?:ago|back|atras)\b", over(_blocks)),
    (rf"\bhace\s+{_COUNT}\s*(?:{_BLOCK})\b", over(_blocks)),
    (rf"{_SOME}\b{_COUNT}\s*(?:more\s+|mas\s+)?(?:{_BLOCK})\b", _blocks),
    (rf"{_SOME}\b{_COUNT}{_OF}\s*{_UNIT}\s+(?:ago|earlier|back|atras)\b", over(_after)),
    (rf"\bhace\s+{_SOME}{_COUNT}{_OF}\s*{_UNIT}\b", over(_after)),
    (rf"\b(?:last|past|previous)\s+{_COUNT}\s*{_UNIT}\b", over(_after)),
    (
        rf"(?:\b(?:in|within|after|another|next|en|dentro de|tras)\s+|\bt\s*-\s*){_SOME}{_COUNT}{_OF}\s*{_UNIT}\b",
        _after,
    ),
    (
        rf"{_SOME}\b{_COUNT}{_OF}\s*{_UNIT}\s+"
        r"(?:from now|left|to go|remaining|until|till|away|mas tarde|later|out)\b",
        _after,
    ),
    (r"\b(?P<year>20\d\d)-(?P<month>\d\d?)-(?P<day>\d\d?)\b", _iso_date),
    (
        rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?\.?\s+(?:of\s+|de\s+)?{_MONTH}\b\.?"
        r"(?:,?\s+(?:de\s+)?(?P<year>20\d\d)\b)?",
        _named_date,
    ),
    (rf"\b{_MONTH}\.?\s+(?P<day>\d\d?)(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(?P<year>20\d\d)\b)?", _named_date),
    (rf"\b(?P<hour>\d\d?)(?:[:h.](?P<minute>\d\d))\s*(?P<half>[ap]\.?m\b\.?)?{_ZONE}?", _clock),
    (rf"\b(?P<hour>\d\d?)(?P<minute>)\s*(?P<half>[ap]\.?m\b\.?){_ZONE}?", _clock),
    (rf"\b(?P<hour>\d\d?)(?P<minute>){_ZONE}", _clock),
    (rf"\b(?P<word>noon|midnight|mediodia|medianoche)\b{_ZONE}?", _clock),
    (r"\byesterday\b|\bayer\b|\banoche\b|\bpreviously\b", constant(-_A_DAY)),
    (
        rf"\b(?:last|past|previous)\s+(?:{_PERIOD}|night|time)|\b(?:la|el)\s+{_PERIOD}\s+pasad[oa]",
        constant(-_A_DAY),
    ),
    (r"\btonight\b|\bthis evening\b|\besta noche\b", _at_hour(_TONIGHT)),
    (r"\bday after tomorrow\b|\bpasado manana\b", constant(2 * _A_DAY)),
    (r"\btomorrow\b|\btmrw?\b|(?<!esta )(?<!la )\bmanana\b", _tomorrow),
    (
        rf"\b(?:next|coming|following|proxim[oa]|later this)\s+{_PERIOD}|\b{_PERIOD}\s+que viene"
        r"|\bthis (?:weekend|month|year)\b|\bfin de semana\b",
        constant(3 * _A_DAY),
    ),
    (rf"\b(?P<past>last\s+)?(?P<name>{_NAMES_OF_DAYS})\b", _weekday),
    (r"\b(?:in|en)\s+20\d\d\b|\bq[1-4]\b", constant(float(_LONG))),
)
_RULES: tuple[Rule, ...] = (
    *((re.compile(pattern), seconds) for pattern, seconds in _PATTERNS),
    *when_chinese.RULES,
)
