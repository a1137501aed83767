"""The vector files of the consensus ledgers are what README.md beside them says, by arithmetic of this file's own."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_keys.datatypes import Signature
from mpmath import mp, mpf

from oracle.formulas.body import decode_body
from tests.vectors.test_vectors import read

ONE = 1 << 128


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.mark.parametrize("case", read("lottery.json")["chances"], ids=lambda case: case["p"] + " " + case["stake"])
def test_chances_are_by_hand_what_the_file_says_and_near_the_exact_ones(case: dict[str, str]) -> None:
    p, stake, total, chance = (int(case[name]) for name in ("p", "stake", "total", "chance_q128"))
    if stake == 0 or p <= 1:
        assert chance == (0 if stake == 0 else ONE)
        return
    odd = 2 * min(p, 1 << 32) - 1
    x = sum((1 << 161) // odd // odd ** (2 * i) // (2 * i + 1) for i in range(41)) >> 32
    y = (x * stake // total) >> 8 << 8
    inner = ONE
    for k in range(33, 1, -1):
        inner = ONE - y * inner // (k * ONE)
    assert chance == y * inner // ONE
    with mp.workdps(60):
        exact = 1 - mp.power(1 - mpf(1) / min(p, 1 << 32), mpf(stake) / total)
        assert abs(mpf(chance) / ONE - exact) < mpf(2) ** -119


def test_draws_are_hashes_and_win_below_their_chance() -> None:
    draws = read("lottery.json")["draws"]
    for case in draws:
        assert _bytes(case["draw"]) == keccak(_bytes(case["seed"]) + _word(case["slot"]) + _word(case["node"]))
        assert case["wins"] == (int(case["draw"], 16) >> 128 < int(case["chance_q128"]))
    assert {case["wins"] for case in draws} == {True, False}


def test_an_onion_is_peeled_from_its_tip_to_its_secret() -> None:
    onion = read("onion.json")["onion"]
    layers = [_bytes(onion["secret"])]
    for _ in range(onion["layers"]):
        layers.append(bytes(keccak(layers[-1])))
    assert _bytes(onion["tip"]) == layers[-1]
    assert [_bytes(reveal) for reveal in onion["first_reveals"]] == layers[-2:-5:-1]
    assert [_bytes(reveal) for reveal in onion["last_reveals"]] == layers[1::-1]


def test_reveals_are_mixed_one_after_the_other() -> None:
    reveals = read("onion.json")["reveals"]
    for case in reveals:
        assert _bytes(case["mixed"]) == keccak(_bytes(case["mix"]) + _bytes(case["reveal"]))
    assert [case["mix"] for case in reveals[1:]] == [case["mixed"] for case in reveals[:-1]]


_FIELDS = {
    "SlotBlock": "uint64 round,uint64 slot,uint32 node,bytes32 parent,bytes32 body,bytes32 reveal",
    "TurnBlock": "uint64 round,uint64 turnSeconds,uint32 node,bytes32 parent,bytes32 body",
}


@pytest.mark.parametrize("case", read("signed_blocks.json")["cases"], ids=lambda case: case["name"])
def test_a_block_is_signed_as_wallets_sign(case: dict[str, Any]) -> None:
    kinds = [field.split() for field in _FIELDS[case["kind"]].split(",")]
    assert [name for _, name in kinds] == list(case["message"])
    message = {
        name: _bytes(case["message"][name]) if kind == "bytes32" else int(case["message"][name]) for kind, name in kinds
    }
    fields = [{"name": name, "type": kind} for kind, name in kinds]
    document = encode_typed_data(case["domain"], {case["kind"]: fields}, message)
    signed = Account.sign_message(document, read("signed_blocks.json")["private_key"])
    assert bytes(signed.message_hash) == _bytes(case["digest"])
    vs = signed.s | (signed.v - 27) << 255
    assert _bytes(case["signature"]) == _word(signed.r) + _word(vs)
    recovered = Signature(vrs=(vs >> 255, signed.r, signed.s)).recover_public_key_from_msg_hash(_bytes(case["digest"]))
    assert recovered.to_checksum_address() == read("signed_blocks.json")["address"]
    assert message["body"] == keccak(_bytes(case["body"]))
    decode_body(_bytes(case["body"]))


def test_orders_are_drawn_by_hand_as_the_file_says() -> None:
    for case in read("turns.json")["orders"]:
        seed = keccak(_bytes(case["parent"]) + _word(case["term"]) + _bytes(case["entropy"]))
        places = dict(enumerate(case["elected"]))
        for i in sorted(places, reverse=True)[:-1]:
            j = int(keccak(seed + _word(i)).hex(), 16) % (i + 1)
            places |= {i: places[j], j: places[i]}
        assert [places[i] for i in range(len(places))] == case["order"]


def test_turns_go_round_the_order_p_seconds_each() -> None:
    for case in read("turns.json")["turns"]:
        begins, place, found = case["from_seconds"] + case["p_seconds"], case["next"], (0, None)
        while begins <= case["at_seconds"]:
            found = begins, case["order"][place % len(case["order"])]
            begins, place = begins + case["p_seconds"], place + 1
        assert (case["turn_seconds"], case["node"]) == found


def test_amounts_follow_changes_two_terms_later() -> None:
    for case in read("term_amounts.json")["cases"]:
        told = {each["term"]: int(each["amount"]) for each in case["amounts"]}
        steps = {term: told[term] - told.get(term - 1, 0) for term in told}
        made: dict[int, int] = {}
        for change in case["changes"]:
            made[change["term"]] = made.get(change["term"], 0) + int(change["amount"])
        assert {term - 2: step for term, step in steps.items() if step} == {
            term: step for term, step in made.items() if step
        }
