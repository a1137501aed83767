"""The workload: its load, its kinds, and that announcements show in words alone."""

import dataclasses
import itertools
import random
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from eth_account import Account
from eth_hash.auto import keccak
from web3 import Web3
from web3.exceptions import ContractCustomError

from deploy.deployer import Deployer
from oracle.chain.artefacts import artefact
from oracle.chain.deployment import new_deployment
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.chain.transactions import await_receipt
from oracle.training.lesson_blocks import VENUE, as_blocks
from oracle.window.blocks import Block
from oracle.window.kinds import meaning_of
from oracle.window.numbers import numeric_channels
from oracle.window.render import render, without_codes
from oracle.window.texts import text_shares
from oracle.window.window import Nodes, Window
from oracle.workload.calldata import Details, call_of
from oracle.workload.calls import Call, Venue, deploy_venue
from oracle.workload.crowds import Crowd, Traffic
from oracle.workload.generator import generate
from oracle.workload.kinds import BASE_SHARES, WORDED, Kind
from oracle.workload.sender import Sender
from oracle.workload.wordings import CHATTER, FAMILIES, HELD_OUT_FAMILIES, THINGS, WHENS
from oracle.workload.words import TEXT_BYTES, Saying, write_words


def _calls(traffic: Traffic, count: int) -> list[list[Call]]:
    return list(itertools.islice(generate(traffic, VENUE), count))


def _blocks(traffic: Traffic, count: int) -> list[Block]:
    return as_blocks(_calls(traffic, count), random.Random(1))


