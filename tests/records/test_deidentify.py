"""De-identification: what identifies is gone, what treats stays. Free text needs Presidio, an extra."""

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from oracle.errors import InputError, SettingsError
from oracle.records.access import Settings
from oracle.records.access_log import AccessLog
from oracle.records.data_server import create_app
from oracle.records.deidentify import MOST_DEPTH, age_band, deidentified
from oracle.records.free_text import MOST_CHARACTERS, FreeText, IdentifierLeft
from oracle.records.held import Holdings
from oracle.records.identity import Identity
from oracle.records.sealed import Label, open_sealed
from tests.records.stage import PATIENT, Grantee, Office, Town

TODAY = date(2026, 5, 1)
IDENTITY = Identity(
    names=("Ada Nkechi Okonkwo", "Jürgen Weiß", "Marie-Claire Dubois"),
    birth_date=date(1961, 3, 4),
    addresses=("12 Larch Road, Leeds, LS1 4AP",),
    phones=("+44 20 7946 0958",),
    emails=("ada.o@example.org",),
    record_numbers=("MRN-471-1223", "943 476 5919"),
)
# What is planted, as texts write it; nothing of it may be left.
PLANTED = (
    "Ada Okonkwo",
    "OKONKWO",
    "Nkechi",
    "Juergen Weiss",
    "Claire",
    "Dr. Sarah O'Neill",
    "4 March 1961",
    "04.03.1961",
    "March 4th, 1961",
    "1961-03-04",
    "12, Larch  road",
    "LEEDS",
    "LS1 4AP",
    "44 High Street",
    "020 7946-0958",
    "+1 212 555 0123",
    "Ada.O@Example.org",
    "brother@mail.example.co.uk",
    "MRN 4711223",
    "943-476-5919",
    "DE89 3704 0044 0532 0130 00",
    "11/02/2026",
)
KEPT = ("HbA1c 7.2 %", "Metformin 500 mg 1-0-1", "BP 120/80", "pain 5/10", "vitamin B12 5MG", "10² µg/m²", "E11.9")


def gone(text: str, planted: str) -> bool:
    """Whether neither the spelling nor a word of it of four letters and more is left, save titles and streets."""
    words = [word for word in planted.split() if len(word) >= 4 and word.lower() not in ("march", "street", "road")]
    return all(each.lower() not in text.lower() for each in (planted, *words))


@pytest.mark.parametrize("planted", PLANTED)
def test_each_planted_identifier_is_gone(planted: str) -> None:
    for text in (planted, f"Seen: {planted}, as before.", f"({planted})\n{planted}", f"see {planted}.Stable."):
        shown = FreeText(IDENTITY).redacted(text)
        assert gone(shown, planted), shown


def test_what_treats_is_kept() -> None:
    for text in KEPT:
        assert FreeText(IDENTITY).redacted(f"Today {text}, stable.") == f"Today {text}, stable."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("so Okon\u00adkwo said", "so [name] said"),
        ("so Oko\u200bnkwo said", "so [name] said"),
        ("so Ju\u0308rgen said", "so [name] said"),
        ("so Okonkwo's leg", "so [name] leg"),
        ("scan okonkwo_2 shows", "scan [name]_2 shows"),
        ("so Marie Claire Dubois said", "so [name] said"),
        ("an adage of Leedsville", "an adage of Leedsville"),
    ],
)
def test_names_are_seen_through_what_hides_them_and_not_within_words(text: str, shown: str) -> None:
    assert FreeText(IDENTITY).redacted(text) == shown


