"""One way to write a JSON document, so that equal documents have equal bytes and one hash."""

import json

from eth_hash.auto import keccak

from oracle.errors import InputError


def canonical(document: object) -> bytes:
    """A document as UTF-8 with sorted keys and no blanks, as RFC 8785 has it for whole numbers below 2^53.

    Raises:
        InputError: it holds what JSON cannot write: NaN, half a surrogate pair, or a value of another kind.
    """
    try:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the document cannot be written as JSON: {error}; give numbers, texts and lists") from error


def document_hash(document: object) -> bytes:
    """Keccak of a document in that form, 32 bytes.

    Raises:
        InputError: it cannot be written as JSON.
    """
    return bytes(keccak(canonical(document)))
