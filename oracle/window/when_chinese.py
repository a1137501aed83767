"""The times that Chinese words name, by rules, as `oracle.window.when` has them for English and Spanish.

    五分钟后 · 再过8个区块 · 半小时内 · 在第21000300个区块 · 今晚八点 · 明天 · 下周 · 三天前 · 昨天 · 永不

Clock times without a zone are those of China, which has one: UTC+8.
"""

import re

from oracle.window.moment import DAY_SECONDS, NEVER, Moment, Rule, Seconds, constant, over

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {
    "秒钟|秒": 1,
    "分钟|分": 60,
    "小时|钟头": 3_600,
    "天|日": DAY_SECONDS,
    "周|星期|礼拜": 7 * DAY_SECONDS,
    "月": 30 * DAY_SECONDS,
    "年": 365 * DAY_SECONDS,
}
_CHINA_HOURS = 8
_NUMERAL = "[零〇一二两三四五六七八九十百]+"
_COUNT = rf"(?P<count>\d+(?:\.\d+)?|{_NUMERAL}|半)"
_UNIT = "(?P<unit>" + "|".join(_UNITS) + ")"
_SPAN = rf"{_COUNT}\s*(?P<more>个半|个)?\s*{_UNIT}"
_BLOCKS = rf"{_COUNT}\s*个?\s*(?:区块|块)"
_ZONE = r"(?P<zone>utc|北京时间)?"
_DAY = r"(?P<day>今天|明天|明日|今|明)?"
_PART = "(?P<part>晚上|晚|下午|傍晚|早上|早|上午|凌晨|中午)?"


def number_of(written: str) -> float:
    """A count in digits or in numerals below a thousand: 半 is a half, 两 two, 二十五 twenty-five."""
    if written == "半":
        return 0.5
    if written[0].isdigit() and written[0].isascii():
        return float(written)
    total, last = 0, 0
    for numeral in written:
        if numeral in "十百":
            total += (last or 1) * (10 if numeral == "十" else 100)
            last = 0
        else:
            last = _DIGITS[numeral]
    return float(total + last)


def _after(match: re.Match[str], _: Moment) -> float:
    unit = next(seconds for names, seconds in _UNITS.items() if re.fullmatch(names, match["unit"]))
    return (number_of(match["count"]) + (0.5 if match["more"] == "个半" else 0)) * unit


def _blocks(match: re.Match[str], moment: Moment) -> float:
    return number_of(match["count"]) * moment.interval_seconds


def _height(match: re.Match[str], moment: Moment) -> float:
    return float((int(match["height"]) - moment.block) * moment.interval_seconds)


def _clock(match: re.Match[str], moment: Moment) -> float | None:
    hour = number_of(match["hour"])
    minute = 30 if match["half"] else number_of(match["minute"]) if match["minute"] else 0
    if hour < 12 and match["part"] in ("晚上", "晚", "下午", "傍晚"):
        hour += 12
    if hour > 24 or minute > 59:
        return None
    at = (hour - (0 if match["zone"] == "utc" else _CHINA_HOURS)) * 3_600 + minute * 60
    ahead = (at - moment.timestamp_seconds) % DAY_SECONDS
    is_tomorrow = (match["day"] or "").startswith("明")
    return ahead + DAY_SECONDS if is_tomorrow and ahead < _rest_of_day(moment) else ahead


def _tomorrow(_: re.Match[str], moment: Moment) -> float:
    return _rest_of_day(moment)


def _rest_of_day(moment: Moment) -> float:
    """Seconds to the next midnight in China."""
    return float(-(moment.timestamp_seconds + _CHINA_HOURS * 3_600) % DAY_SECONDS)


def _tonight(_: re.Match[str], moment: Moment) -> float:
    return float(((20 - _CHINA_HOURS) * 3_600 - moment.timestamp_seconds) % DAY_SECONDS)


_BEFORE, _AFTER = "(?:之前|以前|前)", "(?:之后|以后|过后|后|以内|之内|内)"
# In the order in which they take words away from those that follow.
_PATTERNS: tuple[tuple[str, Seconds], ...] = (
    ("永不|永远不|再也不", constant(NEVER)),
    (r"第?\s*(?P<height>\d{5,})\s*(?:号|个)?\s*(?:区块|块)", _height),
    (r"区块(?:高度)?\s*(?P<height>\d{5,})", _height),
    (rf"{_BLOCKS}\s*{_BEFORE}", over(_blocks)),
    (_BLOCKS, _blocks),
    (rf"{_SPAN}\s*{_BEFORE}", over(_after)),
    (rf"{_SPAN}\s*{_AFTER}", _after),
    (rf"(?:再过|还有|还剩|倒计时|倒数|再等)\s*{_SPAN}", _after),
    (
        rf"{_ZONE}\s*{_DAY}\s*{_PART}\s*(?P<hour>\d\d?|{_NUMERAL})\s*(?:点钟?|:)\s*"
        rf"(?:(?P<half>半)|(?P<minute>\d\d?|{_NUMERAL})分?)?",
        _clock,
    ),
    ("昨天|昨晚|昨日|前天|上周|上个?月|去年|上次|上一次", constant(-float(DAY_SECONDS))),
    ("今晚|今夜", _tonight),
    ("后天", constant(2.0 * DAY_SECONDS)),
    ("明天|明日|明早|明晚", _tomorrow),
    ("下周|下个?星期|下个?月|明年|周末|改日|改天", constant(3.0 * DAY_SECONDS)),
)
RULES: tuple[Rule, ...] = tuple((re.compile(pattern), seconds) for pattern, seconds in _PATTERNS)
