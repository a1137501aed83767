"""Who must sign a report, in which order and form; and that a signature is good for every field of it and no other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_typing import Hash32

from oracle.formulas.lanes import pack, phi_hash
from oracle.report.signing import CompactSignature, Report, SignedReport, compact, digest, typed_data
from tests.contracts.recovery import ORDER, malleable_pair, packed, recovered
from tests.contracts.stage import LIMITS, NODE_COUNT, STRANGER, WIDE, Stage, account

LANES = [50 * node - 500 for node in range(NODE_COUNT)]


def _digest(stage: Stage, report: Report) -> bytes:
    return digest(report, chain_id=stage.chain.chain_id, oracle_address=stage.oracle.address)


def _resigned(signed: SignedReport, *signatures: CompactSignature) -> SignedReport:
    return replace(signed, signatures=signatures)


def _set_operators(stage: Stage, addresses: list[str], threshold: int) -> None:
    stage.send(stage.oracle.functions.setOperators(addresses, threshold))


# How many, and who


@pytest.mark.parametrize(
    ("signers", "bitmap"),
    [((0, 1, 2), 0b00111), ((2, 3, 4), 0b11100), ((0, 2, 4), 0b10101), ((0, 1, 3, 4), 0b11011), (range(5), 0b11111)],
)
def test_takes_any_operators_from_the_threshold_up_and_names_them(
    stage: Stage, signers: tuple[int, ...], bitmap: int
) -> None:
    stage.space()
    receipt = stage.send(stage.submission(stage.signed(LANES, signers=signers)))
    assert stage.events(receipt)[-1].arguments["signers"] == bitmap


@pytest.mark.parametrize("signers", [(), (0,), (3, 4)])
def test_refuses_fewer_than_the_threshold(stage: Stage, signers: tuple[int, ...]) -> None:
    stage.space()
    call = stage.submission(stage.signed(LANES, signers=signers))
    stage.assert_reverts(call, "TooFewSignatures", len(signers), 3)


def test_one_signature_serves_a_threshold_of_one(stage: Stage) -> None:
    stage.operators = stage.operators[4:]
    _set_operators(stage, [stage.operators[0].address], 1)
    stage.space()
    receipt = stage.send(stage.submission(stage.signed(LANES, signers=(0,))))
    assert stage.events(receipt)[-1].arguments["signers"] == 0b1


def test_the_largest_committee_signs_whole(stage: Stage) -> None:
    stage.operators = tuple(account(3000 + index) for index in range(31))
    _set_operators(stage, [operator.address for operator in stage.operators], 31)
    stage.space()
    receipt = stage.send(stage.submission(stage.signed(LANES, signers=range(31))))
    assert stage.events(receipt)[-1].arguments["signers"] == (1 << 31) - 1


@pytest.mark.parametrize("position", [0, 1, 2, 3])
def test_refuses_a_signer_who_is_no_operator(stage: Stage, position: int) -> None:
    """Also beyond the threshold: a signature is good or the report is not."""
    stage.space()
    signed = stage.signed(LANES, signers=(0, 1, 2, 3))
    document = typed_data(signed.report, chain_id=stage.chain.chain_id, oracle_address=stage.oracle.address)
    foreign = Account.sign_message(encode_typed_data(full_message=document), STRANGER.key)
    signatures = list(signed.signatures)
    signatures[position] = compact(foreign.r, foreign.s, foreign.v)
    call = stage.submission(_resigned(signed, *signatures))
    stage.assert_reverts(call, "NotOperator", position, STRANGER.address)


def test_a_removed_operator_counts_no_more(stage: Stage) -> None:
    stage.space()
    signed = stage.signed(LANES)
    removed = stage.operators[2].address
    _set_operators(stage, [stage.operators[index].address for index in (0, 1, 3, 4)], 3)
    stage.assert_reverts(stage.submission(signed), "NotOperator", 2, removed)
    stage.operators = tuple(stage.operators[index] for index in (0, 1, 3, 4))
    stage.apply(LANES)


def test_a_former_index_means_nothing_after_a_change(stage: Stage) -> None:
    """The same people in reverse order: what was ascending is no more."""
    stage.space()
    signed = stage.signed(LANES)
    _set_operators(stage, [operator.address for operator in reversed(stage.operators)], 3)
    stage.assert_reverts(stage.submission(signed), "SignersNotAscending", 1, 3, 4)
    receipt = stage.send(stage.submission(_resigned(signed, *reversed(signed.signatures))))
    assert stage.events(receipt)[-1].arguments["signers"] == 0b11100


# Order


def test_refuses_operators_out_of_order(stage: Stage) -> None:
    stage.space()
    signed = stage.signed(LANES)
    first, second, third = signed.signatures
    stage.assert_reverts(stage.submission(_resigned(signed, second, first, third)), "SignersNotAscending", 1, 0, 1)
    stage.assert_reverts(stage.submission(_resigned(signed, first, third, second)), "SignersNotAscending", 2, 1, 2)


def test_refuses_an_operator_twice(stage: Stage) -> None:
    stage.space()
    signed = stage.signed(LANES)
    first, second, _ = signed.signatures
    stage.assert_reverts(stage.submission(_resigned(signed, first, first, second)), "SignersNotAscending", 1, 0, 0)
    stage.assert_reverts(stage.submission(_resigned(signed, first, second, second)), "SignersNotAscending", 2, 1, 1)


# Form


def test_refuses_the_mirrored_signature_that_recovers_to_the_same_operator(stage: Stage) -> None:
    """High s that fits EIP-2098's 255 bits, and that plain ecrecover would take."""
    stage.space()
    stage.mine()
    report = stage.report(LANES)
    signed_digest = _digest(stage, report)
    key, low, high = malleable_pair(signed_digest)
    assert recovered(high, signed_digest) == recovered(low, signed_digest)
    _set_operators(stage, [key.public_key.to_checksum_address()], 1)
    words = tuple(pack(LANES))
    call = stage.submission(SignedReport(report=report, phi_words=words, signers=(0,), signatures=(high,)))
    stage.assert_reverts(call, "InvalidSignature", 0)
    stage.send(stage.submission(SignedReport(report=report, phi_words=words, signers=(0,), signatures=(low,))))