def test_structured_fields_are_generalised() -> None:
    fields = {
        "diagnoses": {
            "patient_name": "Ada Okonkwo",
            "Date of birth": "1961-03-04",
            "postcode": "LS1 4AP",
            "address": {"street": "12 Larch Road", "Zip-Code": 90210},
            "phone": "1",
            "seen": "2026-02-11",
            "at": "2026-02-11T10:00:00+01:00",
            "name": "Metformin",
            "values": [7.2, True, None, 4711223, 19610304],
            "Okonkwo": "self",
            "Okonkwos": "all",
        }
    }
    assert deidentified(fields, IDENTITY, TODAY) == {
        "diagnoses": {
            "Date of birth": "60-69",
            "postcode": "LS1",
            "address": {"Zip-Code": "902"},
            "seen": "2026",
            "at": "2026",
            "name": "Metformin",
            "values": [7.2, True, None, "[record number]", "[record number]"],
            "[name]": "self",
            "[name]'": "all",
        }
    }


def test_what_is_too_long_or_too_deep_is_refused() -> None:
    deep: Any = "x"
    for _ in range(MOST_DEPTH + 1):
        deep = [deep]
    for value in (deep, "x" * (MOST_CHARACTERS + 1)):
        with pytest.raises(InputError):
            deidentified({"diagnoses": value}, IDENTITY, TODAY)


def test_a_text_that_still_holds_an_identifier_is_given_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    free = FreeText(IDENTITY)
    monkeypatch.setattr(free, "_recognizers", [])
    with pytest.raises(IdentifierLeft, match="still holds the person's name"):
        free.redacted("Okonkwo")


@pytest.fixture
def town() -> Iterator[Town]:
    made = Town()
    yield made
    made.owned.close()


def test_a_consent_for_research_gives_records_without_identifiers(town: Town, tmp_path: Path) -> None:
    consent = town.granted(salt=1, deidentified=True, purpose="research")
    note = "; ".join((*PLANTED, *KEPT))
    record = {
        "id": "r-1",
        "patient": PATIENT.address,
        "identity": {
            "names": list(IDENTITY.names),
            "birth_date": "1961-03-04",
            "addresses": list(IDENTITY.addresses),
            "phones": list(IDENTITY.phones),
            "emails": list(IDENTITY.emails),
            "record_numbers": list(IDENTITY.record_numbers),
        },
        "fields": {"diagnoses": [{"note": note, "born": "1961-03-04"}]},
    }
    office = Office(town, tmp_path, consent, records=(record,))
    try:
        grantee = Grantee(office.url)
        response = grantee.read(consent, purpose="research")
        assert response.status_code == 200, response.text
        label = Label(consent.id, "r-1", ("diagnoses",), True)
        read = open_sealed(response.json()["envelope"], label, grantee.key).decode()
    finally:
        office.close()
    assert all(gone(read, planted) for planted in PLANTED), read
    assert all(kept in read for kept in KEPT), read
    assert json.loads(read)["fields"]["diagnoses"][0]["born"] == "60-69"


# Without the extra


@pytest.mark.parametrize(
    ("birth", "band"),
    [
        (date(1961, 5, 1), "60-69"),
        (date(1966, 5, 2), "50-59"),
        (date(1966, 5, 1), "60-69"),
        (date(2026, 5, 1), "0-9"),
        (date(1936, 5, 1), "90+"),
        (date(1936, 5, 2), "80-89"),
    ],
)
def test_ages_are_told_in_bands_of_ten_years(birth: date, band: str) -> None:
    assert age_band(birth, TODAY) == band


def test_a_birth_that_lies_ahead_is_refused() -> None:
    with pytest.raises(InputError, match="mend the record"):
        age_band(date(2026, 5, 2), TODAY)


def test_without_presidio_one_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, town: Town, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(SettingsError, match=r"pip install 'catalyst-consensus\[records\]'"):
        deidentified({}, IDENTITY, TODAY)
    consent = town.consent(salt=2, deidentified=True)
    log = AccessLog(tmp_path / "access.sqlite")
    with pytest.raises(SettingsError, match="needs Presidio"):
        create_app(town.chain, town.book, Holdings({}, {consent.id: consent}), log, Settings("the registry"))
    log.close()
