"""What a node said when it refused a request, from its answer and not from the text of an exception."""

from web3.exceptions import Web3RPCError

from oracle.errors import ConnectionFailed


def refusal_code(error: ConnectionFailed) -> int | None:
    """The code of the node's error; None where it gave none, or did not answer."""
    code = _refusal(error).get("code")
    return code if isinstance(code, int) else None


def refusal_says(error: ConnectionFailed, phrases: tuple[str, ...]) -> bool:
    """Whether the node's own words hold one of some phrases, in lower case: JSON-RPC has no codes for these."""
    message = str(_refusal(error).get("message", "")).lower()
    return any(phrase in message for phrase in phrases)


def _refusal(error: ConnectionFailed) -> dict[str, object]:
    cause = error.__cause__
    found = (cause.rpc_response or {}).get("error") if isinstance(cause, Web3RPCError) else None
    return dict(found) if isinstance(found, dict) else {}
