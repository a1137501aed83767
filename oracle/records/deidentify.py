"""De-identification: generalises what is structured, and takes identifiers out of free text.

What is structured, by its key: an age band of ten years in place of a birth date, three characters of a postal code,
the year of a date; names, addresses, phones, e-mails and numbers of the person are left out. Every other text, keys
included, goes through `FreeText`.

What this cannot promise. No model reads the text. So a name stays that is neither in the record's identity
nor behind a title; so do misspelled names, numbers of fewer than three signs, places that the identity does not list,
dates in words of other languages, and whatever tells a person by circumstance: a rare disease, an unusual job, an event
that was in the news. Images, and files within a field, are not looked into. Three characters of a postal code can stand
for few people. Values of diagnoses and laboratories may single out a person who is known otherwise. The output reveals
less than the record, and is not anonymous: share it under agreement only, as one shares the record.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from oracle.errors import InputError
from oracle.records.free_text import FreeText
from oracle.records.identity import NUMBER, Identity, numbers

MOST_DEPTH = 20  # of lists and objects within each other
_OLDEST_BAND = 90  # years, from which all are one band
_BAND_YEARS = 10
_POSTAL_CHARACTERS = 3
_REMEMBERED = 4096  # texts of one record
# Keys, in lower case and without what is neither letter nor digit.
_BIRTH_KEY = re.compile("birthdate|dateofbirth|dob|born|birthday")
_POSTAL_KEY = re.compile("postalcode|postcode|zip|zipcode|plz")
_ADDRESS_KEY = re.compile("(home|postal|street|mailing)?address")
_LEFT_OUT_KEY = re.compile(
    "(patient|full|first|given|last|family|middle|maiden|sur)name|nextofkin|contact|street|city|town|phone|telephone|"
    "mobile|fax|e?mail|(patient|record|nhs|insurance|policy|account)(id|number|no)|mrn|ssn|photo|signature"
)
_ISO_DATE = re.compile(r"(\d{4})-\d{2}-\d{2}(?:[T ][\d:.]+(?:Z|[+\-]\d{2}:?\d{2})?)?")


def deidentified(fields: Mapping[str, Any], identity: Identity, today: date) -> dict[str, Any]:
    """The fields of a record without what identifies its person, as far as the module says.

    Args:
        fields: JSON values.
        identity: Whom they are about.
        today: From which ages are counted.

    Raises:
        InputError: a text is too long, or the fields are too deep.
        IdentifierLeft: an identifier of the person could not be taken out; nothing may be given out then.
        SettingsError: Presidio is not installed.
    """
    walk = _Walk(identity, today)
    found = walk.value("", dict(fields), 0)
    return found if isinstance(found, dict) else {}


def age_band(birth: date, today: date) -> str:
    """Ten years that hold the age of a person, as "60-69"; "90+" from 90 on.

    Raises:
        InputError: the birth lies ahead.
    """
    years = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    if years < 0:
        raise InputError(f"a birth date of {birth.isoformat()} lies after {today.isoformat()}: mend the record")
    first = years // _BAND_YEARS * _BAND_YEARS
    return f"{_OLDEST_BAND}+" if years >= _OLDEST_BAND else f"{first}-{first + _BAND_YEARS - 1}"


class _Walk:
    def __init__(self, identity: Identity, today: date) -> None:
        self._identity, self._today = identity, today
        self._redacted = lru_cache(maxsize=_REMEMBERED)(FreeText(identity).redacted)
        birth = identity.birth_date
        days = [] if birth is None else [birth.strftime(form) for form in ("%Y%m%d", "%d%m%Y", "%m%d%Y")]
        known = [*identity.phones, *days, *numbers(identity.record_numbers)]
        self._numbers = {_signs(each).lstrip("0") for each in known}

    def value(self, key: str, value: Any, depth: int) -> Any:
        """A JSON value that stands under a key."""
        if depth > MOST_DEPTH:
            raise InputError(f"a field holds lists and objects more than {MOST_DEPTH} deep: make it flatter")
        if isinstance(value, dict):
            return self._object(value, depth)
        if isinstance(value, list):
            return [self.value(key, each, depth + 1) for each in value]
        return self._scalar(key, value)

    def _scalar(self, key: str, value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if _BIRTH_KEY.fullmatch(key):
            return self._band(str(value))
        if _POSTAL_KEY.fullmatch(key):
            return _signs(str(value))[:_POSTAL_CHARACTERS].upper()
        if isinstance(value, str):
            return self._string(value)
        return f"[{NUMBER}]" if _signs(str(value)) in self._numbers else value

    def _object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, each in value.items():
            key, kept = _signs(name), each
            if _LEFT_OUT_KEY.fullmatch(key):
                continue
            if _ADDRESS_KEY.fullmatch(key):
                if not isinstance(each, dict):
                    continue
                kept = {part: code for part, code in each.items() if _POSTAL_KEY.fullmatch(_signs(part))}
            shown = self._redacted(name)
            while shown in found:  # two keys that differed in what was taken out
                shown += "'"
            found[shown] = self.value(key, kept, depth + 1)
        return found

    def _band(self, value: str) -> str:
        try:
            return age_band(date.fromisoformat(value[:10]), self._today)
        except ValueError:
            return "unknown"

    def _string(self, value: str) -> str:
        birth = self._identity.birth_date
        whole = _ISO_DATE.fullmatch(value.strip())
        if whole is not None and (birth is None or value.strip()[:10] != birth.isoformat()):
            return whole[1]
        return self._redacted(value)


def _signs(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return re.sub(r"[\W_]", "", text).casefold()
