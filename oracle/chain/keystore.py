"""Encrypted keystores (Web3 Secret Storage, version 3), checked before they are opened.

The library that decrypts them looks at neither the cipher nor the address, so that a file of another cipher would give
another key, and takes whatever memory the file asks for.
"""

import re
from collections.abc import Mapping
from typing import Any

from eth_account import Account
from pydantic_core import from_json

_CIPHER = "aes-128-ctr"
_KEY_BYTES, _DERIVED_BYTES, _VECTOR_BYTES, _MAC_BYTES, _MAX_SALT_BYTES = 32, 32, 16, 32, 1024
# What go-ethereum writes (n = 262 144, r = 8) is the dearest in use. Opening a file may take that much memory, and
# four times as long; of pbkdf2, ten times the rounds that eth-account writes.
_MAX_SCRYPT_BYTES = 128 * 262_144 * 8
_MAX_SCRYPT_WORK = 4 * 262_144 * 8
_MAX_SCRYPT_LANES = 64  # p; wallets write 1 to 8, and each takes memory and time of its own, however little n is
_MAX_ROUNDS = 10_000_000
_HEXADECIMAL = re.compile("(?:0x)?((?:[0-9a-fA-F]{2})*)")


class NotAKeystore(ValueError):
    """The file is no keystore that can be opened; says why, in words that hold nothing of the key."""


class WrongPassword(ValueError):
    """The password does not fit the file."""


def decrypted_key(content: bytes, password: str) -> bytes:
    """The 32-byte private key of a keystore file that `check_keystore` has passed.

    Raises:
        WrongPassword: it does not fit.
    """
    try:
        key = bytes(Account.decrypt(_lower_case(from_json(content)), password))
    except ValueError:
        # "from None": what the library says may quote what it decrypted.
        raise WrongPassword from None
    return key.rjust(_KEY_BYTES, b"\0")  # as go-ethereum reads a key that was written without its leading zeros


def check_keystore(content: bytes) -> str | None:
    """The address that a keystore file claims, in lower-case hexadecimal without 0x; None where it claims none.

    Raises:
        NotAKeystore: it cannot be opened here, whatever the password.
    """
    try:
        parsed = from_json(content)
    except ValueError:
        raise NotAKeystore("no keystore: it is not JSON") from None
    if not isinstance(parsed, dict):
        raise NotAKeystore("no keystore: its JSON is no object")
    store = _lower_case(parsed)
    _check_version(store.get("version"))
    crypto = store.get("crypto")
    if not isinstance(crypto, dict):
        raise NotAKeystore("no keystore: it has no object 'crypto'")
    if crypto.get("cipher") != _CIPHER:
        raise NotAKeystore(
            f"encrypted by cipher {str(crypto.get('cipher'))[:40]!a}; "
            f"only {_CIPHER} is read: export the key anew from the wallet that made it"
        )
    _check_size(crypto, "ciphertext", 1, _KEY_BYTES)
    _check_size(crypto, "mac", _MAC_BYTES, _MAC_BYTES)
    _check_size(_object(crypto, "cipherparams"), "iv", _VECTOR_BYTES, _VECTOR_BYTES)
    _check_derivation(crypto.get("kdf"), _object(crypto, "kdfparams"))
    return _address(store.get("address"))


def _check_version(version: object) -> None:
    if version is None:
        raise NotAKeystore("no keystore: it has no field 'version'")
    if type(version) is int and version == 3:
        return
    shown = str(version) if isinstance(version, int | str) and re.fullmatch("[0-9]{1,9}", str(version)) else "unknown"
    if shown == "4":
        raise NotAKeystore(
            "a version 4 keystore, which holds a validator's key and no account's; give one of version 3"
        )
    raise NotAKeystore(
        f"a version {shown} keystore; convert it: open it in the wallet that made it and export it as version 3"
    )


def _check_derivation(kdf: object, parameters: Mapping[str, Any]) -> None:
    _check_size(parameters, "salt", 0, _MAX_SALT_BYTES)
    if _number(parameters, "dklen") != _DERIVED_BYTES:
        raise NotAKeystore(f"no keystore: its dklen is not {_DERIVED_BYTES}")
    if kdf == "scrypt":
        n, r, p = (_number(parameters, name) for name in ("n", "r", "p"))
        if n < 2 or n & (n - 1):
            raise NotAKeystore("no keystore: its scrypt parameter 'n' is no power of two")
        if 128 * n * r > _MAX_SCRYPT_BYTES or n * r * p > _MAX_SCRYPT_WORK or p > _MAX_SCRYPT_LANES:
            raise NotAKeystore(
                f"encrypted with scrypt parameters n = {n}, r = {r}, p = {p}, which take more than "
                f"{_MAX_SCRYPT_BYTES >> 20} MiB or too long to open; export the key with n = 262144, r = 8, p = 1"
            )
    elif kdf == "pbkdf2":
        if parameters.get("prf") != "hmac-sha256":
            raise NotAKeystore("no keystore: its pbkdf2 parameter 'prf' is not hmac-sha256")
        if _number(parameters, "c") > _MAX_ROUNDS:
            raise NotAKeystore(f"encrypted with more than {_MAX_ROUNDS} rounds of pbkdf2; export the key with fewer")
    else:
        raise NotAKeystore("no keystore: its 'kdf' is neither scrypt nor pbkdf2")


def _address(claimed: object) -> str | None:
    if claimed is None or claimed == "":
        return None
    if not isinstance(claimed, str) or not re.fullmatch("(?:0x)?[0-9a-fA-F]{40}", claimed):
        raise NotAKeystore("no keystore: its 'address' is no address")
    return claimed[-40:].lower()


def _object(outer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = outer.get(name)
    if not isinstance(inner, dict):
        raise NotAKeystore(f"no keystore: it has no object {name!r}")
    return inner


def _number(parameters: Mapping[str, Any], name: str) -> int:
    """A parameter from 1 to below 2**32, where none of those here is of use any more."""
    value = parameters.get(name)
    if type(value) is not int or not 0 < value < 2**32:
        raise NotAKeystore(f"no keystore: its parameter {name!r} is no number from 1 to 2**32 - 1")
    return value


def _check_size(outer: Mapping[str, Any], name: str, least: int, most: int) -> None:
    value = outer.get(name)
    digits = _HEXADECIMAL.fullmatch(value) if isinstance(value, str) else None
    if digits is None or not least <= len(digits[1]) // 2 <= most:
        size = str(most) if least == most else f"{least} to {most}"
        raise NotAKeystore(f"no keystore: its {name!r} is not {size} bytes in hexadecimal")


def _lower_case(value: Any) -> Any:
    """A JSON object with all names in lower case, as some wallets write them otherwise."""
    if isinstance(value, dict):
        return {name.lower(): _lower_case(item) for name, item in value.items()}
    return value
