"""Finds what has the form of personal data in a text: addresses, numbers and names, by rules.

A hit raises a file's privacy. Nothing that a text says can lower it.
"""

import re
from collections.abc import Callable, Mapping

FindsPersonal = Callable[[str], bool]  # a second finder, such as Presidio's recognisers
_TITLES = "(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme)"
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "phone number": re.compile(
        r"(?<![\w.])(?:\+\d{1,3}[\s\-]\(?\d{2,4}\)?(?:[\s\-]\d{2,5}){1,4}|\(\d{3}\)\s\d{3}-\d{4})(?!\w)"
    ),
    "bank account": re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b"),
    "name of a person": re.compile(rf"\b{_TITLES}\.?\s+[A-Z][a-zà-ÿ]+(?:[\s\-]+[A-Z][a-zà-ÿ]+)?\b"),
    "date of birth": re.compile(r"(?i)\b(?:date of birth|born on|d\.?o\.?b\.?|geboren am|geb\.)[\s:]*\d"),
    "health record": re.compile(
        r"(?i)\b(?:patient(?:'s)?\s*(?:name|id|no|:)|diagnosis:|MRN[\s:]*\d|NHS\s*(?:no|number))"
    ),
    "social security number": re.compile(r"(?i)\b(?:ssn|social security (?:no|number))\W{0,3}\d{3}"),
}
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,6}")
# An address by which a package, a project or a service is reached is nobody's own, nor is that of a maintainer who
# signs a published change.
_PUBLIC_ADDRESS = re.compile(
    r"(?i)@(?:[\w\-]+\.)*(?:debian\.org|gnu\.org|python\.org|ubuntu\.com|example\.(?:com|org|net)|sourceforge\.net"
    r"|freedesktop\.org|kernel\.org|apache\.org|gnome\.org|kde\.org)\b"
)
_MOST_CHARACTERS = 8192


def personal_signs(text: str) -> tuple[str, ...]:
    """What has the form of personal data in the first `_MOST_CHARACTERS` of a text, by kind."""
    text = text[:_MOST_CHARACTERS]
    found = [kind for kind, pattern in _PATTERNS.items() if _holds(kind, pattern, text)]
    if any(not _PUBLIC_ADDRESS.search(each.group()) for each in _EMAIL.finditer(text)):
        found.append("e-mail address")
    return tuple(found)


def _holds(kind: str, pattern: re.Pattern[str], text: str) -> bool:
    found = pattern.finditer(text)
    return any(_is_iban(each.group()) for each in found) if kind == "bank account" else any(found)


def _is_iban(text: str) -> bool:
    """By its check digits (ISO 13616)."""
    plain = re.sub(r"\s", "", text)
    digits = "".join(str(int(each, 36)) for each in plain[4:] + plain[:4])
    return int(digits) % 97 == 1