def _window(blocks: list[Block]) -> Window:
    return Window(
        chain_id=0,
        blocks=tuple(blocks),
        nodes=Nodes(theta0_wad=(10**18 // 2,), lanes=(0,), active=(True,)),
        capacity_transactions=40,
        interval_seconds=10,
    )


def _kinds(blocks: list[Block]) -> Counter[str]:
    return Counter(meaning_of(transaction).kind for block in blocks for transaction in block.transactions)


def test_equal_seeds_give_equal_calls_and_others_differ() -> None:
    first, again, other = (_calls(Traffic(base_load=10, crowds=[], accounts=5, seed=seed), 20) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_load_follows_the_base_rate_and_the_crowd() -> None:
    crowd = Crowd(start_block=400, length_blocks=200, factor=2.0)
    counts = [len(block) for block in _calls(Traffic(base_load=20, crowds=[crowd], accounts=5, seed=3), 1000)]
    assert np.mean(counts[:400]) == pytest.approx(20 * 1.1, rel=0.1)  # the daily cycle's first half
    assert np.mean(counts[400:600]) / np.mean(counts[300:400]) == pytest.approx(2, rel=0.15)


def test_a_heavy_load_is_drawn_in_full() -> None:
    """Above a mean of 745, exp(-mean) is 0 in floating point."""
    counts = [len(block) for block in _calls(Traffic(base_load=2000, crowds=[], accounts=5, seed=3), 5)]
    assert np.mean(counts) == pytest.approx(2000, rel=0.05)


def test_every_kind_occurs_in_its_share_and_is_read_back() -> None:
    kinds = _kinds(_blocks(Traffic(base_load=50, crowds=[], accounts=5, seed=4), 100))
    expected: Counter[str] = Counter()
    for kind, share in BASE_SHARES.items():
        expected["payment" if kind is Kind.MEMO else kind.value] += share
    assert set(kinds) == set(expected)
    assert expected.total() == 100
    for name, share in expected.items():
        assert kinds[name] / kinds.total() == pytest.approx(share / 100, rel=0.2), name


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_crowd_does_what_it_is_about(family: str) -> None:
    crowd = Crowd(start_block=0, length_blocks=60, factor=2.5, family=family)
    calm, crowded = (_blocks(Traffic(base_load=30, crowds=c, accounts=5, seed=9), 60) for c in ([], [crowd]))
    about = {"payment" if kind is Kind.MEMO else kind.value for kind in FAMILIES[family].crowd}

    def share(blocks: list[Block]) -> float:
        kinds = _kinds(blocks)
        return sum(kinds[name] for name in about) / kinds.total()

    assert share(crowded) > 1.2 * share(calm)


def _ahead_of_a_crowd(**said: object) -> list[Block]:
    crowd = Crowd(start_block=60, length_blocks=10, factor=2.5, family="delivery")
    crowd = dataclasses.replace(crowd, **said)  # type: ignore[arg-type]
    return _blocks(Traffic(base_load=30, crowds=[crowd], accounts=5, seed=6), 60)


def test_numbers_alone_never_give_an_announcement_away() -> None:
    """Announced, called off, worded otherwise or not announced at all: up to the crowd the numbers are the same."""
    silent = _ahead_of_a_crowd()
    variants = [
        _ahead_of_a_crowd(announced_ahead_blocks=40),
        _ahead_of_a_crowd(announced_ahead_blocks=40, called_off=True),
        _ahead_of_a_crowd(announced_ahead_blocks=40, family="auction"),
    ]
    said = {frozenset(_texts(blocks)) for blocks in (silent, *variants)}
    assert len(said) == 4
    expected = numeric_channels(_window(silent))
    for blocks in variants:
        assert np.array_equal(numeric_channels(_window(blocks)), expected)
        # Nor does anything else that a chain shows: who pays whom how much, for how much gas, with how much calldata.
        for block, same in zip(blocks, silent, strict=True):
            assert (block.gas_used, block.timestamp_seconds) == (same.gas_used, same.timestamp_seconds)
            for one, other in zip(block.transactions, same.transactions, strict=True):
                assert dataclasses.replace(one, calldata=b"") == dataclasses.replace(other, calldata=b"")
                assert one.intrinsic_gas == other.intrinsic_gas
                assert meaning_of(one).kind == meaning_of(other).kind


def _texts(blocks: list[Block]) -> list[str]:
    return [render(transaction) for block in blocks for transaction in block.transactions]


def test_real_and_called_off_announcements_are_one_until_they_are_taken_back() -> None:
    real = _ahead_of_a_crowd(announced_ahead_blocks=40)
    called_off = _ahead_of_a_crowd(announced_ahead_blocks=40, called_off=True)
    assert real[:40] == called_off[:40]  # announced from block 20 on, taken back from block 40 on
    assert real[40:] != called_off[40:]


def test_notes_memos_and_preparatory_transactions_announce() -> None:
    ahead = _texts(_ahead_of_a_crowd(announced_ahead_blocks=40)[20:])
    assert any(text.startswith("note: ship with # containers docks") for text in ahead)
    assert any(text.startswith("payment: ship with # containers docks") for text in ahead)
    assert any(text.startswith("supply-chain step: berth cleared") for text in ahead)
    weights = [
        sum(share.weight for share in shares if share.text and ("containers" in share.text or "parcels" in share.text))
        for shares in text_shares(_window(_ahead_of_a_crowd(announced_ahead_blocks=40)))
    ]
    assert np.mean(weights[20:]) > 4 * np.mean(weights[:20])


def test_a_called_off_crowd_is_announced_taken_back_and_never_comes() -> None:
    crowd = Crowd(start_block=20, length_blocks=10, factor=3, announced_ahead_blocks=10, called_off=True)
    assert [crowd.said_at(block) for block in (9, 10, 14, 15, 19, 20)] == [
        None,
        "announced",
        "announced",
        "called off",
        "called off",
        None,
    ]
    assert all(crowd.load_factor(block) == 1 for block in range(40))


def test_every_wording_is_read_as_it_is_written() -> None:
    """What leaves codes out of texts must leave the workload's alone: the bundle learnt from them."""
    said = [{*f.announcements, *f.preparations, *f.cancellations} for f in FAMILIES.values()]
    wordings = set(itertools.chain(*said, *CHATTER.values()))
    whens = list(itertools.chain(*WHENS.values()))
    assert len(wordings) > 100
    for wording in wordings:
        for thing, when in itertools.product(THINGS, whens):
            written = write_words(Saying(wording, thing, when), 17, random.Random(1))
            assert without_codes(written) == written


def test_every_wording_fits_its_length_and_families_are_held_out() -> None:
    said = {name: {*f.announcements, *f.preparations, *f.cancellations} for name, f in FAMILIES.items()}
    wordings = itertools.chain(*said.values(), *CHATTER.values())
    longest_when = max(itertools.chain(*WHENS.values()), key=len).format(count=39)
    for wording in wordings:
        filled = wording.format(thing=max(THINGS, key=len), when=longest_when, count=4999)
        assert filled.isascii()
        assert "{" not in filled
        assert len(filled) + len(" ref 1") <= TEXT_BYTES, wording
    assert set(FAMILIES) > HELD_OUT_FAMILIES
    for held_out in HELD_OUT_FAMILIES:
        assert not any(said[held_out] & said[other] for other in FAMILIES if other != held_out)
    assert {family.prepared_by for family in FAMILIES.values()} <= WORDED - {Kind.MEMO, Kind.NOTE}
    assert set(CHATTER) == WORDED - {Kind.MEMO}


@pytest.fixture(scope="module")
def venue() -> Iterator[tuple[Sender, OwnedBlocks, Venue]]:
    owned = start_chain("eth-tester")
    payer = Account.from_key(owned.faucet_key)

    def mine() -> None:
        owned.next_block(10)

    built = deploy_venue(Deployer(owned.chain, payer, new_deployment(owned.chain, None), mine).contract)
    yield Sender(owned.chain, [payer]), owned, built
    owned.close()


# A transfer from an account that holds nothing mints first.
_LOGS = dict.fromkeys(Kind, 1) | {Kind.PAYMENT: 0, Kind.MEMO: 0, Kind.TOKEN_TRANSFER: 2}


@pytest.mark.parametrize("kind", Kind)
def test_a_call_of_every_kind_goes_through(venue: tuple[Sender, OwnedBlocks, Venue], kind: Kind) -> None:
    sender, owned, contracts = venue
    details = Details(sender=0, gas_price_wei=4 * 10**9, amount=10**16, other=b"\xab" * 20)
    call = call_of(kind, details, "x" * TEXT_BYTES if kind in WORDED else "", contracts)
    (transaction_hash,) = sender.send([call])
    owned.next_block(10)
    receipt = await_receipt(owned.chain, transaction_hash, what=f"send a {kind.value}", timeout_seconds=10)
    assert (receipt["status"], len(receipt["logs"])) == (1, _LOGS[kind])
    if kind in WORDED - {Kind.MEMO}:
        assert b"x" * TEXT_BYTES in bytes(receipt["logs"][0]["data"])


def test_the_exchange_keeps_its_product_and_refuses_what_it_cannot_do(
    venue: tuple[Sender, OwnedBlocks, Venue],
) -> None:
    _, owned, contracts = venue
    exchange = owned.chain._w3.eth.contract(
        Web3.to_checksum_address(contracts.exchange), abi=artefact("WorkloadExchange")["abi"]
    )
    a, b = exchange.functions.ASSET_A().call(), exchange.functions.ASSET_B().call()
    held, other = exchange.functions.reserve(a).call(), exchange.functions.reserve(b).call()
    swap = exchange.functions.swapExactTokensForTokens
    given, got = swap(10**21, 0, [a, b], a, 2**63).call()
    assert given == 10**21
    assert held * other <= (held + given) * (other - got) <= held * other * (1 + 1e-5)
    for arguments, error in (
        ((10**21, 0, [a, b], a, 1), "Expired"),
        ((10**21, 0, [a, a], a, 2**63), "UnknownPath"),
        ((10**21, 0, [a], a, 2**63), "UnknownPath"),
        ((10**21, 0, [a, exchange.address], a, 2**63), "UnknownPath"),
        ((10**21, got + 1, [a, b], a, 2**63), "TooLittle"),
    ):
        with pytest.raises(ContractCustomError) as refused:
            swap(*arguments).call()
        assert str(refused.value.data).startswith(_selector_of(error)), error


def _selector_of(error: str) -> str:
    (entry,) = (e for e in artefact("WorkloadExchange")["abi"] if e.get("name") == error)
    types = ",".join(i["type"] for i in entry["inputs"])
    return "0x" + bytes(keccak(f"{error}({types})".encode())[:4]).hex()
