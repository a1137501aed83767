"""Receipts as the receipts root commits to them, and the logs that they hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from oracle.chain.proof.encoding import encode_rlp, integer_bytes, keccak
from oracle.window.blocks import data, quantity

_BLOOM_BITS = 2048
_DEPOSIT = 0x7E


@dataclass(frozen=True)
class Log:
    """One log of a block."""

    address: bytes  # 20 bytes
    topics: tuple[bytes, ...]  # 32 bytes each
    data: bytes
    block_number: int
    block_hash: bytes  # 32 bytes
    transaction_hash: bytes  # 32 bytes
    transaction_index: int
    index: int  # in the block


def logs_of(receipts: Sequence[Mapping[str, Any]], block_number: int, block_hash: bytes) -> list[Log]:
    """All logs of a block, in order, from its receipts in order.

    Raises:
        ValueError: a field is missing or malformed; names it.
    """
    logs: list[Log] = []
    for position, receipt in enumerate(receipts):
        transaction_hash = data(receipt, "transactionHash")
        for raw in _logs(receipt):
            address, topics, content = _parts(raw)
            logs.append(
                Log(
                    address=address,
                    topics=tuple(topics),
                    data=content,
                    block_number=block_number,
                    block_hash=block_hash,
                    transaction_hash=transaction_hash,
                    transaction_index=position,
                    index=len(logs),
                )
            )
    return logs


def encode_receipt(receipt: Mapping[str, Any]) -> bytes:
    """The bytes of a receipt: of Ethereum's types, and of any other chain's that has the same fields.

    Raises:
        ValueError: a field is missing or malformed; names it.
    """
    parts = [_parts(raw) for raw in _logs(receipt)]
    # Before Byzantium: the state's root.
    early = receipt.get("status") is None
    outcome = data(receipt, "root") if early else integer_bytes(quantity(receipt, "status"))
    bloom = bloom_of(item for address, topics, _ in parts for item in (address, *topics))
    fields: list[Any] = [outcome, integer_bytes(quantity(receipt, "cumulativeGasUsed")), bloom, parts]
    kind = quantity(receipt, "type") if receipt.get("type") is not None else 0
    if kind == _DEPOSIT and receipt.get("depositReceiptVersion") is not None:
        fields += [integer_bytes(quantity(receipt, name)) for name in ("depositNonce", "depositReceiptVersion")]
    encoded = encode_rlp(fields)
    return bytes([kind]) + encoded if kind else encoded


def bloom_of(items: Iterable[bytes]) -> bytes:
    """The bloom filter of addresses and topics (yellow paper, section 4.3.1); 256 bytes."""
    bloom = 0
    for item in items:
        bloom |= _bits(item)
    return bloom.to_bytes(_BLOOM_BITS // 8, "big")


def may_hold(bloom: bytes, items: Iterable[bytes]) -> bool:
    """False where a block of this bloom holds no log with all of `items` for certain."""
    bits = int.from_bytes(bloom, "big")
    return all(bits & _bits(item) == _bits(item) for item in items)


@lru_cache(maxsize=4096)
def _bits(item: bytes) -> int:
    digest = keccak(item)
    return sum({1 << (int.from_bytes(digest[at : at + 2], "big") % _BLOOM_BITS) for at in (0, 2, 4)})


def _logs(receipt: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    logs = receipt.get("logs")
    if not isinstance(logs, list | tuple) or not all(isinstance(log, Mapping) for log in logs):
        raise ValueError("field 'logs' is no list of logs")
    return logs


def _parts(raw: Mapping[str, Any]) -> list[Any]:
    topics = raw.get("topics")
    if not isinstance(topics, list | tuple):
        raise ValueError("field 'topics' is no list")
    return [data(raw, "address"), [data({"topics": topic}, "topics") for topic in topics], data(raw, "data")]
