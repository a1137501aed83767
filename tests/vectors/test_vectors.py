"""The vector files are what the code gives, and what README.md beside them says, by arithmetic of this file's own."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_keys.datatypes import PrivateKey, Signature
from mpmath import mp, mpf

from oracle.model.bundle import DEFAULT_BUNDLE
from oracle.model.encoder import DEFAULT_SOURCE, find_encoder
from tests.vectors.__main__ import FILES, text_of

FOLDER = Path(__file__).parent
WAD = 10**18


def read(name: str) -> dict[str, Any]:
    """A vector file, as anybody reads it."""
    content: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return content


def _bytes(text: str) -> bytes:
    assert re.fullmatch(r"0x([0-9a-f]{2})*", text), text
    return bytes.fromhex(text[2:])


def _named(cases: Sequence[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("name", FILES)
def test_the_code_gives_what_the_file_says(name: str) -> None:
    assert (FOLDER / name).read_text() == text_of(FILES[name]()), "meant to change? python -m tests.vectors"


def test_every_file_is_described_and_every_description_has_its_file() -> None:
    described = set(re.findall(r"^## `(\w+\.json)`", (FOLDER / "README.md").read_text(), flags=re.MULTILINE))
    assert described == {path.name for path in FOLDER.glob("*.json")} == set(FILES)


# lanes.json


@pytest.mark.parametrize("case", _named(read("lanes.json")["packing"]))
def test_lanes_lie_in_words_as_described(case: dict[str, Any]) -> None:
    lanes, words = case["lanes"], [int(word, 16) for word in case["words"]]
    assert len(words) == (len(lanes) + 15) // 16
    # Read one by one from the bytes, the last lane of a word first; what is left over is 0.
    phi = _bytes(case["phi"])
    assert phi == b"".join(_bytes(word) for word in case["words"])
    found = [
        int.from_bytes(phi[32 * word + 30 - 2 * lane :][:2], "big", signed=True)
        for word in range(len(words))
        for lane in range(16)
    ]
    assert found == lanes + [0] * (16 * len(words) - len(lanes))
    assert _bytes(case["phi_hash"]) == keccak(phi)
    assert [int(wad) * 2**15 for wad in case["phi_wad"]] == [lane * WAD for lane in lanes]


def test_lanes_halve_toward_zero() -> None:
    for case in read("lanes.json")["halving"]:
        expected = int(mpf(case["lane"]) / 2 ** case["times"])
        assert case["halved"] == expected, case


def test_theta_is_theta0_and_phi() -> None:
    for case in read("lanes.json")["theta"]:
        assert (int(case["theta_wad"]) - int(case["theta0_wad"])) * 2**15 == case["lane"] * WAD, case


# difficulty.json


def test_the_table_is_of_exponentials_to_the_nearest() -> None:
    table = read("difficulty.json")["table"]
    with mp.workdps(40):
        for i in range(256):
            assert abs(table["high"][i] - mp.exp(mpf(i - 128) / 128) * 2**42) <= 0.5, i
            assert abs(table["low"][i] - mp.exp(mpf(i) / 2**15) * 2**43) <= 0.5, i


def test_sum_and_p_are_those_of_the_table_and_near_the_exact_ones() -> None:
    content = read("difficulty.json")
    high, low = content["table"]["high"], content["table"]["low"]
    for case in content["cases"]:
        shifted = [lane + 2**15 for lane in case["lanes"]]
        total = sum(high[q >> 8] * low[q & 0xFF] for q in shifted)
        assert int(case["sum_exp_q85"]) == total
        assert int(case["sum_exp_wad"]) == total * WAD // 2**85
        assert int(case["p"]) == max(1, int(case["d"]) * WAD // int(case["sum_exp_wad"]))
        with mp.workdps(60):
            exact = mp.fsum(mp.exp(mpf(lane) / 2**15) for lane in case["lanes"])
            assert abs(mpf(case["sum_exp_exact"]) / exact - 1) < mpf(10) ** -39
            assert abs(mpf(int(case["sum_exp_wad"])) / WAD / exact - 1) < mpf(10) ** -12
            assert abs(int(case["p"]) - max(mpf(1), int(case["d"]) / exact)) < 1 + int(case["p"]) * mpf(10) ** -12


# asert.json


def _target(case: dict[str, str]) -> int:
    """By the specification's own steps, with floor division, and truncation where it asks for that."""
    late = int(case["time_diff_seconds"]) - int(case["interval_seconds"]) * (int(case["height_diff"]) + 1)
    scaled, half_life = late * 65536, int(case["half_life_seconds"])
    exponent = scaled // half_life if scaled >= 0 else -(-scaled // half_life)
    whole, part = divmod(exponent, 65536)
    factor = ((195766423245049 * part + 971821376 * part**2 + 5127 * part**3 + 2**47) // 2**48) + 65536
    target: int = int(case["anchor_target"]) * factor
    target = target * 2**whole // 65536 if whole >= 0 else target // (2**-whole * 65536)
    return max(1, min(target, int(case["max_target"])))


def test_targets_are_those_of_aserti3() -> None:
    for case in read("asert.json")["targets"]:
        assert int(case["target"]) == _target(case), case


def test_d_is_the_inverse_of_its_target() -> None:
    content = read("asert.json")
    anchor, most = content["anchor"], 2**256 - 1
    for case in content["schedule"]:
        target = _target(
            {
                "anchor_target": str(most // int(anchor["difficulty"])),
                "time_diff_seconds": case["timestamp_seconds"]
                - anchor["timestamp_seconds"]
                + anchor["interval_seconds"],
                "height_diff": case["height"] - anchor["height"],
                "interval_seconds": anchor["interval_seconds"],
                "half_life_seconds": anchor["half_life_seconds"],
                "max_target": str(most),
            }
        )
        assert int(case["d"]) == most // target, case
    assert content["schedule"][0]["d"] == content["schedule"][1]["d"] == anchor["difficulty"]


# window.json


def _rlp(item: int | bytes | list[Any]) -> bytes:
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefixed(0x80, item)
    return _prefixed(0xC0, b"".join(_rlp(each) for each in item))


def _prefixed(base: int, payload: bytes) -> bytes:
    if len(payload) < 56:
        return bytes([base + len(payload)]) + payload
    length = len(payload).to_bytes((len(payload).bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(length)]) + length + payload


@pytest.mark.parametrize("case", _named(read("window.json")["cases"]))
def test_canonical_bytes_are_those_of_the_description(case: dict[str, Any]) -> None:
    window = case["window"]
    backlog, rounds = window["backlog_transactions"], window["rounds"]
    expected = _rlp(
        [
            b"catalyst window 3",
            window["chain_id"],
            window["capacity_transactions"],
            window["interval_seconds"],
            [
                [
                    block["number"],
                    _bytes(block["hash"]),
                    block["timestamp_seconds"],
                    block["gas_used"],
                    block["gas_limit"],
                    [
                        [
                            _bytes(each["hash"]),
                            _bytes(each["sender"]),
                            _bytes(each["receiver"] or "0x"),
                            int(each["value_wei"]),
                            int(each["gas_price_wei"]),
                            each["gas_limit"],
                            _bytes(each["calldata"]),
                        ]
                        for each in block["transactions"]
                    ],
                ]
                for block in window["blocks"]
            ],
            [[int(node["theta0_wad"]), node["lane"] % 2**16, int(node["active"])] for node in window["nodes"]],
            [
                *(window["bounds"][name] for name in ("max_phi_lane", "max_step_lane")),
                *(int(window["bounds"][name]) for name in ("theta_min_wad", "theta_max_wad")),
            ],
            [window["cadence"]["epoch_blocks"], window["cadence"]["lag_blocks"]],
            [] if backlog is None else [backlog],
            []
            if rounds is None
            else [
                rounds["half_life_seconds"],
                [] if rounds["unit_seconds"] is None else [rounds["unit_seconds"]],
                [
                    [
                        each["chain_block"],
                        each["timestamp_seconds"],
                        each["node"],
                        int(each["difficulty"]),
                        int(each["base_difficulty"]),
                        each["offered"],
                        each["confirmed"],
                        int(each["gas_prices_wei"]),
                    ]
                    for each in rounds["won"]
                ],
            ],
        ]
    )
    assert _bytes(case["canonical_bytes"]) == expected
    assert _bytes(case["window_hash"]) == keccak(expected)


def test_no_two_windows_have_one_hash() -> None:
    hashes = [case["window_hash"] for case in read("window.json")["cases"]]
    assert len(set(hashes)) == len(hashes)


# model_hash.json


def test_the_bundles_hash_is_of_the_files_in_the_package() -> None:
    bundle = read("model_hash.json")["bundle"]
    encoder = find_encoder(DEFAULT_SOURCE)
    lines = []
    for file in bundle["files"]:
        folder, _, name = file["name"].rpartition("/")
        path = encoder / name if folder == "encoder" else DEFAULT_BUNDLE / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"], path
        lines.append(f"{file['sha256']}  {file['name']}\n")
    assert [file["name"] for file in bundle["files"]] == sorted(file["name"] for file in bundle["files"])
    assert _bytes(bundle["model_hash"]) == hashlib.sha256("".join(lines).encode()).digest()


def test_the_feedbacks_hash_is_of_its_text() -> None:
    feedback = read("model_hash.json")["feedback"]
    assert json.loads(feedback["text"]) == [feedback["name"], feedback["parameters"]]
    assert list(json.loads(feedback["text"])[1]) == sorted(feedback["parameters"])
    assert _bytes(feedback["model_hash"]) == keccak(feedback["text"].encode())


# report.json

_DOMAIN = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_REPORT = (
    b"PhiReport(uint64 epoch,uint64 fromBlock,uint64 toBlock,uint64 deadline,"
    b"bytes32 windowHash,bytes32 modelHash,bytes32 phiHash)"
)


@pytest.mark.parametrize("case", _named(read("report.json")["cases"]))
def test_the_digest_is_by_hand_what_the_file_says(case: dict[str, Any]) -> None:
    domain, message = case["domain"], case["message"]
    separator = keccak(
        keccak(_DOMAIN)
        + keccak(domain["name"].encode())
        + keccak(domain["version"].encode())
        + domain["chainId"].to_bytes(32, "big")
        + bytes.fromhex(domain["verifyingContract"][2:]).rjust(32, b"\0")
    )
    numbers = [int(message[name]).to_bytes(32, "big") for name in ("epoch", "fromBlock", "toBlock", "deadline")]
    hashes = [_bytes(message[name]) for name in ("windowHash", "modelHash", "phiHash")]
    struct = keccak(keccak(_REPORT) + b"".join(numbers + hashes))
    assert _bytes(case["domain_separator"]) == separator
    assert _bytes(case["struct_hash"]) == struct
    assert _bytes(case["digest"]) == keccak(b"\x19\x01" + separator + struct)


@pytest.mark.parametrize("case", _named(read("report.json")["cases"]))
def test_the_digest_is_what_wallets_sign(case: dict[str, Any]) -> None:
    kinds = [field.split() for field in _REPORT.decode()[len("PhiReport(") : -1].split(",")]
    message = {
        name: _bytes(case["message"][name]) if kind == "bytes32" else int(case["message"][name]) for kind, name in kinds
    }
    document = encode_typed_data(
        case["domain"], {"PhiReport": [{"name": name, "type": kind} for kind, name in kinds]}, message
    )
    signed = Account.sign_message(document, read("report.json")["private_key"])
    assert bytes(signed.message_hash) == _bytes(case["digest"])
    signature = case["signature"]
    assert signed.r == int(signature["r"], 16)
    assert signed.s | (signed.v - 27) << 255 == int(signature["vs"], 16)


@pytest.mark.parametrize("case", _named(read("report.json")["cases"]))
def test_the_signature_recovers_to_the_signer(case: dict[str, Any]) -> None:
    r, vs = (int(case["signature"][part], 16) for part in ("r", "vs"))
    signature = Signature(vrs=(vs >> 255, r, vs % 2**255))
    recovered = signature.recover_public_key_from_msg_hash(_bytes(case["digest"]))
    assert recovered.to_checksum_address() == case["signer"]
    assert vs % 2**255 <= 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def test_the_key_is_the_published_one_of_eip_712() -> None:
    content = read("report.json")
    assert _bytes(content["private_key"]) == keccak(b"cow")
    address = PrivateKey(_bytes(content["private_key"])).public_key.to_checksum_address()
    assert address == content["address"] == "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"


def test_the_files_name_each_other_consistently() -> None:
    """The first report is of the first window, by the feedback, with the lanes of a hundred nodes."""
    message = read("report.json")["cases"][0]["message"]
    assert message["windowHash"] == read("window.json")["cases"][0]["window_hash"]
    assert message["modelHash"] == read("model_hash.json")["feedback"]["model_hash"]
    assert message["phiHash"] == read("lanes.json")["packing"][-1]["phi_hash"]
    window = read("window.json")["cases"][0]["window"]
    assert [int(message[name]) for name in ("fromBlock", "toBlock")] == [
        window["blocks"][at]["number"] for at in (0, -1)
    ]
