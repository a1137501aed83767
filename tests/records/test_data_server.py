"""The data server over HTTP, with consents on a real PlanBook: who may read what, when, and what is refused."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.errors import DeploymentError
from oracle.plans.plan import DAY_SECONDS
from oracle.plans.terms import When
from oracle.records.access import Settings
from oracle.records.access_log import AccessLog, Entry
from oracle.records.challenge import VALID_SECONDS, sign_challenge
from oracle.records.consent import Consent
from oracle.records.data_server import create_app
from oracle.records.held import Holdings
from oracle.records.sealed import Label, open_sealed
from tests.records.stage import CLINIC, PATIENT, RECORD, REVOKE, STRANGER, Grantee, Office, Town

OTHERS_RECORD: dict[str, Any] = {**RECORD, "id": "r-2", "patient": STRANGER.address}


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    made = Town()
    yield made
    made.owned.close()


@pytest.fixture(scope="module")
def consent(town: Town) -> Consent:
    """One in force, which no test ends."""
    return town.granted(salt=1)


class Opened:
    def __init__(self, town: Town, path: Path) -> None:
        self._town, self._path, self.offices = town, path, list[Office]()

    def __call__(self, *consents: Consent) -> tuple[Office, Grantee]:
        office = Office(self._town, self._path, *consents, records=(RECORD, OTHERS_RECORD))
        self.offices.append(office)
        return office, Grantee(office.url)


@pytest.fixture
def opened(town: Town, tmp_path: Path) -> Iterator[Opened]:
    opening = Opened(town, tmp_path)
    yield opening
    for office in opening.offices:
        office.close()


def refusal(response: httpx.Response, status: int = 403) -> str:
    """The sentence of a problem document."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert "envelope" not in response.text
    return str(problem["detail"])


def content(grantee: Grantee, consent: Consent, response: httpx.Response, fields: tuple[str, ...]) -> Any:
    assert response.status_code == 200, response.text
    label = Label(consent.id, "r-1", fields, consent.terms.deidentified)
    return json.loads(open_sealed(response.json()["envelope"], label, grantee.key))


# Access


