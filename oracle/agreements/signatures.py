"""What parties and witnesses sign with a key of theirs, and how it is checked."""

from dataclasses import dataclass
from typing import Any

from oracle.agreements.erc20 import PermitTerms
from oracle.errors import InputError
from oracle.plans import signing
from oracle.plans.plan import Plan
from oracle.report.signer import Signer
from oracle.report.signing import CompactSignature, compact, signer_of

_COMPACT_BYTES, _BYTES = 64, 65  # EIP-2098; r, s, v
_S_MASK = (1 << 255) - 1
_PERMIT = {
    "owner": "address",
    "spender": "address",
    "value": "uint256",
    "nonce": "uint256",
    "deadline": "uint256",
}


class NotSigned(InputError):
    """A signature is missing, malformed, or not that of who should have signed."""


@dataclass(frozen=True)
class Place:
    """One contract on one chain: what is signed is good there alone."""

    chain_id: int
    contract: str


@dataclass(frozen=True)
class Permit:
    """Lets a contract draw an amount from the signer (ERC-2612)."""

    deadline_seconds: int
    v: int
    r: bytes  # 32 bytes, as s
    s: bytes

    def arguments(self) -> tuple[Any, ...]:
        """As the contract takes it."""
        return (self.deadline_seconds, self.v, self.r, self.s)

    def as_json(self) -> dict[str, Any]:
        """To be sent."""
        return {"deadline": self.deadline_seconds, "v": self.v, "r": _shown(self.r), "s": _shown(self.s)}


_NO_PERMIT = Permit(0, 0, bytes(32), bytes(32))


@dataclass(frozen=True)
class Joining:
    """How one party joins a plan, or agrees to an amendment."""

    party: int
    signature: bytes  # 65 bytes, or what a wallet of code takes
    permit: Permit | None = None

    def arguments(self) -> tuple[Any, ...]:
        """As the contract takes it."""
        return (self.party, self.signature, (self.permit or _NO_PERMIT).arguments())

    def as_json(self) -> dict[str, Any]:
        """To be sent."""
        permit = None if self.permit is None else self.permit.as_json()
        return {"party": self.party, "signature": _shown(self.signature), "permit": permit}


@dataclass(frozen=True)
class Attestation:
    """That a witness saw a step done."""

    party: int
    signature: bytes

    def arguments(self) -> tuple[Any, ...]:
        """As the contract takes it."""
        return (self.party, self.signature)

    def as_json(self) -> dict[str, Any]:
        """To be sent."""
        return {"party": self.party, "signature": _shown(self.signature)}


def sign_plan(plan: Plan, signer: Signer, place: Place, permit: Permit | None = None) -> Joining:
    """The signature by which a party joins a plan.

    Raises:
        NotSigned: the key is no party's.
        SignerFailed: the key is not in this process, and what holds it did not sign.
    """
    document = signing.plan_document(plan, chain_id=place.chain_id, book=place.contract)
    return Joining(party_of(plan, signer), signature_of(document, signer), permit)


def sign_amendment(
    plan: Plan, step: int, replacement: Plan, signer: Signer, place: Place, permit: Permit | None = None
) -> Joining:
    """The signature by which a party agrees to replace a plan that stands at `step`.

    Raises:
        NotSigned: the key is no party's.
        SignerFailed: the key is not in this process, and what holds it did not sign.
    """
    document = amendment_document(plan, step, replacement, place)
    return Joining(party_of(plan, signer), signature_of(document, signer), permit)


def sign_attestation(plan: Plan, step: int, evidence: bytes, signer: Signer, place: Place) -> Attestation:
    """The signature of a witness over a step and its evidence, 32 bytes.

    Raises:
        NotSigned: the key is no party's.
        SignerFailed: the key is not in this process, and what holds it did not sign.
    """
    document = attestation_document(plan, step, evidence, place)
    return Attestation(party_of(plan, signer), signature_of(document, signer))


