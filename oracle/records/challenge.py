"""What a grantee signs to read a record: one request to one server, once, within two minutes.

The server hands out nonces that it can check without keeping them. A grantee signs a text with the nonce by EIP-191, as
wallets show it. The text names the server, the chain and the key to seal for, so that nobody else can use it elsewhere
or have the answer sealed for another key. Only keys sign so: a grantee whose account is a contract cannot.
"""

import hmac
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from oracle.errors import InputError

VALID_SECONDS = 120
NONCE = r"[0-9a-f]{32}\.[0-9]{1,12}\.[0-9a-f]{64}"
NONCE_FORM = re.compile(NONCE)
_MOST_SPENT = 100_000  # nonces that were used and are still valid


class ChallengeFailed(InputError):
    """A signed request is not one that this server asked for, or is used a second time; says why in one sentence."""


@dataclass(frozen=True)
class Asked:
    """What a grantee asks for."""

    plan: bytes  # id, 32 bytes
    record: str
    fields: tuple[str, ...]
    purpose: str
    sealing_key: bytes  # X25519 public key that the answer is sealed for, 32 bytes


@dataclass(frozen=True)
class Place:
    """Where a request is valid."""

    server: str  # its name, as its operator gives it
    chain_id: int
    book: str  # address of PlanBook


def challenge_text(asked: Asked, nonce: str, place: Place) -> str:
    """The text that is signed."""
    expires = datetime.fromtimestamp(int(nonce.split(".")[1]), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return "\n".join(
        (
            f"Read a medical record from {place.server}",
            f"Chain: {place.chain_id}",
            f"PlanBook: {place.book}",
            f"Plan: 0x{asked.plan.hex()}",
            f"Record: {asked.record}",
            f"Fields: {', '.join(asked.fields)}",
            f"Purpose: {asked.purpose}",
            f"Sealed for: 0x{asked.sealing_key.hex()}",
            f"Nonce: {nonce}",
            f"Valid until: {expires}",
        )
    )


def sign_challenge(asked: Asked, nonce: str, place: Place, account: Any) -> bytes:
    """The grantee's signature, 65 bytes; `account` is one of eth_account."""
    return bytes(account.sign_message(encode_defunct(text=challenge_text(asked, nonce, place))).signature)


def signer_of(asked: Asked, nonce: str, place: Place, signature: bytes) -> str:
    """Who signed a request, as a checksummed address.

    Raises:
        ChallengeFailed: the signature is none.
    """
    try:
        return str(
            Account.recover_message(encode_defunct(text=challenge_text(asked, nonce, place)), signature=signature)
        )
    except (ValueError, BadSignature, ValidationError):
        raise ChallengeFailed("the signature is none of a key; sign the challenge by personal_sign") from None


class Nonces:
    """Nonces of one process; several threads may use them. Those of an earlier process are void."""

    def __init__(self, now_seconds: Callable[[], float]) -> None:
        self._now_seconds = now_seconds
        self._secret = secrets.token_bytes(32)
        self._spent: dict[str, int] = {}  # until when each would be valid
        self._lock = threading.Lock()

    def issue(self) -> str:
        """A nonce that is valid for `VALID_SECONDS`."""
        head = f"{secrets.token_hex(16)}.{int(self._now_seconds()) + VALID_SECONDS}"
        return f"{head}.{self._tag(head)}"

    def check(self, nonce: str) -> None:
        """Whether a nonce is this server's, and still valid.

        Raises:
            ChallengeFailed: it is not.
        """
        head, _, tag = nonce.rpartition(".")
        if not NONCE_FORM.fullmatch(nonce) or not hmac.compare_digest(tag, self._tag(head)):
            raise ChallengeFailed("the nonce is not of this server; ask it for one")
        if self._now_seconds() > _expiry(nonce):
            raise ChallengeFailed(f"the nonce was valid for {VALID_SECONDS} s and is not any more; ask for a new one")

    def spend(self, nonce: str) -> None:
        """Use a nonce up.

        Raises:
            ChallengeFailed: it is not valid, or was used before.
        """
        self.check(nonce)
        now = self._now_seconds()
        with self._lock:
            if nonce in self._spent:
                raise ChallengeFailed("the nonce was used before; ask for a new one")
            if len(self._spent) >= _MOST_SPENT:
                self._spent = {each: until for each, until in self._spent.items() if until >= now}
            if len(self._spent) >= _MOST_SPENT:
                raise ChallengeFailed("too many requests were signed within two minutes; try again later")
            self._spent[nonce] = _expiry(nonce)

    def _tag(self, head: str) -> str:
        return hmac.digest(self._secret, head.encode(), "sha256").hex()


def _expiry(nonce: str) -> int:
    return int(nonce.split(".")[1])
