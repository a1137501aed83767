"""Private keys: hexadecimal in a file or a variable, and encrypted keystores (Web3 Secret Storage)."""

import re
import stat
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from oracle.chain.keystore import NotAKeystore, WrongPassword, check_keystore, decrypted_key
from oracle.errors import SettingsError

_MAX_KEY_FILE_BYTES = 16 * 1024
_KEY = re.compile("(?:0x)?([0-9a-fA-F]{64})")


def load_key_file(path: Path) -> LocalAccount:
    """The account of a file that holds one private key in hexadecimal.

    Raises:
        SettingsError: the file is unreadable, open to others, or holds no key. The message never holds file content.
    """
    return _hexadecimal_key(_read(path), f"key file {path}")


def key_of_variable(text: str, name: str) -> LocalAccount:
    """The account of a key in hexadecimal that an environment variable holds.

    Raises:
        SettingsError: it holds no key. The message never holds what it holds.
    """
    return _hexadecimal_key(text, f"environment variable {name}")


def load_keystore(path: Path, password: str | None) -> LocalAccount:
    """The account of an encrypted keystore of version 3.

    Raises:
        SettingsError: the file is unreadable, no keystore that can be opened, or of another address than its key's; or
            the password is missing or wrong. The message never holds anything of the key.
    """
    content = _read(path).encode()
    try:
        claimed = check_keystore(content)
    except NotAKeystore as error:
        raise SettingsError(f"keystore {path} is {error}") from None
    if password is None:
        raise SettingsError(
            f"keystore {path} needs its password in the environment variable CATALYST_KEYSTORE_PASSWORD"
        )
    try:
        account = _account(decrypted_key(content, password))
    except WrongPassword:
        raise SettingsError(
            f"keystore {path} cannot be opened: wrong password in CATALYST_KEYSTORE_PASSWORD, or the file was altered"
        ) from None
    except ValueError:
        raise SettingsError(f"keystore {path} holds no private key of an account: give another") from None
    if claimed is not None and account.address.lower() != "0x" + claimed:
        raise SettingsError(
            f"keystore {path} says address 0x{claimed}, but its key is that of {account.address}; "
            "give the file as its wallet wrote it"
        )
    return account


def _hexadecimal_key(text: str, where: str) -> LocalAccount:
    digits = _KEY.fullmatch(text.strip())
    try:
        return _account(bytes.fromhex(digits[1] if digits else ""))
    except ValueError:
        # "from None": the library's error may quote the key.
        raise SettingsError(f"{where} holds no private key: it must be 64 hexadecimal digits") from None


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
        return path.read_bytes().decode("utf-8-sig")  # some editors put a byte-order mark first
    except UnicodeDecodeError:
        raise SettingsError(f"key file {path} is not UTF-8 text, so no key file; save it as plain text") from None
    except OSError as error:
        raise SettingsError(
            f"key file {path} cannot be read: {type(error).__name__}; give the path of a key file"
        ) from None
