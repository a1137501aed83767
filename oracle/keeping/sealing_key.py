"""The key by which an owner seals and opens files, in a file that its owner alone reads."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from oracle.errors import SettingsError

_KEY_BYTES = 32


def load_sealing_key(path: Path) -> X25519PrivateKey:
    """The key of a file: 32 bytes in hexadecimal. A file that is missing is made, with a new key.

    Raises:
        SettingsError: the file holds no key, or others can read it.
    """
    try:
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(X25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others: run chmod 600 on it")
        key = bytes.fromhex(path.read_text().strip())
    except OSError as error:
        raise SettingsError(f"the sealing key {path} cannot be used: {error.strerror}; give --sealing-key") from None
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"{path} holds no sealing key: it takes 32 bytes in hexadecimal")
    return X25519PrivateKey.from_private_bytes(key)
