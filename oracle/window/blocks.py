"""Blocks and transactions as the oracle reads them, parsed from the JSON of eth_getBlockByNumber(n, true)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

_BASE_GAS, _CREATION_GAS, _ZERO_BYTE_GAS, _BYTE_GAS = 21_000, 32_000, 4, 16


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
    gas_limit: int
    transactions: tuple[Transaction, ...]


def parse_block(raw: Mapping[str, Any]) -> Block:
    """A block from its JSON form: quantities as 0x-hex, or as integers and bytes where a library decoded them.

    Raises:
        ValueError: a field is missing or malformed; names it.
    """
    transactions = _field(raw, "transactions", list)
    base_fee_wei = _field(raw, "baseFeePerGas", _quantity) if "baseFeePerGas" in raw else 0
    return Block(
        number=_field(raw, "number", _quantity),
        hash=_field(raw, "hash", _hash),
        parent_hash=_field(raw, "parentHash", _hash),
        timestamp_seconds=_field(raw, "timestamp", _quantity),
        gas_used=_field(raw, "gasUsed", _quantity),
        gas_limit=_field(raw, "gasLimit", _quantity),
        transactions=tuple(
            _parse_transaction(transaction, position, base_fee_wei) for position, transaction in enumerate(transactions)
        ),
    )


def _parse_transaction(raw: object, position: int, base_fee_wei: int) -> Transaction:
    if not isinstance(raw, Mapping):
        raise ValueError(
            f"transaction {position} is not an object; ask for full transactions: eth_getBlockByNumber(n, true)"
        )
    try:
        return Transaction(
            hash=_field(raw, "hash", _hash),
            sender=_field(raw, "from", _address),
            receiver=_field(raw, "to", _address) if raw.get("to") else None,
            value_wei=_field(raw, "value", _quantity),
            gas_price_wei=_gas_price_wei(raw, base_fee_wei),
            gas_limit=_field(raw, "gas", _quantity),
            calldata=_field(raw, "input" if "input" in raw else "data", _data),
        )
    except ValueError as error:
        raise ValueError(f"transaction {position}: {error}") from error


def _gas_price_wei(raw: Mapping[str, Any], base_fee_wei: int) -> int:
    """What was paid per gas (EIP-1559): whatever the node shows as gasPrice."""
    if "maxFeePerGas" not in raw:
        return _field(raw, "gasPrice", _quantity)
    tip_wei = _field(raw, "maxPriorityFeePerGas", _quantity)
    return min(_field(raw, "maxFeePerGas", _quantity), base_fee_wei + tip_wei)


def _field(raw: Mapping[str, Any], name: str, parse: Callable[[Any], T]) -> T:
    if name not in raw:
        raise ValueError(f"field {name!r} is missing")
    try:
        return parse(raw[name])
    except (ValueError, TypeError) as error:
        raise ValueError(f"field {name!r} is malformed: {str(raw[name])[:80]!r}") from error


def _quantity(value: object) -> int:
    number = int(value, 16) if isinstance(value, str) else value
    if not isinstance(number, int) or number < 0:
        raise ValueError(value)
    return number


def _data(value: object) -> bytes:
    if isinstance(value, str):
        if not value.startswith("0x"):
            raise ValueError(value)
        return bytes.fromhex(value[2:])
    if not isinstance(value, bytes):
        raise TypeError(value)
    return bytes(value)


def _sized(value: object, size: int) -> bytes:
    data = _data(value)
    if len(data) != size:
        raise ValueError(value)
    return data


def _hash(value: object) -> bytes:
    return _sized(value, 32)


def _address(value: object) -> bytes:
    return _sized(value, 20)
