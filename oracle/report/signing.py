"""The report as EIP-712 typed data, and k-of-n compact signatures over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from oracle.errors import SettingsError
from oracle.formulas.lanes import pack, phi_hash
from oracle.report.signer import Signer

_REPORT_FIELDS = [
    {"name": "epoch", "type": "uint64"},
    {"name": "fromBlock", "type": "uint64"},
    {"name": "toBlock", "type": "uint64"},
    {"name": "deadline", "type": "uint64"},
    {"name": "windowHash", "type": "bytes32"},
    {"name": "modelHash", "type": "bytes32"},
    {"name": "phiHash", "type": "bytes32"},
]
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@dataclass(frozen=True)
class Report:
    """PhiReport, as operators sign it."""

    epoch: int
    from_block: int
    to_block: int
    deadline: int  # seconds since 1970
    window_hash: bytes
    model_hash: bytes
    phi_hash: bytes


@dataclass(frozen=True)
class CompactSignature:
    """EIP-2098: r, and s with the parity in its top bit. 32 bytes each."""

    r: bytes
    vs: bytes


@dataclass(frozen=True)
class SignedReport:
    """A report with its phi and the signatures of operators, ascending by index."""

    report: Report
    phi_words: tuple[int, ...]
    signers: tuple[int, ...]  # operator indices, ascending
    signatures: tuple[CompactSignature, ...]


def typed_data(report: Report, *, chain_id: int, oracle_address: str) -> dict[str, Any]:
    """The EIP-712 document: domain {PhiOracle, 1, chain id, contract} and the report."""
    message = {
        "epoch": report.epoch,
        "fromBlock": report.from_block,
        "toBlock": report.to_block,
        "deadline": report.deadline,
        "windowHash": report.window_hash,
        "modelHash": report.model_hash,
        "phiHash": report.phi_hash,
    }
    return document("PhiReport", _REPORT_FIELDS, message, chain_id=chain_id, oracle_address=oracle_address)


def document(
    primary_type: str,
    fields: list[dict[str, str]],
    message: dict[str, Any],
    *,
    chain_id: int,
    oracle_address: str,
    name: str = "PhiOracle",
) -> dict[str, Any]:
    """An EIP-712 document in the domain of one contract: a PhiOracle, or another of this project by its `name`."""
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            primary_type: fields,
        },
        "primaryType": primary_type,
        "domain": {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": oracle_address},
        "message": message,
    }


def digest(report: Report, *, chain_id: int, oracle_address: str) -> bytes:
    """The 32 bytes that operators sign."""
    return digest_of(typed_data(report, chain_id=chain_id, oracle_address=oracle_address))


def digest_of(full_message: dict[str, Any]) -> bytes:
    """The 32 bytes that stand for an EIP-712 document."""
    message = encode_typed_data(full_message=full_message)
    return bytes(keccak(b"\x19" + message.version + message.header + message.body))


def compact(r: int, s: int, v: int) -> CompactSignature:
    """EIP-2098 form of a signature.

    Raises:
        ValueError: s is in the upper half of the order; such signatures are malleable and the contract refuses them.
    """
    if not 0 < s <= _HALF_ORDER:
        raise ValueError("signature has a high s; normalise it before packing")
    return CompactSignature(r=r.to_bytes(32, "big"), vs=(s | ((v - 27) << 255)).to_bytes(32, "big"))


def sign_report(
    report: Report,
    lanes: Sequence[int],
    *,
    committee: Mapping[int, Signer],
    threshold: int,
    chain_id: int,
    oracle_address: str,
) -> SignedReport:
    """Sign with the first `threshold` members of the committee, in operator order.

    Args:
        report: Its phiHash must be that of `lanes`.
        lanes: One lane per node.
        committee: Keys held here, by operator index.
        threshold: Number of signatures that the contract demands.
        chain_id: Chain the report is good for.
        oracle_address: Contract the report is good for.

    Raises:
        SettingsError: fewer operator keys are held than the threshold asks for.
        ValueError: the report commits to other lanes.
    """
    if len(committee) < threshold:
        raise SettingsError(
            f"{len(committee)} operator keys are held but the contract asks for {threshold} signatures; "
            "give the keys of that many operators"
        )
    signers = sorted(committee)[:threshold]
    signatures = sign_document(
        typed_data(report, chain_id=chain_id, oracle_address=oracle_address), [committee[index] for index in signers]
    )
    return assemble(report, lanes, dict(zip(signers, signatures, strict=True)), threshold=threshold)


def assemble(
    report: Report, lanes: Sequence[int], signatures: Mapping[int, CompactSignature], *, threshold: int
) -> SignedReport:
    """A report with the first `threshold` of its signatures, given by operator index.

    Raises:
        ValueError: the report commits to other lanes, or there are too few signatures.
    """
    words = pack(lanes)
    if phi_hash(words) != report.phi_hash:
        raise ValueError("the report's phiHash is not that of the lanes given")
    if len(signatures) < threshold:
        raise ValueError(f"{len(signatures)} signatures are fewer than the {threshold} that the contract asks for")
    signers = tuple(sorted(signatures)[:threshold])
    return SignedReport(
        report=report,
        phi_words=tuple(words),
        signers=signers,
        signatures=tuple(signatures[index] for index in signers),
    )


def sign_document(full_message: dict[str, Any], signers: Sequence[Signer]) -> tuple[CompactSignature, ...]:
    """Compact signatures of an EIP-712 document, in the order of the signers.

    Raises:
        SignerFailed: one of them, which is not in this process, did not sign.
    """
    signed = [signer.sign_typed_data(full_message=full_message) for signer in signers]
    return tuple(compact(signature.r, signature.s, signature.v) for signature in signed)


def signer_of(digest_: bytes, signature: CompactSignature) -> str | None:
    """The address whose key made a signature of a digest, checksummed; None where no key can have."""
    vs = int.from_bytes(signature.vs, "big")
    try:
        made = Signature(vrs=(vs >> 255, int.from_bytes(signature.r, "big"), vs & ((1 << 255) - 1)))
        return str(made.recover_public_key_from_msg_hash(digest_).to_checksum_address())
    except (BadSignature, ValidationError):
        return None
