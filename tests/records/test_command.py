"""`catalyst records` by its command line on Anvil: a server in a process of its own, read, revoked, and refused."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from eth_account import Account

from oracle.agreements.deployment import deploy_agreements
from oracle.agreements.sending import Sender
from oracle.chain.anvil import AnvilChain
from oracle.plans.document import document_of, write_plan
from oracle.records.consent import Consent
from tests.conftest import Command, Refusal
from tests.records.stage import AGREEMENT, CLINIC, PATIENT, RECORD, Town

KEYS = {"patient": PATIENT, "clinic": CLINIC}
CONSENT = ("--consent", "consents/ada", "--record", "r-1", "--key-file", "clinic.key", "--opening-key", "opening.key")


@pytest.fixture
def anvil(tmp_path: Path) -> Iterator[AnvilChain]:
    """A chain at the present time with the contracts, whose blocks come by the clock; keys lie in files."""
    chain = AnvilChain(genesis_timestamp_seconds=int(time.time()), block_seconds=0.2)
    for name, key in KEYS.items():
        (tmp_path / f"{name}.key").write_text(key.key.hex())
        (tmp_path / f"{name}.key").chmod(0o600)
        chain.chain.request("anvil_setBalance", [key.address, hex(10**20)])
    (tmp_path / "deployments").mkdir()
    record = tmp_path / "deployments" / f"{chain.chain.chain_id}.agreements.json"
    deploy_agreements(Sender(chain.chain, Account.from_key(chain.faucet_key)), record, with_money=False)
    yield chain
    chain.close()


@pytest.fixture
def consent(anvil: AnvilChain, tmp_path: Path) -> Consent:
    """A consent that nobody has signed yet, in the folders of a server."""
    made = _Unsigned(anvil).consent(salt=1)
    folder = tmp_path / "consents" / "ada"
    folder.mkdir(parents=True)
    (folder / "agreement.txt").write_text(AGREEMENT)
    write_plan(folder / "plan.json", document_of(made.plan, (made.terms.patient, made.terms.grantee)))
    terms = {
        **{name: getattr(made.terms, name) for name in ("patient", "grantee", "purpose", "deidentified")},
        "fields": list(made.terms.fields),
        "until": {"seconds": made.terms.until.seconds},
    }
    (folder / "terms.json").write_text(json.dumps(terms))
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "r-1.json").write_text(json.dumps(RECORD))
    return made


class _Unsigned(Town):
    """What makes consents, on a chain where the contracts are already."""

    def __init__(self, anvil: AnvilChain) -> None:
        self.chain = anvil.chain


@contextmanager
def served(anvil: AnvilChain, folder: Path, depth: int = 1) -> Iterator[str]:
    """The URL of `catalyst records serve`, in a process of its own."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "oracle", "records", "serve", "--rpc", anvil.url, "--port", "0"),
            *("--records", "records", "--consents", "consents", "--log", "access.sqlite", "--name", "the registry"),
            *("--depth", str(depth), "--json"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        told = json.loads(line)
        assert (told["records"], told["consents"]) == (1, 1)
        yield told["url"]
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)[1]
        assert (process.returncode, rest) == (0, "")


