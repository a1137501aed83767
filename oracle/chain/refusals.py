"""What a node said when it refused a request, from its answer and not from the text of an exception."""

import re

from web3.exceptions import Web3RPCError

from oracle.errors import ConnectionFailed

_REVERTED = 3  # as geth, Anvil and others say; what does not says it in words
_HEXADECIMAL = re.compile(r"0x((?:[0-9a-fA-F]{2})+)\Z")  # some put a word ahead of it


def refusal_code(error: ConnectionFailed) -> int | None:
    """The code of the node's error; None where it gave none, or did not answer."""
    code = _refusal(error).get("code")
    return code if isinstance(code, int) else None


def refusal_says(error: ConnectionFailed, phrases: tuple[str, ...]) -> bool:
    """Whether the node's own words hold one of some phrases, in lower case: JSON-RPC has no codes for these."""
    message = str(_refusal(error).get("message", "")).lower()
    return any(phrase in message for phrase in phrases)


def revert_data(error: ConnectionFailed) -> bytes | None:
    """What a call reverted with, where the node refused it for that; None where it refused for another reason."""
    data = _refusal(error).get("data")
    is_revert = refusal_code(error) == _REVERTED or refusal_says(error, ("revert",))
    found = _HEXADECIMAL.search(data) if is_revert and isinstance(data, str) else None
    return bytes.fromhex(found[1]) if found else None


def _refusal(error: ConnectionFailed) -> dict[str, object]:
    cause = error.__cause__
    found = (cause.rpc_response or {}).get("error") if isinstance(cause, Web3RPCError) else None
    return dict(found) if isinstance(found, dict) else {}
