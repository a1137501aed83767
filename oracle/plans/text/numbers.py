"""Numbers as people write them: digits with any separators, words, or both beside each other."""

import re
from fractions import Fraction

from text_to_num import text2num

_APART = "[ \u00a0\u2009\u202f'\u2019]"  # what may stand between groups of three digits
# Digits: grouped by threes, or not; with a decimal part, or not.
DIGITS = (
    rf"(?:\d{{1,3}}(?:{_APART}\d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)"
    r"|\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d))"
)
_ONE = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million"
)
WORDS = rf"\b(?:an?\s(?=hundred|thousand|million))?(?:{_ONE})(?:[\s-]+(?:and\s+)?(?:{_ONE}))*\b"
_BOTH = rf"{WORDS}\s?\(\s?{DIGITS}\s?\)|{DIGITS}\s?\(\s?{WORDS}\s?\)"
NUMBER = rf"(?:{_BOTH}|{WORDS}|(?<![\w.,/#-]){DIGITS})"

_BESIDE = re.compile(r"^(.*?)\s?\(\s?(.*?)\s?\)$", re.DOTALL)
_GROUPED = re.compile(r"^\d{1,3}([.,])\d{3}$")


class UnclearNumber(ValueError):
    """The number can be read in more than one way; the message says which."""


def read_number(text: str) -> Fraction:
    """The value of a number in digits, in words, or in both.

    Raises:
        UnclearNumber: words and digits disagree, or a separator may be of thousands or of decimals.
    """
    beside = _BESIDE.match(text.strip())
    if beside:
        first, second = read_number(beside[1]), read_number(beside[2])
        if first != second:
            raise UnclearNumber(f'"{text.strip()}" says {_shown(first)} and {_shown(second)}')
        return first
    negative, text = text.strip().startswith("-"), text.strip().lstrip("-")
    value = _digits(text) if text[0].isdigit() else _words(text)
    return -value if negative else value


def _digits(text: str) -> Fraction:
    plain = re.sub(_APART, "", text)
    grouped = _GROUPED.match(plain)
    if grouped:
        if grouped[1] == ".":
            raise UnclearNumber(f'"{text}" may be thousands or a decimal fraction')
        return Fraction(plain.replace(",", ""))
    # The last separator is of decimals if one or two digits follow; all others are of thousands.
    parts = re.split("[.,]", plain)
    separators = re.findall("[.,]", plain)
    if separators and len(parts[-1]) <= 2:
        if len(separators) > 1 and separators[-1] in separators[:-1]:
            raise UnclearNumber(f'"{text}" is no number')
        return Fraction("".join(parts[:-1]) + "." + parts[-1])
    if len(set(separators)) > 1:
        raise UnclearNumber(f'"{text}" is no number')
    return Fraction("".join(parts))


def _words(text: str) -> Fraction:
    words = re.sub(r"\s+", " ", text.lower())
    words = re.sub(r"^an? ", "one ", words)
    try:
        return Fraction(text2num(words, "en"))
    except ValueError as error:
        raise UnclearNumber(f'"{text}" is no number') from error


def _shown(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"
