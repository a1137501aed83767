"""A consent: granted, used at a data server over HTTP, revoked, and refused from then on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from oracle.errors import FormulaMismatch
from oracle.lab.agreements.carried import Carried, tell_text
from oracle.lab.agreements.stage import Agreement, Say, Stage
from oracle.lab.agreements.words import when_words
from oracle.plans.reading.terms_of import medical_terms
from oracle.plans.templates.medical import MedicalTerms, medical_plan
from oracle.plans.wording import Money, listed
from oracle.records.access import Settings
from oracle.records.access_log import AccessLog
from oracle.records.canonical import canonical
from oracle.records.consent import Consent, consent_of
from oracle.records.data_client import DataClient
from oracle.records.data_server import create_app
from oracle.records.held import Holdings, record_of
from oracle.service.http_server import HttpServer, take_port

_GRANT, _REVOKE = 0, 1
_RECORD = "r-1"
_BORN = "1961-03-03"
_FIELDS: dict[str, Any] = {
    "diagnoses": [{"code": "I48.0", "name": "atrial fibrillation", "since": "2024"}],
    "medication": [{"name": "apixaban", "dose": "5 mg, twice a day"}],
    "laboratory": {"creatinine_mg_dl": "0.9", "potassium_mmol_l": "4.2"},
    "imaging": [{"kind": "echocardiogram", "finding": "left atrium enlarged"}],
    "allergies": ["penicillin"],
    "vaccinations": ["influenza"],
}


def walk_medical(stage: Stage, agreement: Agreement, say: Say) -> None:
    """The grantee is refused, reads once the patient has granted, and is refused once the patient has revoked.

    Raises:
        TermsMissing: the text does not settle what a plan needs.
        SettingsError: the text wants records without names, and Presidio is not installed.
        FormulaMismatch: the chain or the data server does not do what the plan promises.
    """
    terms = medical_terms(agreement.reading)
    tell_text(agreement, _told(terms), say)
    names = [terms.patient, terms.grantee]
    plan = medical_plan(terms, stage.setting(agreement, names))
    carried = Carried(stage, plan, names, Money(), say)
    carried.check(frozenset())
    carried.begin()
    consent = consent_of(agreement.text.encode(), terms, plan)
    with _served(stage, consent) as url:
        say(f"A data server at {url} holds a record of {terms.patient}, and the consent.")
        client = DataClient(url, stage.key(terms.grantee))
        _refused(client, consent, say)
        carried.perform(_GRANT, what="access is granted")
        _read(client, consent, say)
        carried.perform(_REVOKE, what="access is taken back")
        _refused(client, consent, say)
    carried.end()
    say("The data server gave the record while the consent was in force on chain, and at no other time.")


def _read(client: DataClient, consent: Consent, say: Say) -> None:
    terms = consent.terms
    answer = client.read(consent, _RECORD)
    if answer.content is None:
        raise FormulaMismatch(f"the data server refuses though the consent is in force: {answer.refusal}")
    found = answer.content["fields"]
    expected = {name: _FIELDS[name] for name in terms.fields}
    if set(found) != set(expected) or (found != expected and not terms.deidentified):
        raise FormulaMismatch(f"the data server gives {', '.join(found)}, where the consent is for other content")
    if terms.deidentified and terms.patient in canonical(answer.content).decode():
        raise FormulaMismatch("the data server gives the patient's name, where the consent is for none")
    say(
        f"{terms.grantee} asks for {terms.purpose}, gets {answer.sealed_bytes} characters that are sealed for its key "
        "alone, and opens them:"
    )
    for name in terms.fields:
        say(f"  {name}: {canonical(found[name]).decode()}")


def _refused(client: DataClient, consent: Consent, say: Say) -> None:
    answer = client.read(consent, _RECORD)
    if answer.content is not None:
        raise FormulaMismatch("the data server gives the record though the consent is not in force")
    say(f"{consent.terms.grantee} asks, and is refused: {answer.refusal}.")


@contextmanager
def _served(stage: Stage, consent: Consent) -> Iterator[str]:
    """The data server on a port of its own; its clock is the chain's."""
    record = record_of(
        {
            "id": _RECORD,
            "patient": consent.patient,
            "identity": {"names": [consent.terms.patient], "birth_date": _BORN},
            "fields": _FIELDS,
        }
    )
    holdings = Holdings({_RECORD: record}, {consent.id: consent})
    with TemporaryDirectory() as folder:
        log = AccessLog(Path(folder) / "access.sqlite")
        try:
            app = create_app(
                stage.chain,
                stage.contracts.book,
                holdings,
                log,
                Settings("the demonstration's registry"),
                now_seconds=lambda: stage.now,
            )
            server = HttpServer(app, take_port("127.0.0.1", 0))
            server.start()
            try:
                yield server.url
            finally:
                server.stop()
        finally:
            log.close()


def _told(terms: MedicalTerms) -> list[str]:
    named = "without" if terms.deidentified else "with"
    return [
        f"{terms.patient} lets {terms.grantee} read {listed(terms.fields)}, {named} the patient's name",
        f"the purpose is {terms.purpose}",
        f"reading is possible {when_words(terms.until, 'the grant')}, unless the consent is revoked before",
    ]
