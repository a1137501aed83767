"""What parties sent each other as JSON, read back: of the right form, though not yet checked against any plan."""

import re
from collections.abc import Mapping
from typing import Any

from oracle.agreements.signatures import Attestation, Joining, NotSigned, Permit

_HEXADECIMAL = re.compile("0x((?:[0-9a-fA-F]{2})*)")


def joining_of(raw: object) -> Joining:
    """What a party sent as JSON.

    Raises:
        NotSigned: it is malformed; names the field.
    """
    fields = fields_of(raw, ("party", "signature", "permit"))
    permit = fields["permit"]
    return Joining(whole(fields, "party"), octets(fields, "signature"), None if permit is None else _permit_of(permit))


def attestation_of(raw: object) -> Attestation:
    """What a witness sent as JSON.

    Raises:
        NotSigned: it is malformed; names the field.
    """
    fields = fields_of(raw, ("party", "signature"))
    return Attestation(whole(fields, "party"), octets(fields, "signature"))


def fields_of(raw: object, names: tuple[str, ...]) -> Mapping[str, Any]:
    """A JSON object that has exactly these fields.

    Raises:
        NotSigned: it has others.
    """
    if not isinstance(raw, Mapping) or set(raw) != set(names):
        raise NotSigned(f"what a party sends is a JSON object of {', '.join(names)} alone; have it sent anew")
    return raw


def whole(fields: Mapping[str, Any], name: str) -> int:
    """A field that is a whole number from 0 on.

    Raises:
        NotSigned: it is none.
    """
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise NotSigned(f"{name} {value!a} in what a party sent is no whole number from 0 on; have it sent anew")
    return value


def octets(fields: Mapping[str, Any], name: str) -> bytes:
    """A field that holds bytes in hexadecimal.

    Raises:
        NotSigned: it does not.
    """
    value = fields[name]
    found = _HEXADECIMAL.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise NotSigned(f"{name} in what a party sent is no 0x and hexadecimal digits; have it sent anew")
    return bytes.fromhex(found[1])


def _permit_of(raw: object) -> Permit:
    fields = fields_of(raw, ("deadline", "v", "r", "s"))
    return Permit(whole(fields, "deadline"), whole(fields, "v"), octets(fields, "r"), octets(fields, "s"))