def test_a_grantee_reads_the_fields_it_asks_for_and_no_others(opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    response = grantee.read(consent, fields=("medication",))
    assert response.headers["cache-control"] == "no-store"
    assert "Metformin" not in response.text
    read = content(grantee, consent, response, ("medication",))
    assert read == {"record": "r-1", "fields": {"medication": RECORD["fields"]["medication"]}}


def test_each_access_is_in_the_log_and_its_entry_in_the_answer(opened: Opened, consent: Consent) -> None:
    office, grantee = opened(consent)
    refusal(Grantee(office.url, STRANGER).read(consent))
    logged = grantee.read(consent).json()["log"]
    entry = Entry(logged["number"], bytes.fromhex(logged["hash"][2:]))
    assert office.log.check([entry]) == 2
    refused, granted = map(json.loads, office.log.entries())
    assert (refused["outcome"], refused["caller"]) == ("refused", STRANGER.address)
    assert granted["outcome"] == "granted"
    assert (granted["caller"], granted["record"], granted["fields"]) == (CLINIC.address, "r-1", ["diagnoses"])
    assert "diabetes" not in json.dumps(granted)


# Refusals


def test_nothing_is_read_before_the_patient_grants(town: Town, opened: Opened) -> None:
    waiting = town.consent(salt=2)
    _, grantee = opened(waiting)
    assert refusal(grantee.read(waiting)) == "the plan of this consent is not on the chain"
    town.begin(waiting.plan, PATIENT)
    assert "signed by both" in refusal(grantee.read(waiting))
    signed = town.consent(salt=3)
    town.begin(signed.plan, PATIENT, CLINIC)
    _, grantee = opened(signed)
    assert "not granted access yet" in refusal(grantee.read(signed))


def test_nobody_but_the_grantee_reads(opened: Opened, consent: Consent) -> None:
    office, _ = opened(consent)
    for other in (STRANGER, PATIENT):
        assert refusal(Grantee(office.url, other).read(consent)).startswith(f"{other.address} is not the grantee")


def test_a_plan_of_which_no_consent_is_held_opens_nothing(town: Town, opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    assert "is not the grantee of a consent" in refusal(grantee.read(consent, plan=bytes(32)))


def test_only_fields_of_the_consent_are_read(opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    for fields in (("laboratory",), ("diagnoses", "laboratory")):
        assert "does not cover the field laboratory" in refusal(grantee.read(consent, fields=fields))


def test_only_for_the_purpose_of_the_consent(opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    assert refusal(grantee.read(consent, purpose="research")) == "the consent is for treatment, and not for research"


def test_records_of_other_patients_are_as_unknown_ones(opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    sentences = [refusal(grantee.read(consent, record=name)).replace(name, "it") for name in ("r-2", "r-3")]
    assert sentences == ["record it is none of the patient who gave this consent"] * 2


def test_after_the_patient_revokes_nothing_is_read(town: Town, opened: Opened) -> None:
    taken_back = town.granted(salt=4)
    _, grantee = opened(taken_back)
    assert grantee.read(taken_back).status_code == 200
    town.perform(taken_back.plan, REVOKE, PATIENT)
    assert "revoked, or its time is over" in refusal(grantee.read(taken_back))


def test_when_time_is_over_nothing_is_read_by_the_clock_of_either(town: Town, opened: Opened) -> None:
    short = town.granted(salt=5, until=When(seconds=200))
    office, grantee = opened(short)
    office.late_seconds = 201  # no block has come since
    assert refusal(grantee.read(short)) == "the time of the consent is over"
    office.late_seconds = 0
    assert grantee.read(short).status_code == 200
    town.later(201)  # nobody has passed the step
    assert refusal(grantee.read(short)) == "the time of the consent is over"
    town.timeout(short.plan, REVOKE)
    assert "has ended" in refusal(grantee.read(short))


# The signed challenge


def test_a_challenge_is_good_once(opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    asked = grantee.asked(consent)
    nonce, place = grantee.challenge()
    signature = sign_challenge(asked, nonce, place, CLINIC)
    assert grantee.send(asked, nonce, signature).status_code == 200
    assert refusal(grantee.send(asked, nonce, signature)) == "the nonce was used before; ask for a new one"


def test_of_many_at_once_with_one_challenge_one_is_answered(opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    asked = grantee.asked(consent)
    nonce, place = grantee.challenge()
    signature = sign_challenge(asked, nonce, place, CLINIC)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: grantee.send(asked, nonce, signature).status_code, range(16)))
    assert sorted(answers) == [200] + [403] * 15


def test_a_challenge_is_good_for_two_minutes(opened: Opened, consent: Consent) -> None:
    office, grantee = opened(consent)
    asked = grantee.asked(consent)
    nonce, place = grantee.challenge()
    office.late_seconds = VALID_SECONDS + 1
    assert "not any more" in refusal(grantee.send(asked, nonce, sign_challenge(asked, nonce, place, CLINIC)))


def test_nonces_of_others_are_void(opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    asked = grantee.asked(consent)
    nonce, place = grantee.challenge()
    forged = nonce[:-1] + ("0" if nonce[-1] != "0" else "1")
    assert "not of this server" in refusal(grantee.send(asked, forged, sign_challenge(asked, forged, place, CLINIC)))


@pytest.mark.parametrize(
    "change",
    [{"fields": ("medication",)}, {"sealing_key": bytes(range(32))}, {"record": "r-2"}],
    ids=["fields", "sealing key", "record"],
)
def test_what_was_signed_cannot_be_changed(opened: Opened, consent: Consent, change: dict[str, Any]) -> None:
    _, grantee = opened(consent)
    nonce, place = grantee.challenge()
    signature = sign_challenge(grantee.asked(consent), nonce, place, CLINIC)
    assert "is not the grantee" in refusal(grantee.send(grantee.asked(consent, **change), nonce, signature))


def test_what_is_no_signature_is_refused(opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    nonce, _ = grantee.challenge()
    for signature in (bytes(65), b"\xff" * 65):
        assert "the signature is none" in refusal(grantee.send(grantee.asked(consent), nonce, signature))


# Bounds, and what cannot be known


def test_malformed_requests_are_told_what_is_wrong(opened: Opened, consent: Consent) -> None:
    office, grantee = opened(consent)
    asked = grantee.asked(consent)
    nonce, _ = grantee.challenge()
    for change, place in (
        ({"plan": b"\x01"}, "plan in the query"),
        ({"fields": ("genome",)}, "fields in the query"),
        ({"fields": ("diagnoses",) * 7}, "fields in the query"),
        ({"purpose": "marketing"}, "purpose in the query"),
        ({"record": "x" * 65}, "record in the path"),
        ({"sealing_key": b"\x01"}, "Catalyst-Sealing-Key in the header"),
    ):
        said = refusal(grantee.send(grantee.asked(consent, **change), nonce, bytes(65)), 422)
        assert said.startswith(place)
    assert "Catalyst-Nonce" in refusal(grantee.send(asked, "1", bytes(65)), 422)
    assert refusal(httpx.get(office.url + "/elsewhere"), 404) == "Not Found"
    assert list(office.log.entries()) == []


def test_a_sealing_key_that_is_none_is_told_so(opened: Opened, consent: Consent) -> None:
    _, grantee = opened(consent)
    assert "no X25519 public key" in refusal(grantee.read(consent, sealing_key=bytes(32)), 422)


def test_a_chain_that_stands_still_grants_nothing(opened: Opened, consent: Consent) -> None:
    office, grantee = opened(consent)
    office.late_seconds = 301
    assert refusal(grantee.read(consent), 503).startswith("the chain cannot be asked now")
    assert "is 301 s old" in next(office.log.entries())
    office.late_seconds = -901
    refusal(grantee.read(consent), 503)


def test_a_chain_that_cannot_be_reached_grants_nothing(tmp_path: Path) -> None:
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    town = Town(anvil)
    consent = town.granted(salt=1)
    office = Office(town, tmp_path, consent)
    try:
        grantee = Grantee(office.url)
        assert grantee.read(consent).status_code == 200
        anvil.close()
        said = refusal(grantee.read(consent), 503)
        assert said == "the chain cannot be asked now, so that no access is granted; try again later"
    finally:
        office.close()
        anvil.close()


def test_an_access_that_cannot_be_logged_is_none(opened: Opened, consent: Consent) -> None:
    office, grantee = opened(consent)
    office.log.close()
    assert refusal(grantee.read(consent), 503).startswith("the access cannot be logged")


def test_a_server_begins_with_a_plan_book_alone(town: Town, tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "log.sqlite")
    with pytest.raises(DeploymentError, match="no PlanBook of this version"):
        create_app(town.chain, CLINIC.address, Holdings({}, {}), log, Settings("the registry"))
    log.close()


def test_a_consent_until_a_day_ends_with_it(town: Town, opened: Opened) -> None:
    day = datetime.fromtimestamp(town.now + 3 * DAY_SECONDS, UTC).date()
    dated = town.granted(salt=6, until=When(day=day))
    office, grantee = opened(dated)
    assert grantee.read(dated).status_code == 200
    town.later(5 * DAY_SECONDS)
    office.clock = town.now
    assert refusal(grantee.read(dated)) == "the time of the consent is over"
