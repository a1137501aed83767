import pytest
from eth_account import Account
from eth_keys.datatypes import Signature

from oracle.errors import SettingsError
from oracle.formulas.lanes import pack, phi_hash
from oracle.report.signing import CompactSignature, Report, compact, digest, sign_report, typed_data
from oracle.workload.calls import workload_accounts
from tests.report.by_hand import digest_by_hand

ADDRESS = "0x" + "22" * 20
ACCOUNTS = workload_accounts(b"committee", 5)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
LANES = [1, -2, 3]
REPORT = Report(
    epoch=1,
    from_block=2,
    to_block=3,
    deadline=4,
    window_hash=b"\x05" * 32,
    model_hash=b"\x06" * 32,
    phi_hash=phi_hash(pack(LANES)),
)


def test_signers_are_the_first_of_the_committee_in_operator_order() -> None:
    committee = {4: ACCOUNTS[4], 0: ACCOUNTS[0], 2: ACCOUNTS[2]}
    signed = sign_report(REPORT, LANES, committee=committee, threshold=2, chain_id=7, oracle_address=ADDRESS)
    assert signed.signers == (0, 2)
    for index, signature in zip(signed.signers, signed.signatures, strict=True):
        vs = int.from_bytes(signature.vs, "big")
        recovered = Signature(vrs=(vs >> 255, int.from_bytes(signature.r, "big"), vs & ((1 << 255) - 1)))
        public = recovered.recover_public_key_from_msg_hash(digest(REPORT, chain_id=7, oracle_address=ADDRESS))
        assert public.to_checksum_address() == ACCOUNTS[index].address


def test_a_high_s_is_refused() -> None:
    signed = Account.unsafe_sign_hash(b"\x01" * 32, ACCOUNTS[0].key)
    assert compact(signed.r, signed.s, signed.v)
    with pytest.raises(ValueError, match=r"^signature has a high s; normalise it before packing$"):
        compact(signed.r, ORDER - signed.s, 55 - signed.v)


def test_s_lies_from_one_to_half_the_order() -> None:
    for s in (1, ORDER // 2):
        assert compact(1, s, 27).vs == s.to_bytes(32, "big")
        assert compact(1, s, 28).vs == (s + (1 << 255)).to_bytes(32, "big")
    for s in (0, ORDER // 2 + 1):
        with pytest.raises(ValueError, match="high s"):
            compact(1, s, 27)


def test_each_half_of_a_compact_signature_is_32_bytes_big_endian() -> None:
    assert compact(0x0102, 0x0304, 28) == CompactSignature(
        r=bytes(30) + b"\x01\x02", vs=b"\x80" + bytes(29) + b"\x03\x04"
    )


def test_a_signed_report_carries_the_report_and_its_words() -> None:
    signed = sign_report(REPORT, LANES, committee={3: ACCOUNTS[3]}, threshold=1, chain_id=7, oracle_address=ADDRESS)
    assert signed.report == REPORT
    assert signed.phi_words == tuple(pack(LANES))
    assert signed.signers == (3,)
    (signature,) = signed.signatures
    assert signature == compact(*_signature_by_hand())


def _signature_by_hand() -> tuple[int, int, int]:
    signed = Account.unsafe_sign_hash(digest(REPORT, chain_id=7, oracle_address=ADDRESS), ACCOUNTS[3].key)
    return signed.r, signed.s, signed.v


def test_too_few_keys_are_named() -> None:
    too_few = "1 operator keys are held but the contract asks for 2 signatures; give the keys of that many operators"
    with pytest.raises(SettingsError, match=f"^{too_few}$"):
        sign_report(REPORT, LANES, committee={0: ACCOUNTS[0]}, threshold=2, chain_id=7, oracle_address=ADDRESS)


def test_lanes_other_than_those_committed_to_are_not_signed() -> None:
    with pytest.raises(ValueError, match=r"^the report's phiHash is not that of the lanes given$"):
        sign_report(REPORT, [1, -2, 4], committee={0: ACCOUNTS[0]}, threshold=1, chain_id=7, oracle_address=ADDRESS)


@pytest.mark.parametrize(
    ("chain_id", "address"), [(8, ADDRESS), (7, "0x" + "23" * 20)], ids=["another chain", "another contract"]
)
def test_the_digest_is_bound_to_chain_and_contract(chain_id: int, address: str) -> None:
    assert digest(REPORT, chain_id=7, oracle_address=ADDRESS) != digest(
        REPORT, chain_id=chain_id, oracle_address=address
    )


def test_the_digest_is_that_of_eip_712_by_hand() -> None:
    kind = b"PhiReport(uint64 epoch,uint64 fromBlock,uint64 toBlock,uint64 deadline,"
    kind += b"bytes32 windowHash,bytes32 modelHash,bytes32 phiHash)"
    hashes = b"\x05" * 32 + b"\x06" * 32 + REPORT.phi_hash
    by_hand = digest_by_hand(kind, (1, 2, 3, 4), hashes, chain_id=7, address=ADDRESS)
    assert digest(REPORT, chain_id=7, oracle_address=ADDRESS) == by_hand


def test_the_document_is_whole_as_wallets_read_it() -> None:
    """They ask for the types of the domain too, which our own signing does not look at."""
    numbers = [{"name": name, "type": "uint64"} for name in ("epoch", "fromBlock", "toBlock", "deadline")]
    hashes = [{"name": name, "type": "bytes32"} for name in ("windowHash", "modelHash", "phiHash")]
    assert typed_data(REPORT, chain_id=7, oracle_address=ADDRESS) == {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "PhiReport": numbers + hashes,
        },
        "primaryType": "PhiReport",
        "domain": {"name": "PhiOracle", "version": "1", "chainId": 7, "verifyingContract": ADDRESS},
        "message": {
            "epoch": 1,
            "fromBlock": 2,
            "toBlock": 3,
            "deadline": 4,
            "windowHash": b"\x05" * 32,
            "modelHash": b"\x06" * 32,
            "phiHash": REPORT.phi_hash,
        },
    }
