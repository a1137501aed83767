"""A PlanBook on the embedded chain, a patient and a clinic with keys, and consents between them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from web3.types import TxReceipt

from oracle.chain.calls import ContractCalls, creation_code
from oracle.chain.embedded import EmbeddedChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.chain.transactions import await_receipt, sign_transaction
from oracle.plans.plan import DAY_SECONDS, Plan, as_arguments, step_arguments
from oracle.plans.signing import frame_arguments, plan_document, plan_id, signable
from oracle.plans.templates.medical import MedicalTerms, medical_plan
from oracle.plans.terms import Setting, When
from oracle.records.access import Settings
from oracle.records.access_log import AccessLog
from oracle.records.challenge import Asked, Place, sign_challenge
from oracle.records.consent import Consent, consent_of
from oracle.records.data_server import create_app
from oracle.records.held import Holdings, record_of
from oracle.records.sealed import public_key
from oracle.service.http_server import HttpServer, take_port

AGREEMENT = "Ada Okonkwo lets the clinic read her diagnoses and medication for treatment, for 30 days."
NO_PERMIT = (0, 0, bytes(32), bytes(32))
BLOCK_SECONDS = 12
GRANT, REVOKE = 0, 1
_GAS = 10_000_000


def account(name: str) -> LocalAccount:
    made: LocalAccount = Account.from_key(keccak(name.encode()))
    return made


PATIENT, CLINIC, STRANGER = account("patient"), account("clinic"), account("stranger")
RECORD: dict[str, Any] = {
    "id": "r-1",
    "patient": PATIENT.address,
    "identity": {"names": ["Ada Okonkwo"], "birth_date": "1961-03-03", "record_numbers": ["MRN-4711223"]},
    "fields": {
        "diagnoses": [{"code": "E11.9", "note": "Ada Okonkwo, MRN 4711223, has diabetes."}],
        "medication": [{"name": "Metformin", "dose": "500 mg"}],
        "laboratory": {"HbA1c": 7.2},
    },
}


class Town:
    """A chain with a PlanBook, whose clock stands until told."""

    def __init__(self, owned: Any = None) -> None:
        self.owned = owned or EmbeddedChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
        self.chain = self.owned.chain
        self._blocks = OwnedBlocks(self.owned)
        self.payer: LocalAccount = Account.from_key(self.owned.faucet_key)
        deployed = self.send(self.payer, None, creation_code("PlanBook"))
        self.book = str(deployed["contractAddress"])
        self.calls = ContractCalls(self.chain, "PlanBook", self.book)
        for each in (PATIENT, CLINIC):
            self.send(self.payer, each.address, b"", value_wei=10**18)

    @property
    def now(self) -> int:
        """The latest block's timestamp."""
        return self.chain.timestamp(self.chain.head())

    def later(self, seconds: int) -> None:
        """A block so much later."""
        self._blocks.next_block(seconds)

    def send(self, sender: LocalAccount, to: str | None, data: bytes, *, value_wei: int = 0) -> TxReceipt:
        signed = sign_transaction(
            chain=self.chain,
            account=sender,
            nonce=self.chain.nonce(sender.address),
            to=to,
            data=data,
            gas_limit=_GAS,
            value_wei=value_wei,
        )
        self.chain.send_raw(signed.raw, signed.hash)
        return await_receipt(
            self.chain,
            signed.hash,
            what="a test's transaction",
            timeout_seconds=10,
            mine=lambda: self._blocks.next_block(BLOCK_SECONDS),
        )

    def call(self, sender: LocalAccount, function: str, *arguments: object) -> TxReceipt:
        return self.send(sender, self.book, self.calls.calldata(function, *arguments))

    def begin(self, plan: Plan, *parties: LocalAccount) -> None:
        """Propose a plan, and have parties join."""
        document = plan_document(plan, chain_id=self.chain.chain_id, book=self.book)
        signatures = [bytes(party.sign_message(signable(document)).signature) for party in parties]
        joinings = [(index, signature, NO_PERMIT) for index, signature in enumerate(signatures)]
        self.call(self.payer, "propose", as_arguments(plan), joinings)

    def perform(self, plan: Plan, step: int, sender: LocalAccount, evidence: bytes = bytes(32)) -> TxReceipt:
        return self.call(sender, "perform", *self._at(plan, step), evidence, [])

    def timeout(self, plan: Plan, step: int) -> TxReceipt:
        return self.call(self.payer, "timeout", *self._at(plan, step))

    def _at(self, plan: Plan, step: int) -> tuple[Any, ...]:
        return frame_arguments(plan), step_arguments(plan.steps[step]), step

    def consent(self, *, salt: int, agreement: str = AGREEMENT, **changes: Any) -> Consent:
        """A consent that nobody has signed yet."""
        values: dict[str, Any] = {
            "patient": "Ada Okonkwo",
            "grantee": "the clinic",
            "fields": ("diagnoses", "medication"),
            "purpose": "treatment",
            "until": When(seconds=30 * DAY_SECONDS),
            "deidentified": False,
        }
        terms = MedicalTerms(**(values | changes))
        setting = Setting(
            accounts={terms.patient: PATIENT.address, terms.grantee: CLINIC.address},
            token="0x" + "0" * 40,
            now_seconds=self.now,
            terms_hash=bytes(keccak(agreement.encode())),
            salt=salt,
        )
        return consent_of(agreement.encode(), terms, medical_plan(terms, setting))

    def granted(self, **changes: Any) -> Consent:
        """A consent that is in force."""
        made = self.consent(**changes)
        self.begin(made.plan, PATIENT, CLINIC)
        self.perform(made.plan, GRANT, PATIENT)
        assert plan_id(made.plan) == made.id
        return made


