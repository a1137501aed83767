"""What a transaction may cost, and an error that says so where an account cannot pay it."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes
from rlp import decode

from oracle.chain.refusals import refusal_says
from oracle.errors import ConnectionFailed, InsufficientFunds

if TYPE_CHECKING:
    from oracle.chain.connection import Chain

_WEI_PER_ETHER = 10**18
# How nodes say it: geth, Anvil and Nethermind; eth-tester; Besu; Erigon's variant.
_PHRASES = ("insufficient funds", "insufficient balance", "not have enough balance", "upfront cost exceeds")
_LEGACY_PRICE, _LEGACY_GAS, _LEGACY_VALUE = 1, 2, 4  # fields of a legacy transaction
_FIRST_LEGACY_BYTE = 0xC0


def explained(chain: "Chain", raw: bytes, error: ConnectionFailed) -> ConnectionFailed:
    """The node's refusal of a signed transaction, or, where it is for want of money, one that says whose and how much.

    Args:
        chain: Where the transaction was sent.
        raw: Its bytes.
        error: The refusal.
    """
    if not refusal_says(error, _PHRASES):
        return error
    return InsufficientFunds(
        lacks(str(Account.recover_transaction(raw)), chain.balance(Account.recover_transaction(raw)), most_wei(raw))
    )


def most_wei(raw: bytes) -> int:
    """The most that a signed transaction may take from its sender: gas limit times fee, and its value."""
    if raw[0] >= _FIRST_LEGACY_BYTE:
        fields: Any = decode(raw)
        price, gas, value = (int.from_bytes(fields[i], "big") for i in (_LEGACY_PRICE, _LEGACY_GAS, _LEGACY_VALUE))
        return price * gas + value
    typed = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    return int(typed["gas"]) * int(typed.get("maxFeePerGas", typed.get("gasPrice", 0))) + int(typed["value"])


def lacks(address: str, has_wei: int, needs_wei: int, what: str = "its transaction") -> str:
    """In one sentence, that an account cannot pay."""
    return f"{address} holds {ether(has_wei)} ETH and {what} may take {ether(needs_wei)}; " + (
        f"send it {ether(needs_wei - has_wei)} or more" if needs_wei > has_wei else "others of it are pending; wait"
    )


def ether(wei: int) -> str:
    """An amount in ether, all of its digits."""
    return f"{(Decimal(wei) / _WEI_PER_ETHER).normalize():f}"