def test_a_record_is_read_under_consent_and_refused_once_it_is_revoked(
    anvil: AnvilChain, consent: Consent, command: Command, different: Command, refusal: Refusal, tmp_path: Path
) -> None:
    def by(name: str) -> tuple[str, ...]:
        return ("--rpc", anvil.url, "--key-file", f"{name}.key")

    plan = "consents/ada/plan.json"
    public = json.loads(command("records", "key", "--out", "opening.key", "--json"))["publicKey"]
    assert re.fullmatch(r"0x[0-9a-f]{64}", public)
    assert (tmp_path / "opening.key").stat().st_mode & 0o777 == 0o600
    assert "a key is not written over" in refusal("records", "key", "--out", "opening.key")

    with served(anvil, tmp_path) as url:
        ask = ("records", "read", "--url", url, *CONSENT)
        assert "refused: the plan of this consent is not on the chain" in different(*ask)
        for name in KEYS:
            command("plan", "sign", plan, *by(name), "--out", f"{name}.json")
        command("plan", "propose", plan, *by("patient"), "--signature", "patient.json", "--signature", "clinic.json")
        assert "refused: the patient has not granted access yet" in different(*ask)
        command("plan", "perform", plan, *by("patient"), "--step", "1")
        settled = anvil.chain.head() + 2
        while anvil.chain.head() < settled:
            time.sleep(0.1)

        answer = json.loads(command(*ask, "--field", "medication", "--json"))
        assert answer["content"]["fields"] == {"medication": RECORD["fields"]["medication"]}
        whole = command(*ask, "--out", "record.json")
        assert list(json.loads((tmp_path / "record.json").read_text())["fields"]) == ["diagnoses", "medication"]
        (held,) = re.findall(r"^entry (\d+:0x\w{64}) of the server's log$", whole, re.MULTILINE)
        assert "does not cover the field laboratory" in different(*ask, "--field", "laboratory")

        command("plan", "perform", plan, *by("patient"), "--step", "2")
        refused = json.loads(different(*ask, "--json"))
        assert refused == {"granted": False, "refusal": "the consent has ended: it was revoked, or its time is over"}
        assert "6 entries" in command("records", "verify-log", "access.sqlite", "--held", held)
    down = refusal(*ask)
    assert "does not answer: NewConnectionError; see that it runs there" in down
    _changed_logs_are_found_out(held, command, different, refusal, tmp_path)


def _changed_logs_are_found_out(
    held: str, command: Command, different: Command, refusal: Refusal, folder: Path
) -> None:
    log = ("records", "verify-log", "access.sqlite")
    assert json.loads(command(*log, "--json")) == {"whole": True, "entries": 6}
    with closing(sqlite3.connect(folder / "access.sqlite")) as database:
        database.execute("DROP TRIGGER no_removal")
        database.execute("DELETE FROM entries WHERE number > 3")
        database.commit()
    assert command(*log).startswith("3 entries")  # what only an entry that someone holds finds out
    number, _, _ = held.partition(":")
    assert f"broken: entry {number} of the access log is missing" in different(*log, "--held", held)
    with closing(sqlite3.connect(folder / "access.sqlite")) as database:
        database.execute("DELETE FROM entries WHERE number = 2")
        database.commit()
    assert json.loads(different(*log, "--json"))["broken"].startswith("entry 2 of the access log is missing")
    assert "is no number:0xhash" in refusal(*log, "--held", "5")
    assert "cannot be read as an access log" in refusal("records", "verify-log", "clinic.key")


def test_a_grant_counts_once_it_is_settled(
    anvil: AnvilChain, consent: Consent, command: Command, different: Command, tmp_path: Path
) -> None:
    def by(name: str) -> tuple[str, ...]:
        return ("--rpc", anvil.url, "--key-file", f"{name}.key")

    anvil.chain.request("anvil_mine", ["0xc8"])  # so that the contract is at any block that counts as settled
    plan = "consents/ada/plan.json"
    command("records", "key", "--out", "opening.key")
    for name in KEYS:
        command("plan", "sign", plan, *by(name), "--out", f"{name}.json")
    command("plan", "propose", plan, *by("patient"), "--signature", "patient.json", "--signature", "clinic.json")
    command("plan", "perform", plan, *by("patient"), "--step", "1")
    with served(anvil, tmp_path, depth=200) as url:
        ask = ("records", "read", "--url", url, *CONSENT)
        assert "refused: the grant is not settled yet: it came after block" in different(*ask)
        anvil.chain.request("anvil_mine", ["0xc8"])
        assert json.loads(command(*ask, "--json"))["granted"] is True
