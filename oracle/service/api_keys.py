"""Keys by which this operator's API may be written to: shown once, kept as hashes, each with its scopes."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from pydantic import TypeAdapter, ValidationError

from oracle.errors import SettingsError
from oracle.output import write_whole, writing

Scope = Literal["control", "audit"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
_MOST_BYTES = 256 * 1024  # of the file
_SECRET_BYTES = 32


@dataclass(frozen=True)
class ApiKey:
    """What is kept of a key. The key itself is `<id>.<secret>`."""

    id: str
    scopes: tuple[Scope, ...]
    sha256: str  # of the secret, which is random enough for a hash without salt and work
    created: str  # RFC 3339, in UTC
    revoked: str | None = None  # likewise


_KEYS = TypeAdapter(tuple[ApiKey, ...])


def create_key(path: Path, scopes: Sequence[Scope]) -> str:
    """Add a key to a file, which is made where it is missing; returns the key, which is kept nowhere.

    Raises:
        SettingsError: the file cannot be used.
        WriteFailed: it cannot be written.
    """
    keys = read_keys(path) if path.exists() else ()
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    made = ApiKey(secrets.token_hex(6), tuple(dict.fromkeys(scopes)), _hash(secret), now_text())
    _write(path, (*keys, made))
    return f"{made.id}.{secret}"


def revoke_key(path: Path, identity: str) -> None:
    """Have a key open nothing any more, from the next request on.

    Raises:
        SettingsError: the file cannot be used, or has no such key in force.
        WriteFailed: it cannot be written.
    """
    keys = read_keys(path)
    if not any(key.id == identity and key.revoked is None for key in keys):
        raise SettingsError(f"{path} has no key {identity} in force; `catalyst api-key list` shows its keys")
    at = now_text()
    _write(path, [replace(key, revoked=at) if key.id == identity else key for key in keys])


def read_keys(path: Path) -> tuple[ApiKey, ...]:
    """The keys of a file.

    Raises:
        SettingsError: it is missing, too large, no file of keys, or readable by others than its owner.
    """
    try:
        with path.open("rb") as file:
            if path.stat().st_mode & 0o077:
                raise SettingsError(f"file of API keys {path} is open to others than its owner; run chmod 600 on it")
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise SettingsError(f"file of API keys {path} has more than {_MOST_BYTES} bytes; make a new file")
        return _KEYS.validate_json(content)
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds something else"
        raise SettingsError(
            f"file of API keys {path} cannot be used: {reason}; make one by `catalyst api-key create`"
        ) from error


def find_key(keys: Sequence[ApiKey], identity: str) -> ApiKey | None:
    """The key of an id, which is no secret."""
    return next((key for key in keys if key.id == identity), None)


def is_secret_of(key: ApiKey, secret: str) -> bool:
    """Whether a secret is that of a key; takes as long whatever it is."""
    return hmac.compare_digest(_hash(secret), key.sha256)


def now_text() -> str:
    """Now, by RFC 3339, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _write(path: Path, keys: Sequence[ApiKey]) -> None:
    with writing(path):
        path.touch(mode=0o600)  # whoever replaces it keeps its mode
    write_whole(path, json.dumps(_KEYS.dump_python(tuple(keys), mode="json"), indent=1) + "\n")
