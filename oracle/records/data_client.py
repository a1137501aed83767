"""A grantee at a data server: asks for a challenge, signs it, and opens what it gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import urllib3
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from eth_account.signers.local import LocalAccount
from eth_utils.address import is_address
from pydantic_core import from_json
from urllib3.exceptions import HTTPError

from oracle.chain.idle_connections import kept_without_locks
from oracle.errors import InputError
from oracle.records.challenge import NONCE_FORM, Asked, Place, sign_challenge
from oracle.records.consent import Consent
from oracle.records.sealed import MOST_BYTES, Label, SealFailed, open_sealed, public_key

_TIMEOUT_SECONDS = 60
_MOST_BYTES = 2 * MOST_BYTES  # of an answer
_MOST_NAME = 200  # characters of a server's name


class ServerFailed(InputError):
    """A data server cannot be reached, or answers what none does."""


@dataclass(frozen=True)
class Answer:
    """What a data server answers: the opened content, or why it refuses."""

    content: dict[str, Any] | None
    sealed_bytes: int  # characters of the sealed content
    refusal: str
    log: dict[str, Any] | None  # number and hash of the entry in the server's log; None where it refuses


class DataClient:
    """One grantee with a key to open records."""

    def __init__(self, url: str, account: LocalAccount, key: X25519PrivateKey | None = None) -> None:
        """Where the server is, who asks, and what opens the answer: a key of this object's own where none is given."""
        self._url, self._account = url.rstrip("/"), account
        self._key = key or X25519PrivateKey.generate()
        self._pool = kept_without_locks(urllib3.PoolManager(retries=False, timeout=_TIMEOUT_SECONDS))

    def read(self, consent: Consent, record: str, fields: Sequence[str] = ()) -> Answer:
        """Ask for fields that a consent covers; for all of them where none are given.

        Raises:
            ServerFailed: the server does not answer, or not as a data server does.
            SealFailed: what it gives is not what was asked for, or is sealed for another key.
        """
        asked = Asked(
            consent.id, record, tuple(fields) or consent.terms.fields, consent.terms.purpose, public_key(self._key)
        )
        nonce, place = self._challenge()
        signature = sign_challenge(asked, nonce, place, self._account)
        status, body = self._asked(
            "GET",
            f"/records/{record}",
            fields={"plan": "0x" + consent.id.hex(), "fields": ",".join(asked.fields), "purpose": asked.purpose},
            headers={
                "Catalyst-Nonce": nonce,
                "Catalyst-Sealing-Key": "0x" + asked.sealing_key.hex(),
                "Catalyst-Signature": "0x" + signature.hex(),
            },
        )
        if status != 200:
            return Answer(None, 0, str(body.get("detail", f"status {status}"))[:500], None)
        label = Label(consent.id, record, asked.fields, consent.terms.deidentified)
        opened = open_sealed(body.get("envelope"), label, self._key)
        content, entry = _object(opened), body.get("log")
        if content is None or not isinstance(entry, dict):
            raise SealFailed(f"what {self._url} sealed is no record, or has no entry of its log: ask who runs it")
        return Answer(content, len(body["envelope"]["sealed"]), "", entry)

    def _challenge(self) -> tuple[str, Place]:
        status, told = self._asked("POST", "/challenges")
        nonce, server, chain, book = (told.get(name) for name in ("nonce", "server", "chain", "book"))
        is_place = isinstance(server, str) and len(server) <= _MOST_NAME and type(chain) is int and is_address(book)
        if status != 200 or not isinstance(nonce, str) or not NONCE_FORM.fullmatch(nonce) or not is_place:
            raise ServerFailed(f"{self._url} gives no challenge as a data server does: give --url that of one")
        return nonce, Place(str(server), int(chain or 0), str(book))

    def _asked(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """Status and document of an answer, of which no more than a bound is read."""
        try:
            answer = self._pool.request(method, self._url + path, preload_content=False, redirect=False, **more)
            raw = answer.read(_MOST_BYTES + 1)
            answer.release_conn()
        except HTTPError as error:
            raise ServerFailed(
                f"the data server at {self._url} does not answer: {type(error).__name__}; see that it runs there"
            ) from error
        document = _object(raw) if len(raw) <= _MOST_BYTES else None
        if document is None:
            raise ServerFailed(f"{self._url} answers with what is no JSON object: give --url that of a data server")
        return answer.status, document


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        document = from_json(raw)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
