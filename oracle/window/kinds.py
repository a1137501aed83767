"""Kind and text of a transaction, from its calldata."""

import codecs
from dataclasses import dataclass

from eth_hash.auto import keccak

from oracle.window.blocks import Transaction
from oracle.window.letters import fold, is_han

# Function signatures that are common enough to be named; calldata begins with the first four bytes of their hash.
_NAMED_CALLS: dict[str, str] = {
    "transfer(address,uint256)": "token transfer",
    "transferFrom(address,address,uint256)": "token transfer",
    "safeTransferFrom(address,address,uint256)": "token transfer",
    "safeTransferFrom(address,address,uint256,bytes)": "token transfer",
    "approve(address,uint256)": "approval",
    "increaseAllowance(address,uint256)": "approval",
    "setApprovalForAll(address,bool)": "approval",
    "mint(address,uint256)": "mint",
    "mint(uint256)": "mint",
    "mint()": "mint",
    "safeMint(address,uint256)": "mint",
    "deposit()": "deposit",
    "deposit(uint256)": "deposit",
    "withdraw(uint256)": "withdrawal",
    "claim()": "claim",
    "multicall(bytes[])": "batch call",
    "multicall(uint256,bytes[])": "batch call",
    "execute(bytes,bytes[],uint256)": "swap",
    "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)": "swap",
    "swapExactETHForTokens(uint256,address[],address,uint256)": "swap",
    "swapExactTokensForETH(uint256,uint256,address[],address,uint256)": "swap",
    "swapETHForExactTokens(uint256,address[],address,uint256)": "swap",
    "post(string)": "note",
    "settle(bytes32,uint256,string)": "settlement",
    "step(uint256,string)": "supply-chain step",
    "donate(string)": "donation",
    "access(bytes32,string)": "record access",
}
_KIND_BY_SELECTOR = {bytes(keccak(signature.encode())[:4]): kind for signature, kind in _NAMED_CALLS.items()}
# The position of the one string among a named call's arguments.
_STRING_POSITION = {
    bytes(keccak(signature.encode())[:4]): signature[:-1].partition("(")[2].split(",").index("string")
    for signature in _NAMED_CALLS
    if "string" in signature
}

# The most bytes of calldata that are read as text: a bound on work, well above what 32 tokens hold.
MAX_TEXT_BYTES = 512
# A run of this many printable characters in the arguments of an unknown call counts as its text.
_MIN_PRINTABLE_RUN = 6


@dataclass(frozen=True)
class Meaning:
    """What a transaction does, in words."""

    kind: str
    text: str  # words its sender wrote; empty where there are none


def meaning_of(transaction: Transaction, *, chinese: bool = False) -> Meaning:
    """Kind and text of a transaction, with or without Chinese characters.

    Never fails: calldata is whatever its sender chose.
    """
    data = transaction.calldata
    if transaction.receiver is None:
        return Meaning("contract creation", "")
    if not data:
        return Meaning("payment", "")
    whole = _as_text(data, chinese=chinese)
    if whole is not None:
        return Meaning("payment", whole)
    kind = _KIND_BY_SELECTOR.get(data[:4])
    if kind is None:
        return Meaning("contract call", _printable_runs(data[4:]))
    position = _STRING_POSITION.get(data[:4])
    return Meaning(kind, "" if position is None else _abi_string(data[4:], position, chinese=chinese))


def _as_text(data: bytes, *, chinese: bool) -> str | None:
    """`data` as folded text if all of it is UTF-8 without control characters: a memo sent with a payment."""
    cut = len(data) > MAX_TEXT_BYTES
    try:
        # A character that the bound cuts in two is left out; a bad byte before it is an error.
        text = codecs.getincrementaldecoder("utf-8")().decode(data[:MAX_TEXT_BYTES], final=not cut)
    except UnicodeDecodeError:
        return None
    if any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in text):
        return None
    folded = fold(text, chinese=chinese)
    return folded if any("a" <= character <= "z" or is_han(character) for character in folded.lower()) else None


def _abi_string(arguments: bytes, position: int, *, chinese: bool) -> str:
    """The string that the argument at a position points to, up to the bound on text; else printable runs."""
    text = _pointed_at(arguments, position)
    if text is None:
        return _printable_runs(arguments)
    return fold(text.decode("utf-8", errors="replace"), chinese=chinese)


def _pointed_at(arguments: bytes, position: int) -> bytes | None:
    head = arguments[32 * position : 32 * position + 32]
    start = int.from_bytes(head)
    length = arguments[start : start + 32]
    if len(head) < 32 or len(length) < 32 or int.from_bytes(length) > len(arguments) - start - 32:
        return None
    return arguments[start + 32 : start + 32 + min(int.from_bytes(length), MAX_TEXT_BYTES)]


def _printable_runs(arguments: bytes) -> str:
    """Runs of printable ASCII in ABI-encoded arguments, which contain strings unencoded."""
    runs: list[str] = []
    run = bytearray()
    for byte in arguments[: 4 * MAX_TEXT_BYTES] + b"\0":
        if 32 <= byte < 127:
            run.append(byte)
            continue
        if len(run) >= _MIN_PRINTABLE_RUN:
            runs.append(run.decode("ascii"))
        run.clear()
    return fold(" ".join(runs)[:MAX_TEXT_BYTES])
