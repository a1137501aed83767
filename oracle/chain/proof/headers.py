"""The header of a block, and its hash computed anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from oracle.chain.proof.encoding import encode_rlp, integer_bytes, keccak
from oracle.window.blocks import data, quantity, refuse_pending

_BLOOM_BYTES = 256


def _integer(raw: Mapping[str, Any], name: str) -> bytes:
    return integer_bytes(quantity(raw, name))


def _bloom(raw: Mapping[str, Any], name: str) -> bytes:
    value = raw.get(name)  # eth-tester shows it as a number
    return value.to_bytes(_BLOOM_BYTES, "big") if isinstance(value, int) else data(raw, name)


# Names of eth_getBlockByNumber in the order of the header's RLP. What forks added follows what was there: London,
# Shanghai, Cancun (three fields), Prague.
_FIELDS: tuple[tuple[str, Callable[[Mapping[str, Any], str], bytes]], ...] = (
    ("parentHash", data),
    ("sha3Uncles", data),
    ("miner", data),
    ("stateRoot", data),
    ("transactionsRoot", data),
    ("receiptsRoot", data),
    ("logsBloom", _bloom),
    ("difficulty", _integer),
    ("number", _integer),
    ("gasLimit", _integer),
    ("gasUsed", _integer),
    ("timestamp", _integer),
    ("extraData", data),
    ("mixHash", data),
    ("nonce", data),
)
_ADDED = (
    ("baseFeePerGas", _integer),
    ("withdrawalsRoot", data),
    ("blobGasUsed", _integer),
    ("excessBlobGas", _integer),
    ("parentBeaconBlockRoot", data),
    ("requestsHash", data),
)


@dataclass(frozen=True)
class Header:
    """The part of a header that others compute with."""

    number: int
    hash: bytes  # 32 bytes
    parent_hash: bytes  # 32 bytes
    timestamp_seconds: int
    base_fee_wei: int  # 0 where the chain has none
    transactions_root: bytes  # 32 bytes; empty where the node shows none
    receipts_root: bytes  # 32 bytes; empty where the node shows none
    logs_bloom: bytes  # 256 bytes; empty where the node shows none
    proven: bool  # whether its fields give its hash


def read_header(raw: Mapping[str, Any]) -> Header:
    """The header of an answer of eth_getBlockByNumber.

    Raises:
        ValueError: a field that every chain has is missing or malformed; names it.
    """
    refuse_pending(raw)
    block_hash = data(raw, "hash")
    return Header(
        number=quantity(raw, "number"),
        hash=block_hash,
        parent_hash=data(raw, "parentHash"),
        timestamp_seconds=quantity(raw, "timestamp"),
        base_fee_wei=quantity(raw, "baseFeePerGas") if raw.get("baseFeePerGas") is not None else 0,
        transactions_root=data(raw, "transactionsRoot") if raw.get("transactionsRoot") is not None else b"",
        receipts_root=data(raw, "receiptsRoot") if raw.get("receiptsRoot") is not None else b"",
        logs_bloom=_bloom(raw, "logsBloom") if raw.get("logsBloom") is not None else b"",
        proven=header_hash(raw) == block_hash,
    )


def header_hash(raw: Mapping[str, Any]) -> bytes | None:
    """Keccak of the header's RLP; None where a field of Ethereum's headers is missing, as on chains of other kinds."""
    try:
        fields = [read(raw, name) for name, read in _FIELDS]
        fields += [read(raw, name) for name, read in _ADDED if raw.get(name) is not None]
    except ValueError:
        return None
    return keccak(encode_rlp(fields))