def sign_permit(terms: PermitTerms, signer: Signer, spender: str, amount: int, deadline_seconds: int) -> Permit:
    """A permit by which `spender` draws an amount from the signer.

    Args:
        terms: What the token wants of the signer's next permit.
        signer: Who holds the amount.
        spender: The contract.
        amount: In units of the token; the contract asks for exactly what it draws.
        deadline_seconds: Timestamp until which it is good.

    Raises:
        SignerFailed: the key is not in this process, and what holds it did not sign.
    """
    message = {
        "owner": signer.address,
        "spender": spender,
        "value": amount,
        "nonce": terms.nonce,
        "deadline": deadline_seconds,
    }
    document = signing.typed_document(
        terms.name,
        "Permit",
        {"Permit": _PERMIT},
        message,
        chain_id=terms.chain_id,
        contract=terms.token,
    )
    document["domain"]["version"] = terms.version
    signature = signature_of(document, signer)
    return Permit(deadline_seconds, v=signature[64], r=signature[:32], s=signature[32:64])


def amendment_document(plan: Plan, step: int, replacement: Plan, place: Place) -> dict[str, Any]:
    """What all sign to replace a plan that stands at `step`."""
    return signing.amendment_document(
        signing.plan_id(plan), step, replacement, chain_id=place.chain_id, book=place.contract
    )


def attestation_document(plan: Plan, step: int, evidence: bytes, place: Place) -> dict[str, Any]:
    """What a witness signs."""
    return signing.attestation_document(
        signing.plan_id(plan), step, evidence, chain_id=place.chain_id, book=place.contract
    )


def party_of(plan: Plan, signer: Signer) -> int:
    """The index of the party whose key this is.

    Raises:
        NotSigned: it is no party's.
    """
    for index, account in enumerate(plan.parties):
        if account.lower() == signer.address.lower():
            return index
    raise NotSigned(f"the key of {signer.address} is no party's; give that of one of {', '.join(plan.parties)}")


def signature_of(document: dict[str, Any], signer: Signer) -> bytes:
    """A key's signature of an EIP-712 document: r, s, v, 65 bytes, checked.

    Raises:
        NotSigned: what holds the key signed something else.
        SignerFailed: the key is not in this process, and what holds it did not sign.
    """
    signature = bytes(signer.sign_typed_data(full_message=document).signature)
    check_signature(document, signature, signer.address, signer.address)
    return signature


def check_signature(document: dict[str, Any], signature: bytes, account: str, who: str) -> None:
    """See that a signature of a document is that of the key of an account, in the one form that cannot be varied.

    Args:
        document: EIP-712.
        signature: 65 bytes (r, s, v) or 64 (EIP-2098).
        account: Whose it must be.
        who: The account in words.

    Raises:
        NotSigned: it is another's, or of something else, or of no form of these.
    """
    made_by = signer_of(signing.digest(document), _compact(signature, who))
    if made_by is None or made_by.lower() != account.lower():
        kind = document["primaryType"]
        raise NotSigned(
            f"the signature of {who} is not by its key over this very {kind} for {document['domain']['name']} "
            f"{document['domain']['verifyingContract']} on chain {document['domain']['chainId']}; have it sign anew"
        )


def _compact(signature: bytes, who: str) -> CompactSignature:
    """A signature in its one form.

    Raises:
        NotSigned: it has none.
    """
    if len(signature) == _COMPACT_BYTES:
        vs = int.from_bytes(signature[32:], "big")
        r, s, v = signature[:32], vs & _S_MASK, 27 + (vs >> 255)
    elif len(signature) == _BYTES and signature[64] in (27, 28):
        r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    else:
        raise NotSigned(f"the signature of {who} is not of 65 bytes that end in 27 or 28, nor of 64; have it sign anew")
    try:
        return compact(int.from_bytes(r, "big"), s, v)
    except ValueError:
        raise NotSigned(
            f"the signature of {who} has a high s, so that anyone can make a second one of it; have it sign anew"
        ) from None


def _shown(value: bytes) -> str:
    return "0x" + value.hex()
