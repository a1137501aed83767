"""Whether a grantee may read, and what it gets: the decisions of the data server, without HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from oracle.chain.artefacts import runtime_matches
from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.errors import DeploymentError, InputError
from oracle.records.access_log import AccessLog, Entry
from oracle.records.canonical import canonical
from oracle.records.challenge import Asked, Nonces, Place, signer_of
from oracle.records.consent import Consent, NotGranted, check_granted, check_settled, read_standing
from oracle.records.deidentify import deidentified
from oracle.records.free_text import FreeText
from oracle.records.held import Holdings, Record
from oracle.records.identity import Identity
from oracle.records.sealed import Label, seal

_BOOK = "PlanBook"


@dataclass(frozen=True)
class Answer:
    """What a grantee gets."""

    envelope: dict[str, Any]
    entry: Entry  # of the access log


@dataclass(frozen=True)
class Settings:
    """What the operator of a data server decides."""

    server: str  # its name, which grantees sign
    max_head_age_seconds: float = 300.0  # beyond, what the node says is not of now
    depth_blocks: int = 0  # that a grant must lie below the head; a revocation counts at once


class Desk:
    """Hands out sealed records under consent."""

    def __init__(
        self,
        chain: Chain,
        book: str,
        holdings: Holdings,
        log: AccessLog,
        settings: Settings,
        now_seconds: Callable[[], float],
    ) -> None:
        """Check that the contract is there, and that records can be de-identified where a consent says so.

        Args:
            chain: Where consents are.
            book: Address of PlanBook.
            holdings: Records and consents.
            log: Where each decision goes.
            settings: What the operator decides.
            now_seconds: The clock, as a timestamp.

        Raises:
            DeploymentError: there is no PlanBook at the address.
            SettingsError: a consent is for de-identified records, and Presidio is not installed.
        """
        self._book = ContractCalls(chain, _BOOK, book)
        if not runtime_matches(_BOOK, chain.code(self._book.address)):
            raise DeploymentError(f"no PlanBook of this version is at {book} on {chain.name}; give its address")
        if any(consent.terms.deidentified for consent in holdings.consents.values()):
            FreeText(Identity())
        self.place = Place(settings.server, chain.chain_id, self._book.address)
        self.nonces = Nonces(now_seconds)
        self._holdings, self._log, self._settings, self._now_seconds = holdings, log, settings, now_seconds

    def read(self, asked: Asked, nonce: str, signature: bytes) -> Answer:
        """Decide, and seal what was asked for. What is signed by a key is logged, granted or not.

        Raises:
            ChallengeFailed: the signature or the nonce is not valid.
            NotGranted: the caller may not read this now; says why.
            ConnectionFailed: the chain cannot be asked; nothing is granted then.
            LogFailed: the access cannot be logged; nothing is granted then.
            InputError: the record cannot be given out as it is.
        """
        self.nonces.check(nonce)
        caller = signer_of(asked, nonce, self.place, signature)
        happened = {
            "caller": caller,
            "plan": "0x" + asked.plan.hex(),
            "record": asked.record,
            "fields": list(asked.fields),
            "purpose": asked.purpose,
            "time": int(self._now_seconds()),
        }
        try:
            consent, record = may_read(asked, caller, self._holdings)
            self.nonces.spend(nonce)
            label = Label(consent.id, record.id, asked.fields, consent.terms.deidentified)
            envelope = seal(self._content(label, record), label, asked.sealing_key)
            # Last, so that nothing is given out that was revoked meanwhile.
            standing = read_standing(self._book, consent)
            age_seconds = self._settings.max_head_age_seconds
            check_granted(standing, self._now_seconds(), max_head_age_seconds=age_seconds)
            if self._settings.depth_blocks:
                check_settled(read_standing(self._book, consent, self._settings.depth_blocks))
        except InputError as error:
            self._log.add({**happened, "outcome": "refused", "reason": str(error)[:300]})
            raise
        entry = self._log.add({**happened, "outcome": "granted", "block": standing.block})
        return Answer(envelope, entry)

    def _content(self, label: Label, record: Record) -> bytes:
        fields = {name: record.fields[name] for name in label.fields if name in record.fields}
        if label.deidentified:
            today = datetime.fromtimestamp(self._now_seconds(), UTC).date()
            fields = deidentified(fields, record.identity, today)
        return canonical({"record": record.id, "fields": fields})


def may_read(asked: Asked, caller: str, holdings: Holdings) -> tuple[Consent, Record]:
    """The consent and the record that a caller may read by what is written, whatever the chain says.

    Raises:
        NotGranted: the caller may not; says why. Only the grantee learns more than that it is none.
    """
    consent = holdings.consents.get(asked.plan)
    if consent is None or consent.grantee.lower() != caller.lower():
        raise NotGranted(f"{caller} is not the grantee of a consent with plan 0x{asked.plan.hex()} that is held here")
    record = holdings.records.get(asked.record)
    if record is None or record.patient != consent.patient:
        raise NotGranted(f"record {asked.record} is none of the patient who gave this consent")
    if asked.purpose != consent.terms.purpose:
        raise NotGranted(f"the consent is for {consent.terms.purpose}, and not for {asked.purpose}")
    other = _first_outside(asked.fields, consent.terms.fields)
    if other is not None:
        raise NotGranted(f"the consent does not cover the field {other}; it covers {', '.join(consent.terms.fields)}")
    return consent, record


def _first_outside(asked: Sequence[str], allowed: Sequence[str]) -> str | None:
    return next((each for each in asked if each not in allowed), None)
