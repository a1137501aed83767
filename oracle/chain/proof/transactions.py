"""Signed transactions as the transactions root commits to them, and who signed them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import coincurve

from oracle.chain.proof.encoding import encode_rlp, integer_bytes, keccak
from oracle.window.blocks import Transaction, data, quantity

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE = range(5)
_DEPOSIT = 0x7E  # of the OP stack: no signature, the sender is a field
_TYPES = frozenset({LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE, _DEPOSIT})
_NOBODY = bytes(20)


@dataclass(frozen=True)
class Encoding:
    """A transaction in the bytes that its hash and the transactions root are made of."""

    raw: bytes
    signing_hash: bytes | None  # what was signed; None where nothing was
    signature: bytes  # r, s, recovery id

    @property
    def signed(self) -> bool:
        """Whether there is a signature at all: system transactions, and those a test node forged, have none."""
        return self.signing_hash is not None and any(self.signature[:64])


def type_of(raw: Mapping[str, Any]) -> int:
    """The EIP-2718 type; 0 where the node shows none."""
    return quantity(raw, "type") if raw.get("type") is not None else LEGACY


def is_known(raw: Mapping[str, Any]) -> bool:
    """Whether `encode` knows the form of this type."""
    return type_of(raw) in _TYPES


def encode(raw: Mapping[str, Any], parsed: Transaction) -> Encoding:
    """The bytes of a transaction of a known type.

    What the window reads is taken from `parsed`, so that the bytes vouch for what was read; the rest from `raw`.

    Raises:
        ValueError: a field of its type is missing or malformed; names it.
    """
    kind = type_of(raw)
    target = [parsed.receiver or b"", integer_bytes(parsed.value_wei), parsed.calldata]
    gas = integer_bytes(parsed.gas_limit)
    if kind == _DEPOSIT:
        mint = quantity(raw, "mint") if raw.get("mint") is not None else 0
        system = b"\x01" if raw.get("isSystemTx") else b""
        receiver, value, calldata = target
        body: list[Any] = [data(raw, "sourceHash"), parsed.sender, receiver, integer_bytes(mint), value, gas, system]
        return Encoding(_typed(kind, [*body, calldata]), None, b"")
    nonce = integer_bytes(quantity(raw, "nonce"))
    r, s = integer_bytes(quantity(raw, "r")), integer_bytes(quantity(raw, "s"))
    if kind == LEGACY:
        v = quantity(raw, "v")
        body = [nonce, integer_bytes(quantity(raw, "gasPrice")), gas, *target]
        # EIP-155: v tells the chain's id, which was then signed too.
        chain = [integer_bytes((v - 35) // 2), b"", b""] if v >= 35 else []
        whole = encode_rlp([*body, integer_bytes(v), r, s])
        unsigned = encode_rlp([*body, *chain])
        return Encoding(whole, keccak(unsigned), _signature(r, s, (v - 35) % 2 if v >= 35 else v - 27))
    parity = quantity(raw, "v" if raw.get("yParity") is None else "yParity")
    body = [integer_bytes(quantity(raw, "chainId")), nonce, *_fees(raw, kind), gas, *target, _access_list(raw)]
    if kind == BLOB:
        body += [integer_bytes(quantity(raw, "maxFeePerBlobGas")), _hashes(raw, "blobVersionedHashes")]
    elif kind == SET_CODE:
        body.append(_authorisations(raw))
    whole = _typed(kind, [*body, integer_bytes(parity), r, s])
    return Encoding(whole, keccak(_typed(kind, body)), _signature(r, s, parity))


def signer(encoding: Encoding) -> bytes | None:
    """Address that signed; None where the signature is none."""
    if encoding.signing_hash is None:
        return None
    try:
        key = coincurve.PublicKey.from_signature_and_message(encoding.signature, encoding.signing_hash, hasher=None)
    except ValueError:  # what coincurve raises of whatever is no signature
        return None
    return keccak(key.format(compressed=False)[1:])[12:]


def price_wei(raw: Mapping[str, Any], base_fee_wei: int) -> int:
    """Paid per gas, by the fields that the type's bytes hold.

    Raises:
        ValueError: one of them is missing or malformed; names it.
    """
    kind = type_of(raw)
    if kind == _DEPOSIT:
        return 0
    if kind in (LEGACY, ACCESS_LIST):
        return quantity(raw, "gasPrice")
    return min(quantity(raw, "maxFeePerGas"), base_fee_wei + quantity(raw, "maxPriorityFeePerGas"))


def is_bookkeeping(parsed: Transaction) -> bool:
    """Whether it is of nobody to nobody: how Polygon shows the state it synchronises, beside the block's own list."""
    return parsed.sender == _NOBODY and parsed.receiver == _NOBODY


def _typed(kind: int, fields: list[Any]) -> bytes:
    return bytes([kind]) + encode_rlp(fields)


def _fees(raw: Mapping[str, Any], kind: int) -> list[bytes]:
    names = ("gasPrice",) if kind == ACCESS_LIST else ("maxPriorityFeePerGas", "maxFeePerGas")
    return [integer_bytes(quantity(raw, name)) for name in names]


def _signature(r: bytes, s: bytes, recovery: int) -> bytes:
    return r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes([recovery & 0xFF])


def _access_list(raw: Mapping[str, Any]) -> list[Any]:
    entries = raw.get("accessList") or ()
    # eth-tester leaves the names inside as its library has them.
    return [
        [data(entry, "address"), _hashes(entry, "storageKeys" if "storageKeys" in entry else "storage_keys")]
        for entry in entries
    ]


def _hashes(raw: Mapping[str, Any], name: str) -> list[bytes]:
    values = raw.get(name)
    if not isinstance(values, list | tuple):
        raise ValueError(f"field {name!r} is no list")
    return [data({name: value}, name) for value in values]


def _authorisations(raw: Mapping[str, Any]) -> list[Any]:
    return [
        [
            integer_bytes(quantity(entry, "chainId")),
            data(entry, "address"),
            *(
                integer_bytes(quantity(entry, name))
                for name in ("nonce", "yParity" if entry.get("yParity") is not None else "v", "r", "s")
            ),
        ]
        for entry in raw.get("authorizationList") or ()
    ]
