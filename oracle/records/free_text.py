"""Takes identifiers out of free text with Presidio, an extra of this package: recognisers by pattern, without a model.

What the record itself says of its person is known, and is found in its usual spellings. Beyond that, Presidio's
patterns and ours find what has a form: e-mail addresses, phone numbers, dates, IBANs, card and IP addresses, numbers of
health services, streets, and names after a title. Presidio's own recogniser of e-mail addresses is left out, since it
fetches a list of domains.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from oracle.errors import InputError, SettingsError
from oracle.records.identity import ADDRESS, EMAIL, NAME, NUMBER, PHONE, Identity, month_pattern, plain

MOST_CHARACTERS = 100_000  # of one text
DATE, AGE, ACCOUNT = "date", "age", "account"
# Whose numbers are found without a country code.
_PHONE_REGIONS = ("US", "GB", "IE", "DE", "AT", "CH", "FR", "ES", "IT", "NL", "IN")
_LEAST_SCORE = 0.4  # below, Presidio's patterns take values of a laboratory for dates
_MONTH = "(?:" + "|".join(month_pattern(month) for month in range(1, 13)) + ")"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_TITLES = "(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Sir|Nurse|Sister|Herr|Frau)"
_STREETS = "(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Square|Sq|Terrace|Way|Boulevard|Blvd|Place)"
_OUR_PATTERNS: dict[str, tuple[str, ...]] = {
    EMAIL: (r"[^\s@<>()\[\],;:\"]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,8}",),
    DATE: (
        rf"\b{_DAY}[\s.\-]*(?:of\s+)?{_MONTH}\b(?:[\s.,\-]*(?:\d{{4}}|['’]\d{{2}}))?",
        rf"\b{_MONTH}[\s.]*{_DAY}\b(?:[\s.,\-]*\d{{4}})?",
        rf"\b{_MONTH}[\s.,\-]*(?:19|20)\d{{2}}\b",
        r"\b(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?=\D|$)",
    ),
    AGE: (r"\b(?:9\d|1[01]\d)(?=[\s\-]?(?:years?\b|year-old|yo\b|y/o))",),
    NUMBER: (
        r"\b(?:MRN|NHS|SSN|(?:patient|record|case|chart|insurance|policy|hospital|member)\s*(?:id|no|nr|number)s?)"
        r"[\s.:#]*(?:is\s+)?[A-Z]{0,4}[\s\-]?\d[\d\s\-./]{2,18}\d",
    ),
}
# In which capital letters tell names from other words.
_OUR_NAMES: dict[str, tuple[str, ...]] = {
    NAME: (rf"\b{_TITLES}\b\.?(?:\s+[A-Z]\.)*(?:[\s\-]+[A-Z][\w'’]+){{1,3}}",),
    ADDRESS: (
        rf"\b\d{{1,5}}[A-Za-z]?,?\s+(?:[A-Z][\w'’]+\s+){{1,4}}{_STREETS}\b\.?",
        r"\b[A-Z][\w\-]*(?:straße|strasse|str\.|weg|gasse|platz|allee)\s+\d{1,4}[a-z]?\b",
        r"\b[A-Z]{1,2}\d[A-Z\d]?\s+\d[ABD-HJLNP-UW-Z]{2}\b",
    ),
}
_PREDEFINED = {
    "DateRecognizer": DATE,
    "IbanRecognizer": ACCOUNT,
    "CreditCardRecognizer": ACCOUNT,
    "IpRecognizer": ADDRESS,
    "NhsRecognizer": NUMBER,
}


class IdentifierLeft(InputError):
    """A text still holds an identifier of its person after all were taken out, so that it is given to nobody."""


class FreeText:
    """Takes the identifiers of one person out of texts, and what has the form of one."""

    def __init__(self, identity: Identity) -> None:
        """Compile its patterns.

        Raises:
            SettingsError: Presidio is not installed.
        """
        analyzer, anonymizer, entities = _presidio()
        known = identity.patterns()
        self._checks = [
            (kind, re.compile(pattern, re.IGNORECASE)) for kind, patterns in known.items() for pattern in patterns
        ]
        self._recognizers = [_by_patterns(analyzer, kind, patterns) for kind, patterns in known.items()]
        self._anonymizer = anonymizer.AnonymizerEngine()
        self._operators = {"DEFAULT": entities.OperatorConfig("replace", {})} | {
            kind: entities.OperatorConfig("replace", {"new_value": f"[{kind}]"})
            for kind in (*known, *_OUR_PATTERNS, *_OUR_NAMES, *_PREDEFINED.values(), PHONE)
        }

    def redacted(self, text: str) -> str:
        """The text with "[name]", "[date]" and the like in place of identifiers.

        Raises:
            InputError: it is too long.
            IdentifierLeft: an identifier of the person is still there.
        """
        if len(text) > MOST_CHARACTERS:
            raise InputError(
                f"a text of {len(text)} characters is longer than {MOST_CHARACTERS}: divide it in the record"
            )
        shown = plain(text)
        # Known identifiers first, by themselves: a pattern that finds a part of one must not break it up.
        for recognizers in (self._recognizers, _general()):
            found = [
                each for recognizer in recognizers for each in recognizer.analyze(shown, recognizer.supported_entities)
            ]
            kept = [each for each in found if each.score >= _LEAST_SCORE]
            shown = str(self._anonymizer.anonymize(shown, kept, self._operators).text)
        for kind, pattern in self._checks:
            if pattern.search(shown):
                raise IdentifierLeft(f"a text still holds the person's {kind} after de-identification; mend the record")
        return shown


@cache
def _general() -> tuple[Any, ...]:
    """What recognises forms, whoever the person is."""
    analyzer, _, _ = _presidio()
    ready = import_module("presidio_analyzer.predefined_recognizers")
    return (
        *(_by_patterns(analyzer, kind, patterns) for kind, patterns in _OUR_PATTERNS.items()),
        *(_by_patterns(analyzer, kind, patterns, flags=0) for kind, patterns in _OUR_NAMES.items()),
        *(getattr(ready, name)(supported_entity=kind) for name, kind in _PREDEFINED.items()),
        ready.PhoneRecognizer(supported_entity=PHONE, supported_regions=_PHONE_REGIONS),
    )


def _by_patterns(analyzer: Any, kind: str, patterns: Sequence[str], flags: int = re.IGNORECASE) -> Any:
    listed = [analyzer.Pattern(name=f"{kind} {index}", regex=each, score=1.0) for index, each in enumerate(patterns)]
    return analyzer.PatternRecognizer(supported_entity=kind, patterns=listed, global_regex_flags=flags)


def _presidio() -> tuple[Any, Any, Any]:
    """Its two packages, and the anonymizer's entities; imported when needed, as they take a second and are an extra.

    Raises:
        SettingsError: they are not installed.
    """
    try:
        return (
            import_module("presidio_analyzer"),
            import_module("presidio_anonymizer"),
            import_module("presidio_anonymizer.entities"),
        )
    except ModuleNotFoundError as error:
        raise SettingsError(
            "de-identification needs Presidio, which is not installed; run `pip install 'catalyst-consensus[records]'`"
        ) from error
