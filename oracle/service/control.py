"""Who may write to this operator's API, and what is written down of it. Nothing here can change phi."""

import logging
import time
from pathlib import Path

from oracle.client.answers import AuditEntry
from oracle.service.api_keys import ApiKey, Scope, find_key, is_secret_of, read_keys
from oracle.service.audit_log import AuditLog
from oracle.service.rate import Rate, RateLimit

log = logging.getLogger(__name__)

# Of a key, and of a stranger's address; strangers use up nothing of what keys have.
CLIENT_RATE = Rate(per_second=1, burst=10)
TOTAL_RATE = Rate(per_second=5, burst=20)
_UNKNOWN = "give a key of this operator as Authorization: Bearer"


class NotAllowed(Exception):
    """A request may not be done; says why by its status."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


class Control:
    """The file of keys, read anew for each request, and the log beside it."""

    def __init__(self, keys: Path, *, client_rate: Rate = CLIENT_RATE, total_rate: Rate = TOTAL_RATE) -> None:
        """See that both can be used.

        Raises:
            SettingsError: the file of keys, or the log, cannot be.
            AuditBroken: the log is not as it was written.
        """
        read_keys(keys)
        self._keys = keys
        self.audit = AuditLog(audit_path(keys))
        self._holders = RateLimit(client=client_rate, all_clients=total_rate, now=time.monotonic)
        self._strangers = RateLimit(client=client_rate, all_clients=total_rate, now=time.monotonic)

    def close(self) -> None:
        """Close the log."""
        self.audit.close()

    def admit(self, authorization: str, scope: Scope, action: str, client: str) -> AuditEntry:
        """Let a request pass, and write it down ahead of what it does.

        What has no id of a known key is not written down, so that strangers cannot fill the disk.

        Args:
            authorization: The header.
            scope: That the key must have.
            action: What is asked, in a word.
            client: Address that asks.

        Raises:
            NotAllowed: it does not pass.
            SettingsError: the file of keys cannot be used any more.
            AuditFailed: the log cannot be written.
        """
        kind, _, given = authorization.partition(" ")
        identity, _, secret = given.strip().partition(".")
        key = find_key(read_keys(self._keys), identity) if kind.lower() == "bearer" else None
        refusal = "unknown" if key is None else _refusal(key, secret, scope)
        wait = self._strangers.wait_seconds(client, 1) if refusal else self._holders.wait_seconds(identity, 1)
        if wait:
            raise NotAllowed(429, f"too many requests; come again in {wait} s", {"Retry-After": str(wait)})
        if key is None:
            log.warning("%s was asked for without a key that is known here", action)
            raise NotAllowed(401, _UNKNOWN, {"WWW-Authenticate": "Bearer"})
        outcome = f"refused: {refusal}" if refusal else "done"
        entry = self.audit.add(key=key.id, action=action, client=client, outcome=outcome)
        if refusal == "scope":
            raise NotAllowed(403, f"key {key.id} does not have the scope {scope}")
        if refusal:
            raise NotAllowed(401, _UNKNOWN, {"WWW-Authenticate": "Bearer"})
        return entry


def _refusal(key: ApiKey, secret: str, scope: Scope) -> str | None:
    """Why a key does not open something, in a word or two; None where it does."""
    if not is_secret_of(key, secret):
        return "wrong secret"
    if key.revoked is not None:
        return "revoked"
    return None if scope in key.scopes else "scope"


def audit_path(keys: Path) -> Path:
    """Where the log of a file of keys is."""
    return keys.with_name(keys.name + ".audit.jsonl")