@dataclass
class Grantee:
    """A client of a data server."""

    url: str
    account: LocalAccount = CLINIC
    key: X25519PrivateKey = X25519PrivateKey.generate()  # noqa: RUF009 - one for all tests

    def challenge(self) -> tuple[str, Place]:
        told = httpx.post(f"{self.url}/challenges").json()
        return told["nonce"], Place(told["server"], told["chain"], told["book"])

    def asked(self, consent: Consent, **changes: Any) -> Asked:
        values: dict[str, Any] = {
            "plan": consent.id,
            "record": "r-1",
            "fields": ("diagnoses",),
            "purpose": "treatment",
            "sealing_key": public_key(self.key),
        }
        return Asked(**(values | changes))

    def read(self, consent: Consent, **changes: Any) -> httpx.Response:
        """Ask for a nonce, sign, and read."""
        asked = self.asked(consent, **changes)
        nonce, place = self.challenge()
        return self.send(asked, nonce, sign_challenge(asked, nonce, place, self.account))

    def send(self, asked: Asked, nonce: str, signature: bytes) -> httpx.Response:
        query = {"plan": "0x" + asked.plan.hex(), "fields": ",".join(asked.fields), "purpose": asked.purpose}
        headers = {
            "Catalyst-Nonce": nonce,
            "Catalyst-Sealing-Key": "0x" + asked.sealing_key.hex(),
            "Catalyst-Signature": "0x" + signature.hex(),
        }
        return httpx.get(f"{self.url}/records/{asked.record}", params=query, headers=headers, timeout=60)


class Office:
    """A data server of a town, on a port of its own. Its clock is the chain's, and what is added to it."""

    def __init__(
        self, town: Town, path: Path, *consents: Consent, records: tuple[dict[str, Any], ...] = (RECORD,)
    ) -> None:
        self.late_seconds = 0
        self.clock = town.now
        self.log = AccessLog(path / "access.sqlite")
        held = [record_of(each) for each in records]
        holdings = Holdings({each.id: each for each in held}, {each.id: each for each in consents})
        self._town = town
        app = create_app(town.chain, town.book, holdings, self.log, Settings("the registry"), now_seconds=self.now)
        self._server = HttpServer(app, take_port("127.0.0.1", 0))
        self._server.start()
        self.url = self._server.url

    def now(self) -> float:
        return self.clock + self.late_seconds

    def close(self) -> None:
        self._server.stop()
        self.log.close()
