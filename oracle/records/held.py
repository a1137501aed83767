"""What a data server holds: records, each in a JSON file, and consents, each in a folder.

A record:

    {"id": "r-1", "patient": "0x…",
     "identity": {"names": ["…"], "birth_date": "1961-03-03", "addresses": ["…"], "phones": ["…"], "emails": ["…"],
                  "record_numbers": ["…"]},
     "fields": {"diagnoses": …, "medication": …}}

A consent: `agreement.txt`, the text whose keccak is the plan's termsHash; `plan.json`, as `oracle.plans.document` has
it; and `terms.json`, what the text settles:

    {"patient": "Ada", "grantee": "the clinic", "fields": ["diagnoses"], "purpose": "research",
     "until": {"day": "2027-03-03"}, "deidentified": true}
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from eth_utils.address import is_address, to_checksum_address
from pydantic_core import from_json

from oracle.errors import InputError, SettingsError
from oracle.plans.document import plan_of, read_plan
from oracle.plans.templates.medical import FIELDS, MedicalTerms
from oracle.plans.terms import When
from oracle.records.canonical import canonical
from oracle.records.consent import Consent, ConsentInvalid, consent_of
from oracle.records.identity import Identity

T = TypeVar("T")

RECORD_ID = r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}"
_MOST_BYTES = 4 * 1024 * 1024  # of one file
_MOST_FILES = 100_000  # of one folder
_LISTS = ("names", "addresses", "phones", "emails", "record_numbers")


@dataclass(frozen=True)
class Record:
    """What is kept of one patient under one number."""

    id: str
    patient: str  # checksummed address
    identity: Identity
    fields: Mapping[str, Any]  # JSON values, by names of FIELDS


@dataclass(frozen=True)
class Holdings:
    """Records by id, and consents by the id of their plan."""

    records: Mapping[str, Record]
    consents: Mapping[bytes, Consent]


def load_holdings(records: Path, consents: Path) -> Holdings:
    """What lies in two folders: records as `*.json`, and a folder for each consent.

    Raises:
        SettingsError: a file cannot be used; names it, and why.
    """
    held_records = [_loaded(path, record_of) for path in _listed(records, "*.json")]
    held_consents = [load_consent(path.parent) for path in _listed(consents, "*/plan.json")]
    by_id = {each.id: each for each in held_records}
    if len(by_id) != len(held_records):
        raise SettingsError(f"two records in {records} have the same id; give each its own")
    return Holdings(by_id, {each.id: each for each in held_consents})


def load_consent(folder: Path) -> Consent:
    """The consent in a folder.

    Raises:
        SettingsError: a file cannot be used, or they do not belong together; says why.
    """
    terms = _loaded(folder / "terms.json", terms_of)
    try:
        plan, names = plan_of(read_plan(folder / "plan.json"))
        if names != (terms.patient, terms.grantee):
            raise ConsentInvalid(
                f"the parties of the plan are {', '.join(names)}, and those of its terms {terms.patient}, "
                f"{terms.grantee}; name them alike"
            )
        return consent_of(_octets(folder / "agreement.txt"), terms, plan)
    except InputError as error:
        raise SettingsError(f"the consent in {folder} cannot be used: {error}") from None


def record_of(document: Any) -> Record:
    """A record of its JSON form.

    Raises:
        ValueError: it is malformed; says where.
    """
    _check(isinstance(document, dict), "a record is an object")
    record_id, patient, fields = (document.get(name) for name in ("id", "patient", "fields"))
    _check(isinstance(record_id, str) and re.fullmatch(RECORD_ID, record_id), "id is letters, digits, '.', '_' and '-'")
    _check(isinstance(patient, str) and is_address(patient), "patient is an address")
    _check(isinstance(fields, dict) and set(fields) <= set(FIELDS), f"fields are some of {', '.join(FIELDS)}")
    canonical(fields)
    return Record(record_id, to_checksum_address(patient), _identity(document.get("identity")), fields)


def terms_of(document: Any) -> MedicalTerms:
    """The terms of a consent of their JSON form.

    Raises:
        ValueError: they are malformed; says where.
    """
    _check(isinstance(document, dict), "terms is an object")
    until = document.get("until")
    _check(isinstance(until, dict) and len(until) == 1, "until has either seconds or a day")
    seconds, day = until.get("seconds"), until.get("day")
    _check(type(seconds) is int or isinstance(day, str), "until has a number of seconds, or a day such as 2027-03-03")
    fields, deidentified = document.get("fields"), document.get("deidentified")
    _check(isinstance(fields, list) and all(isinstance(each, str) for each in fields), "fields is a list of names")
    _check(isinstance(deidentified, bool), "deidentified is true or false")
    names = {name: document.get(name) for name in ("patient", "grantee", "purpose")}
    _check(all(isinstance(each, str) for each in names.values()), "patient, grantee and purpose are texts")
    when = When(seconds=seconds) if day is None else When(day=date.fromisoformat(day))
    return MedicalTerms(fields=tuple(fields), until=when, deidentified=deidentified, **names)


def _identity(document: Any) -> Identity:
    _check(
        isinstance(document, dict) and set(document) <= {*_LISTS, "birth_date"}, "identity has other keys than known"
    )
    lists: dict[str, tuple[str, ...]] = {}
    for name in _LISTS:
        listed = document.get(name, [])
        _check(isinstance(listed, list) and all(isinstance(each, str) for each in listed), f"{name} is a list of texts")
        lists[name] = tuple(listed)
    born = document.get("birth_date")
    _check(born is None or isinstance(born, str), "birth_date is a date such as 1961-03-03")
    return Identity(birth_date=None if born is None else date.fromisoformat(born), **lists)


def _listed(folder: Path, pattern: str) -> list[Path]:
    paths = sorted(folder.glob(pattern))
    if not folder.is_dir() or len(paths) > _MOST_FILES:
        raise SettingsError(f"{folder} is no folder of at most {_MOST_FILES} files; give one that is")
    return paths


def _loaded(path: Path, read: Callable[[Any], T]) -> T:
    content = _octets(path)
    try:
        # Bounds its depth itself; json would follow any nesting off the stack.
        return read(from_json(content, allow_inf_nan=False))
    except (ValueError, InputError) as error:
        raise SettingsError(f"{path} cannot be used: {str(error)[:200]}") from None


def _octets(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}; give a file that can") from error
    if len(content) > _MOST_BYTES:
        raise SettingsError(f"{path} is larger than {_MOST_BYTES} bytes; divide it")
    return content


def _check(holds: Any, rule: str) -> None:
    if not holds:
        raise ValueError(rule)
