"""Reports signed by libsecp256k1 itself: a digest and a signature take microseconds.

`test_machine.py::test_the_fast_digest_is_the_contracts` holds the digest equal to the product's and the contract's.
"""

from collections.abc import Sequence
from dataclasses import astuple
from functools import cache
from typing import Any

from coincurve import PrivateKey
from eth_hash.auto import keccak

from oracle.report.signing import Report

Signature = tuple[bytes, bytes]

_REPORT_TYPE = bytes(
    keccak(
        b"PhiReport(uint64 epoch,uint64 fromBlock,uint64 toBlock,uint64 deadline,"
        b"bytes32 windowHash,bytes32 modelHash,bytes32 phiHash)"
    )
)
_DOMAIN_TYPE = bytes(keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))


@cache
def key(number: int) -> PrivateKey:
    """The private key that is `number`."""
    return PrivateKey(number.to_bytes(32, "big"))


@cache
def address(number: int) -> str:
    """The address of private key `number`, in lower case."""
    public: bytes = key(number).public_key.format(compressed=False)
    return "0x" + bytes(keccak(public[1:]))[-20:].hex()


@cache
def domain(chain_id: int, contract: str) -> bytes:
    """The EIP-712 domain separator."""
    return bytes(
        keccak(
            _DOMAIN_TYPE
            + keccak(b"PhiOracle")
            + keccak(b"1")
            + chain_id.to_bytes(32, "big")
            + bytes.fromhex(contract[2:]).rjust(32, b"\0")
        )
    )


def report_words(report: Report) -> bytes:
    """The seven fields, 32 bytes each, as calldata and digest have them."""
    fields: tuple[Any, ...] = astuple(report)
    return b"".join(field if isinstance(field, bytes) else field.to_bytes(32, "big") for field in fields)


def digest(report: Report, *, chain_id: int, contract: str) -> bytes:
    """The 32 bytes that operators sign."""
    return bytes(keccak(b"\x19\x01" + domain(chain_id, contract) + keccak(_REPORT_TYPE + report_words(report))))


def sign(message: bytes, number: int) -> Signature:
    """EIP-2098 signature of a digest by private key `number`; libsecp256k1 gives low s."""
    made: bytes = key(number).sign_recoverable(message, hasher=None)
    return made[:32], bytes([made[32] | made[64] << 7]) + made[33:64]


def sign_all(report: Report, numbers: Sequence[int], *, chain_id: int, contract: str) -> list[Signature]:
    """Signatures by several keys, in their order."""
    message = digest(report, chain_id=chain_id, contract=contract)
    return [sign(message, number) for number in numbers]
