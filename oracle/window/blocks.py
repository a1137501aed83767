"""Blocks and transactions as the oracle reads them, parsed from the JSON of eth_getBlockByNumber(n, true).

One parser reads files and nodes of every chain that speaks Ethereum's JSON-RPC. It accepts what chains add (their own
transaction types, unknown fields). It reads each field it needs exactly, or refuses it by name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

_BASE_GAS, _CREATION_GAS, _ZERO_BYTE_GAS, _BYTE_GAS = 21_000, 32_000, 4, 16
# Types whose price per gas follows from two fee fields by EIP-1559 (EIP-1559, EIP-4844, EIP-7702).
_DYNAMIC_FEE_TYPES = frozenset({2, 3, 4})
# A deposit of the OP stack: bridged in by the chain itself, with no fee, and often without the fields of one.
_DEPOSIT_TYPE = 0x7E
# Blocks of some chains (Celo before it became a rollup) have no gas limit. Their fullness is not known.
UNKNOWN_GAS_LIMIT = 0
_HEXADECIMAL = re.compile("0x[0-9a-fA-F]+")
_EMPTY_RECEIVERS = ("", "0x", b"")  # RLP's form of "none", which some encoders leave as it is
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class Transaction:
    """One transaction: the part of x_t that it contributes."""

    hash: bytes  # 32 bytes
    sender: bytes  # 20 bytes
    receiver: bytes | None  # 20 bytes; None where it creates a contract
    value_wei: int
    gas_price_wei: int  # paid per gas
    gas_limit: int
    calldata: bytes

    @property
    def intrinsic_gas(self) -> int:
        """Gas that any transaction of this form uses before it runs: the base, its calldata (EIP-2028), a creation."""
        zeros = self.calldata.count(0)
        creation = _CREATION_GAS if self.receiver is None else 0
        return _BASE_GAS + creation + _ZERO_BYTE_GAS * zeros + _BYTE_GAS * (len(self.calldata) - zeros)


@dataclass(frozen=True)
class Block:
    """One block with its transactions in order."""

    number: int
    hash: bytes  # 32 bytes
    parent_hash: bytes  # 32 bytes
    timestamp_seconds: int
    gas_used: int
    gas_limit: int  # UNKNOWN_GAS_LIMIT where the chain's blocks have none
    transactions: tuple[Transaction, ...]


def parse_block(raw: object) -> Block:
    """A block from its JSON form.

    Quantities are 0x-hexadecimal strings, or integers as some libraries decode them. Decimal strings are refused, since
    they look like hexadecimal strings that lack their 0x. A field that is null counts as absent.

    Raises:
        ValueError: a field is missing or malformed; names the block where its number can be read, and the field.
    """
    if not isinstance(raw, Mapping):
        raise ValueError(f"{_shown(raw)} is no block, which is a JSON object")
    refuse_pending(raw)
    number = _field(raw, "number", _counter)
    try:
        return _parse_block(raw, number)
    except ValueError as error:
        raise ValueError(f"block {number}: {error}") from error


def refuse_pending(raw: Mapping[str, Any]) -> None:
    """Raise ValueError where a block or header has no number or hash yet."""
    for field in ("number", "hash"):
        if field in raw and raw[field] is None:
            raise ValueError(f"field {field!r} is null: the block is pending; ask for it once it is mined")


def quantity(raw: Mapping[str, Any], name: str) -> int:
    """The non-negative integer in a field of a header or receipt, below 2**256.

    Raises:
        ValueError: it is missing or malformed; names the field.
    """
    return _field(raw, name, _amount)


def data(raw: Mapping[str, Any], name: str) -> bytes:
    """The bytes in a field of a header or receipt.

    Raises:
        ValueError: they are missing or malformed; names the field.
    """
    return _field(raw, name, _data)


def _parse_block(raw: Mapping[str, Any], number: int) -> Block:
    base_fee_wei = _optional(raw, "baseFeePerGas", _amount)
    gas_limit = _optional(raw, "gasLimit", _counter)
    return Block(
        number=number,
        hash=_field(raw, "hash", _hash),
        parent_hash=_field(raw, "parentHash", _hash),
        timestamp_seconds=_field(raw, "timestamp", _counter),
        gas_used=_field(raw, "gasUsed", _counter),
        gas_limit=UNKNOWN_GAS_LIMIT if gas_limit is None else gas_limit,
        transactions=tuple(
            _parse_transaction(transaction, position, base_fee_wei)
            for position, transaction in enumerate(_field(raw, "transactions", _list))
        ),
    )


def _parse_transaction(raw: object, position: int, base_fee_wei: int | None) -> Transaction:
    if not isinstance(raw, Mapping):
        raise ValueError(
            f"field 'transactions': transaction {position} is not an object; "
            "ask for full transactions: eth_getBlockByNumber(n, true)"
        )
    try:
        is_deposit = _optional(raw, "type", _counter) == _DEPOSIT_TYPE
        value_wei = _optional(raw, "value", _amount) if is_deposit else _field(raw, "value", _amount)
        return Transaction(
            hash=_field(raw, "hash", _hash),
            sender=_field(raw, "from", _address),
            receiver=_optional(raw, "to", _receiver),
            value_wei=value_wei or 0,
            gas_price_wei=0 if is_deposit else _gas_price_wei(raw, base_fee_wei),
            gas_limit=_field(raw, "gas", _counter),
            calldata=_field(
                raw, "data" if raw.get("input") is None and raw.get("data") is not None else "input", _data
            ),
        )
    except ValueError as error:
        raise ValueError(f"transaction {position}: {error}") from error


def _gas_price_wei(raw: Mapping[str, Any], base_fee_wei: int | None) -> int:
    """What was paid per gas: by EIP-1559 for its types, whatever the node shows; otherwise the node's gasPrice.

    A transaction without a type counts as one of EIP-1559 if both fee fields are there. The types of other chains have
    rules of their own, which gasPrice follows (Arbitrum's retryables have a fee cap and no tip).
    """
    most_wei, tip_wei = (_optional(raw, name, _amount) for name in ("maxFeePerGas", "maxPriorityFeePerGas"))
    type_ = _optional(raw, "type", _counter)
    is_dynamic = type_ is None or type_ in _DYNAMIC_FEE_TYPES
    if is_dynamic and most_wei is not None and tip_wei is not None and base_fee_wei is not None:
        return min(most_wei, base_fee_wei + tip_wei)
    return _field(raw, "gasPrice", _amount)


def _field(raw: Mapping[str, Any], name: str, parse: Callable[[Any], T]) -> T:
    value = raw.get(name)
    if value is None:
        raise ValueError(f"field {name!r} is {'null' if name in raw else 'missing'}")
    try:
        return parse(value)
    except ValueError as error:
        raise ValueError(f"field {name!r} is malformed: {_shown(value)} is {error}") from error


def _optional(raw: Mapping[str, Any], name: str, parse: Callable[[Any], T]) -> T | None:
    return None if raw.get(name) is None else _field(raw, name, parse)


def _shown(value: object) -> str:
    """A value as a message shows it: short, in printable ASCII. Never fails, whatever the value."""
    if isinstance(value, str):
        return ascii(value[:_SHOWN_CHARACTERS]) + ("…" if len(value) > _SHOWN_CHARACTERS else "")
    if isinstance(value, bool | float | None):
        return str(value)
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 256 else f"an integer of {value.bit_length()} bits"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return "an object" if isinstance(value, Mapping) else "an array" if isinstance(value, Sequence) else "a value"


def _integer(value: object, bits: int) -> int:
    if isinstance(value, str):
        if not _HEXADECIMAL.fullmatch(value):
            if value.isascii() and value.isdigit():
                raise ValueError("a decimal string; quantities are 0x-hexadecimal strings, or integers without quotes")
            raise ValueError("no quantity; quantities are 0x-hexadecimal strings, or integers without quotes")
        number = int(value, 16)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        raise ValueError("no quantity; quantities are 0x-hexadecimal strings, or integers without quotes")
    if not 0 <= number < 1 << bits:
        raise ValueError(f"outside of 0 to 2**{bits} - 1")
    return number


def _counter(value: object) -> int:
    return _integer(value, 64)


def _amount(value: object) -> int:
    return _integer(value, 256)


def _list(value: object) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError("no array")
    return value


def _data(value: object) -> bytes:
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, str) and value.startswith("0x"):
        try:
            data = bytes.fromhex(value[2:])
        except ValueError:
            data = None
        if data is not None and 2 * len(data) == len(value) - 2:  # fromhex passes over blanks
            return data
    raise ValueError("not bytes, which are written as 0x and pairs of hexadecimal digits")


def _sized(value: object, size: int) -> bytes:
    data = _data(value)
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes long, not {size}")
    return data


def _hash(value: object) -> bytes:
    return _sized(value, 32)


def _address(value: object) -> bytes:
    return _sized(value, 20)


def _receiver(value: object) -> bytes | None:
    return None if value in _EMPTY_RECEIVERS else _address(value)
