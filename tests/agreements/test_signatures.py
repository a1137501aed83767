"""What parties sign and send to each other: checked by the key, in the one form that cannot be varied."""

import json
from dataclasses import replace
from typing import Any

import pytest

from oracle.agreements.received import attestation_of, joining_of
from oracle.agreements.signatures import (
    Joining,
    NotSigned,
    Permit,
    Place,
    check_signature,
    sign_attestation,
    sign_plan,
)
from oracle.plans import signing
from oracle.report.signing import compact
from tests.agreements.stage import BUYER_KEY, JUDGE_KEY, SELLER_KEY
from tests.contracts.plan_stage import sale

PLACE = Place(31_337, "0x" + "12" * 20)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
PERMIT = Permit(deadline_seconds=1_900_000_000, v=28, r=b"\x01" * 32, s=b"\x02" * 32)


def _document() -> dict[str, Any]:
    return signing.plan_document(sale(), chain_id=PLACE.chain_id, book=PLACE.contract)


def test_a_party_signs_by_its_index_and_nobody_else_can() -> None:
    joining = sign_plan(sale(), BUYER_KEY, PLACE)
    assert joining.party == 2
    check_signature(_document(), joining.signature, BUYER_KEY.address, "the buyer")
    with pytest.raises(NotSigned, match=f"the key of {JUDGE_KEY.address} is no party's; give that of one of 0x"):
        sign_plan(sale(), JUDGE_KEY, PLACE)


def test_what_a_party_sends_is_read_back_as_it_was() -> None:
    joining = sign_plan(sale(), BUYER_KEY, PLACE)
    for sent in (joining, replace(joining, permit=PERMIT)):
        assert joining_of(json.loads(json.dumps(sent.as_json()))) == sent
    assert set(joining.as_json()) == {"party", "signature", "permit"}
    assert joining.as_json()["permit"] is None
    attestation = sign_attestation(sale(), 1, b"\x09" * 32, SELLER_KEY, PLACE)
    assert attestation_of(json.loads(json.dumps(attestation.as_json()))) == attestation


def test_both_forms_of_a_signature_are_taken() -> None:
    signature = sign_plan(sale(), SELLER_KEY, PLACE).signature
    r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
    short = compact(r, s, signature[64])
    check_signature(_document(), short.r + short.vs, SELLER_KEY.address, "the seller")


def test_a_signature_with_a_high_s_is_refused() -> None:
    """The contract would take it: with both forms anyone could make a second signature of one."""
    signature = sign_plan(sale(), SELLER_KEY, PLACE).signature
    s = ORDER - int.from_bytes(signature[32:64], "big")
    high = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    with pytest.raises(NotSigned, match="the signature of the seller has a high s"):
        check_signature(_document(), high, SELLER_KEY.address, "the seller")


@pytest.mark.parametrize("signature", [b"", b"\x01" * 63, b"\x01" * 65, b"\x01" * 66])
def test_what_has_no_form_of_a_signature_is_refused(signature: bytes) -> None:
    with pytest.raises(NotSigned, match="the signature of the seller is not of 65 bytes that end in 27 or 28, nor of"):
        check_signature(_document(), signature, SELLER_KEY.address, "the seller")


def test_a_signature_that_no_key_can_have_made_is_refused() -> None:
    none = b"\xff" * 32 + b"\x01" * 32 + b"\x1b"
    with pytest.raises(NotSigned, match="the signature of the seller is not by its key"):
        check_signature(_document(), none, SELLER_KEY.address, "the seller")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ([], "JSON object of party, signature, permit alone"),
        ({"party": 1, "signature": "0x"}, "JSON object of party, signature, permit alone"),
        ({"party": 1, "signature": "0x", "permit": None, "more": 1}, "JSON object of party, signature, permit alone"),
        ({"party": -1, "signature": "0x", "permit": None}, "party -1 in what a party sent is no whole number"),
        ({"party": True, "signature": "0x", "permit": None}, "party True in what a party sent is no whole number"),
        ({"party": 1, "signature": "0x1", "permit": None}, "signature in what a party sent is no 0x and hexadecimal"),
        ({"party": 1, "signature": 5, "permit": None}, "signature in what a party sent is no 0x and hexadecimal"),
        ({"party": 1, "signature": "0x", "permit": {"v": 27}}, "JSON object of deadline, v, r, s alone"),
        ({"party": 1, "signature": "0x", "permit": {"deadline": 1, "v": 27, "r": "0x", "s": None}}, "s in what a"),
    ],
)
def test_what_is_malformed_is_named(raw: object, said: str) -> None:
    with pytest.raises(NotSigned, match=said):
        joining_of(raw)


def test_a_joining_without_a_permit_brings_an_empty_one() -> None:
    assert Joining(1, b"").arguments() == (1, b"", (0, 0, bytes(32), bytes(32)))
    assert Joining(1, b"", PERMIT).arguments()[2] == (1_900_000_000, 28, b"\x01" * 32, b"\x02" * 32)
