"""Records and consents as files, and what belongs together."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from oracle.errors import SettingsError
from oracle.plans.document import document_of, write_plan
from oracle.plans.plan import DAY_SECONDS, Plan
from oracle.plans.templates.medical import MedicalTerms, medical_plan
from oracle.plans.terms import Setting, When
from oracle.records.consent import ConsentInvalid, consent_of
from oracle.records.held import load_holdings
from tests.records.stage import AGREEMENT, CLINIC, PATIENT, RECORD, STRANGER

TERMS = MedicalTerms("Ada", "the clinic", ("diagnoses",), "treatment", When(seconds=DAY_SECONDS), False)
TERMS_JSON = {
    "patient": "Ada",
    "grantee": "the clinic",
    "fields": ["diagnoses"],
    "purpose": "treatment",
    "until": {"seconds": DAY_SECONDS},
    "deidentified": False,
}


def plan_of(terms: MedicalTerms, agreement: str = AGREEMENT) -> Plan:
    return medical_plan(
        terms,
        Setting(
            accounts={"Ada": PATIENT.address, "the clinic": CLINIC.address},
            token="0x" + "0" * 40,
            now_seconds=1_800_000_000,
            terms_hash=bytes(keccak(agreement.encode())),
            salt=2**200,
        ),
    )


PLAN = plan_of(TERMS)


def test_a_consent_names_who_grants_to_whom() -> None:
    consent = consent_of(AGREEMENT.encode(), TERMS, PLAN)
    assert (consent.patient, consent.grantee) == (PATIENT.address, CLINIC.address)


@pytest.mark.parametrize(
    ("agreement", "terms", "plan", "said"),
    [
        (AGREEMENT + " ", TERMS, PLAN, "termsHash"),
        (AGREEMENT, replace(TERMS, until=When(seconds=2 * DAY_SECONDS)), PLAN, "not what the template makes"),
        (AGREEMENT, replace(TERMS, fields=()), PLAN, "some of the fields"),
        (AGREEMENT, replace(TERMS, fields=("genome",)), PLAN, "some of the fields"),
        (AGREEMENT, replace(TERMS, purpose="marketing"), PLAN, "a purpose"),
        (AGREEMENT, TERMS, replace(PLAN, parties=(PATIENT.address,)), "two parties"),
        (AGREEMENT, TERMS, replace(PLAN, kind="charity"), "not what the template makes"),
        (AGREEMENT, TERMS, replace(PLAN, steps=PLAN.steps[:1]), "not what the template makes"),
    ],
)
def test_what_does_not_belong_together_is_refused(agreement: str, terms: MedicalTerms, plan: Plan, said: str) -> None:
    with pytest.raises(ConsentInvalid, match=said):
        consent_of(agreement.encode(), terms, plan)


# Files


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Of one record, and of one consent."""
    records, consents = tmp_path / "records", tmp_path / "consents"
    records.mkdir()
    (records / "one.json").write_text(json.dumps(RECORD))
    write_consent(consents / "one")
    return records, consents


def write_consent(folder: Path, *, agreement: str = AGREEMENT, terms: Any = TERMS_JSON) -> None:
    folder.mkdir(parents=True)
    (folder / "agreement.txt").write_bytes(agreement.encode())
    (folder / "terms.json").write_text(json.dumps(terms))
    write_plan(folder / "plan.json", document_of(PLAN, ("Ada", "the clinic")))


def test_records_and_consents_are_loaded_from_folders(folders: tuple[Path, Path]) -> None:
    held = load_holdings(*folders)
    assert held.records["r-1"].fields == RECORD["fields"]
    assert held.records["r-1"].identity.record_numbers == ("MRN-4711223",)
    (consent,) = held.consents.values()
    assert consent.plan == PLAN
    assert consent.terms == TERMS


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../etc"},
        {"id": 7},
        {"patient": "0x12"},
        {"fields": {"genome": 1}},
        {"fields": {"diagnoses": "\ud800"}},
        {"identity": {"names": "Ada"}},
        {"identity": {"birth_date": "3 March"}},
        {"identity": {"nickname": "A"}},
        {"identity": None},
    ],
    ids=str,
)
def test_a_malformed_record_is_named(folders: tuple[Path, Path], change: dict[str, Any]) -> None:
    (folders[0] / "two.json").write_text(json.dumps({**RECORD, "id": "r-2", **change}))
    with pytest.raises(SettingsError, match=r"two\.json cannot be used: "):
        load_holdings(*folders)


@pytest.mark.parametrize(
    "terms",
    [
        None,
        [],
        {**TERMS_JSON, "until": {"day": "tomorrow"}},
        {**TERMS_JSON, "until": {"seconds": True}},
        {**TERMS_JSON, "until": {"seconds": 0}},
        {**TERMS_JSON, "until": {}},
        {**TERMS_JSON, "deidentified": "no"},
        {**TERMS_JSON, "fields": "diagnoses"},
        {**TERMS_JSON, "purpose": 1},
    ],
    ids=str,
)
def test_malformed_terms_are_named(folders: tuple[Path, Path], terms: Any) -> None:
    write_consent(folders[1] / "two", terms=terms)
    with pytest.raises(SettingsError, match=r"two.* cannot be used: "):
        load_holdings(*folders)


def test_a_consent_is_named_whose_files_do_not_belong_together(folders: tuple[Path, Path]) -> None:
    write_consent(folders[1] / "two", agreement=AGREEMENT + "\n")
    with pytest.raises(SettingsError, match="two cannot be used: the text of the consent is not what"):
        load_holdings(*folders)


def test_terms_name_the_parties_as_the_plan_does(folders: tuple[Path, Path]) -> None:
    write_consent(folders[1] / "two", terms={**TERMS_JSON, "patient": "the clinic", "grantee": "Ada"})
    with pytest.raises(SettingsError, match="two cannot be used: the parties of the plan are Ada, the clinic"):
        load_holdings(*folders)


def test_missing_files_are_named(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (folders[1] / "one" / "agreement.txt").unlink()
    with pytest.raises(SettingsError, match=r"agreement\.txt cannot be read"):
        load_holdings(*folders)
    with pytest.raises(SettingsError, match="no folder"):
        load_holdings(tmp_path / "none", folders[1])


def test_deep_files_and_doubles_are_refused(folders: tuple[Path, Path]) -> None:
    deep = folders[0] / "deep.json"
    deep.write_text("[" * 100_000)
    with pytest.raises(SettingsError, match=r"deep\.json cannot be used"):
        load_holdings(*folders)
    deep.write_text(json.dumps({**RECORD, "patient": STRANGER.address}))
    with pytest.raises(SettingsError, match="the same id"):
        load_holdings(*folders)
