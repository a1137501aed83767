"""Whom a record is about, and how text may name that person: patterns for what identifies, in its usual spellings."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

NAME, BIRTH_DATE, ADDRESS, PHONE, EMAIL, NUMBER = "name", "birth date", "address", "phone", "e-mail", "record number"

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
# Between the words of a name or an address, and between the digits of a number.
_BETWEEN_WORDS, _BETWEEN_DIGITS = r"[\s,.'’\-]*", r"[\s().\-/]*"
_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![^\W\d_])", r"(?:['’]?s)?(?![^\W\d_])"
_NOT_WITHIN = (r"(?<![^\W_])", r"(?![^\W_])")
# Parts of names that are no name by themselves.
_PARTICLE = re.compile("al|bin|da|del?|der|di|dos?|du|el|l[ae]|van|von|zu|mr|mrs|ms|miss|dr|prof|jr|sr")
_SPELLINGS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"}
_LEAST_PART, _LEAST_DIGITS, _LEAST_ADDRESS, _LEAST_NUMBER = 2, 6, 4, 3
_NATIONAL_DIGITS = 8  # of a phone number, which stay the same whatever is dialled before them


@dataclass(frozen=True)
class Identity:
    """What identifies the person of a record. Names may be those of others too: relatives, and who treats."""

    names: tuple[str, ...] = ()
    birth_date: date | None = None
    addresses: tuple[str, ...] = ()  # whole, with commas between street, city, and postal code
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    record_numbers: tuple[str, ...] = ()  # of records, insurances, and whatever else numbers the person

    def patterns(self) -> dict[str, list[str]]:
        """By kind, regular expressions for text of `plain`, to be used without regard to case."""
        found = {
            EMAIL: [_NOT_WITHIN[0] + re.escape(plain(each)) for each in self.emails if each.strip()],
            BIRTH_DATE: [] if self.birth_date is None else [_birth_date(self.birth_date)],
            NUMBER: list(_numbers(self.record_numbers)),
            PHONE: list(_phones(self.phones)),
            ADDRESS: list(_addresses(self.addresses)),
            NAME: list(_names(self.names)),
        }
        return {kind: patterns for kind, patterns in found.items() if patterns}


def plain(text: str) -> str:
    """A text with composed letters (NFC), and without what is not seen: soft hyphens, joiners, marks of direction."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(each for each in composed if unicodedata.category(each) != "Cf")


def _names(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        parts = [part for part in re.split(r"[\W\d_]+", plain(name)) if part]
        alone = [part for part in parts if len(part) >= _LEAST_PART and not _PARTICLE.fullmatch(part.casefold())]
        whole = [_BETWEEN_WORDS.join(map(_spelled, parts))] if len(parts) > 1 else []
        for spelled in [*whole, *map(_spelled, alone)]:
            yield _NO_LETTER_BEFORE + spelled + _NO_LETTER_AFTER


def _addresses(addresses: Iterable[str]) -> Iterable[str]:
    for address in addresses:
        for part in re.split(r"[,;\n]", plain(address)):
            words = re.findall(r"[^\W_]+", part)
            if sum(map(len, words)) >= _LEAST_ADDRESS:
                yield _NOT_WITHIN[0] + _BETWEEN_WORDS.join(map(_spelled, words)) + _NOT_WITHIN[1]


def _phones(phones: Iterable[str]) -> Iterable[str]:
    for phone in phones:
        digits = re.sub(r"\D", "", phone)
        if len(digits) >= _LEAST_DIGITS:
            # Whatever country or trunk code is written ahead of it.
            ahead = r"(?<!\d)(?:[+\d(][+\d\s()./\-]{0,12}?)?"
            yield ahead + _BETWEEN_DIGITS.join(digits[-_NATIONAL_DIGITS:]) + r"(?!\d)"


def numbers(given: Iterable[str]) -> Iterable[str]:
    """The letters and digits of numbers, and the digits alone where letters go with enough of them."""
    for number in given:
        signs = re.sub(r"[\W_]", "", plain(number))
        digits = re.sub(r"\D", "", signs)
        yield from (signs, digits) if len(digits) >= _LEAST_DIGITS and digits != signs else (signs,)


def _numbers(given: Iterable[str]) -> Iterable[str]:
    for signs in numbers(given):
        if len(signs) >= _LEAST_NUMBER:
            yield _NOT_WITHIN[0] + r"[\s.\-/]*".join(map(re.escape, signs)) + _NOT_WITHIN[1]


def _birth_date(day: date) -> str:
    between = r"[\s./,\-]*(?:of\s+)?"
    days, months, years = (
        rf"0?{day.day}(?:st|nd|rd|th)?",
        rf"(?:0?{day.month}|{month_pattern(day.month)})",
        rf"(?:{day.year}|['’]?{day.year % 100:02d})",
    )
    orders = ((days, months, years), (months, days, years), (years, months, days))
    forms = [between.join(order) for order in orders] + [rf"{months}[\s./,\-]+{day.year}", rf"{day.year}-{months}"]
    return rf"(?<!\d)(?:{'|'.join(forms)})(?!\d)"


def month_pattern(month: int) -> str:
    """An English name of a month, whole or cut."""
    name = MONTHS[month - 1]
    return rf"{name[:3]}(?:{name[3:]}|t|\.)?" if len(name) > 3 else name


def _spelled(word: str) -> str:
    """A word with and without its accents, and as keyboards without them write it."""
    return "".join(map(_letter, word))


def _letter(letter: str) -> str:
    base = "".join(each for each in unicodedata.normalize("NFD", letter) if not unicodedata.combining(each))
    other = _SPELLINGS.get(letter.lower())
    spellings = [letter] + ([base] if base != letter else []) + ([other] if other else [])
    return re.escape(letter) if len(spellings) == 1 else f"(?:{'|'.join(map(re.escape, spellings))})"