def test_refuses_a_flipped_parity(stage: Stage) -> None:
    stage.space()
    signed = stage.signed(LANES)
    first, second, third = signed.signatures
    flipped = replace(second, vs=(int.from_bytes(second.vs, "big") ^ 1 << 255).to_bytes(32, "big"))
    other = recovered(flipped, _digest(stage, signed.report))
    stage.assert_reverts(stage.submission(_resigned(signed, first, flipped, third)), "NotOperator", 1, other)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 1), (1, 0), (0, 0), (ORDER, 1), (1, ORDER // 2 + 1), (1, (1 << 255) - 1)],
    ids=["r zero", "s zero", "both zero", "r the order", "s one above half the order", "s the largest"],
)
def test_refuses_a_signature_that_is_none(stage: Stage, position: int, r: int, s: int) -> None:
    stage.space()
    signed = stage.signed(LANES)
    signatures = list(signed.signatures)
    signatures[position] = packed(r, s, 0)
    stage.assert_reverts(stage.submission(_resigned(signed, *signatures)), "InvalidSignature", position)


# What is signed

_OTHER = bytes(keccak(b"other"))
_MUTATIONS: dict[str, Callable[[Report], Report]] = {
    "epoch": lambda report: replace(report, epoch=report.epoch + 1),
    "fromBlock": lambda report: replace(report, from_block=report.from_block + 1),
    "toBlock": lambda report: replace(report, to_block=report.to_block - 1),
    "deadline": lambda report: replace(report, deadline=report.deadline + 1),
    "windowHash": lambda report: replace(report, window_hash=_OTHER),
    "modelHash": lambda report: replace(report, model_hash=_OTHER),
    "phiHash": lambda report: replace(report, phi_hash=phi_hash([1, 0])),
}


@pytest.mark.parametrize("field", _MUTATIONS)
def test_a_signature_covers_every_field(stage: Stage, field: str) -> None:
    """The operators signed a report that differs in one field; what is submitted is valid in all but that."""
    stage.space()
    report = stage.report(LANES)
    other = _MUTATIONS[field](report)
    lanes = [1, *[0] * (NODE_COUNT - 1)] if field == "phiHash" else LANES
    signatures = stage.sign(other, lanes).signatures
    signed = SignedReport(report=report, phi_words=tuple(pack(LANES)), signers=(0, 1, 2), signatures=signatures)
    stage.assert_reverts(stage.submission(signed), "NotOperator", 0, recovered(signatures[0], _digest(stage, report)))


@pytest.mark.parametrize(
    "change",
    [{"name": "PhiOracles"}, {"version": "2"}, {"chainId": 1}, {"verifyingContract": "0x" + "11" * 20}],
    ids=lambda change: next(iter(change)),
)
def test_a_signature_covers_every_part_of_the_domain(stage: Stage, change: dict[str, Any]) -> None:
    stage.space()
    signed = stage.signed(LANES)
    document = typed_data(signed.report, chain_id=stage.chain.chain_id, oracle_address=stage.oracle.address)
    document["domain"] |= change
    signatures = []
    for operator in stage.operators[:3]:
        made = Account.sign_message(encode_typed_data(full_message=document), operator.key)
        signatures.append(compact(made.r, made.s, made.v))
    seen = recovered(signatures[0], _digest(stage, signed.report))
    stage.assert_reverts(stage.submission(_resigned(signed, *signatures)), "NotOperator", 0, seen)


def test_a_personal_message_over_the_digest_is_no_report(stage: Stage) -> None:
    """What a wallet signs as text (EIP-191, version 0x45) can never pass for a report."""
    stage.space()
    signed = stage.signed(LANES)
    seen = _digest(stage, signed.report)
    prefixed = bytes(keccak(b"\x19Ethereum Signed Message:\n32" + seen))
    signatures = []
    for operator in stage.operators[:3]:
        made = operator.unsafe_sign_hash(Hash32(prefixed))
        signatures.append(compact(made.r, made.s, made.v))
    call = stage.submission(_resigned(signed, *signatures))
    stage.assert_reverts(call, "NotOperator", 0, recovered(signatures[0], seen))


def test_operators_may_sign_what_the_limits_forbid_and_it_is_refused_all_the_same(stage: Stage) -> None:
    """Even all of them together are held to the owner's bounds."""
    stage.set_limits(replace(WIDE, max_phi_lane=LIMITS.max_phi_lane))
    stage.space()
    call = stage.submission(stage.signed([6001] * NODE_COUNT, signers=range(5)))
    stage.assert_reverts(call, "PhiTooLarge", 0, 6001, 6000)
