"""Private keys from files: hexadecimal key files and encrypted keystores (Web3 Secret Storage)."""

import json
import stat
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from oracle.errors import SettingsError

_MAX_KEY_FILE_BYTES = 16 * 1024


def load_key_file(path: Path) -> LocalAccount:
    """The account of a file that holds one private key in hexadecimal.

    Raises:
        SettingsError: the file is unreadable, open to others, or holds no key. The message never holds file content.
    """
    text = _read(path)
    try:
        return _account(bytes.fromhex(text.strip().removeprefix("0x")))
    except ValueError:
        # "from None": the library's error may quote the key.
        raise SettingsError(f"key file {path} holds no private key: it must be 64 hexadecimal digits") from None


def load_keystore(path: Path, password: str | None) -> LocalAccount:
    """The account of an encrypted keystore.

    Raises:
        SettingsError: the file is unreadable, no keystore, or the password is missing or wrong.
    """
    text = _read(path)
    if password is None:
        raise SettingsError(
            f"keystore {path} needs its password in the environment variable CATALYST_KEYSTORE_PASSWORD"
        )
    try:
        return _account(bytes(Account.decrypt(json.loads(text), password)))
    except (ValueError, KeyError, TypeError):
        raise SettingsError(f"keystore {path} cannot be opened: wrong password, or not a keystore file") from None


def _account(key: bytes) -> LocalAccount:
    account: LocalAccount = Account.from_key(key)
    return account


def _read(path: Path) -> str:
    try:
        status = path.stat()
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(f"key file {path} is open to other users: run `chmod 600 {path}`")
        if status.st_size > _MAX_KEY_FILE_BYTES:
            raise SettingsError(f"key file {path} is larger than {_MAX_KEY_FILE_BYTES} bytes, so it is no key")
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"key file {path} cannot be read: {type(error).__name__}; give the path of a key file"
        ) from None
