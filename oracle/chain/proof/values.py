"""Fields of JSON-RPC answers as numbers and bytes: from a node's text, or as a library decoded them."""

from collections.abc import Mapping
from typing import Any


def quantity(raw: Mapping[str, Any], name: str) -> int:
    """A number: 0x-hexadecimal, or an integer where a library decoded it.

    Raises:
        ValueError: the field is missing or no number; names it.
    """
    value = raw.get(name)
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return int(value, 16)
        except ValueError:
            raise ValueError(f"field {name!r} is no number") from None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError(f"field {name!r} is missing" if value is None else f"field {name!r} is no number")


def data(raw: Mapping[str, Any], name: str) -> bytes:
    """Bytes: 0x-hexadecimal, or bytes where a library decoded them.

    Raises:
        ValueError: the field is missing or no bytes; names it.
    """
    value = raw.get(name)
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            raise ValueError(f"field {name!r} is not hexadecimal") from None
    if isinstance(value, bytes):
        return bytes(value)
    raise ValueError(f"field {name!r} is missing" if value is None else f"field {name!r} is no bytes")
