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
from oracle.window.letters import fold
from oracle.window.moment import Moment
from oracle.window.texts import text_shares
from oracle.window.when import seconds_ahead
from oracle.window.window import Nodes, Window
from oracle.window.words import is_language, without_codes, words_of
from oracle.workload.calldata import Details, call_of
from oracle.workload.calls import Call, Venue, deploy_venue
from oracle.workload.crowds import Crowd, Traffic
from oracle.workload.generator import generate
from oracle.workload.kinds import BASE_SHARES, WORDED, Kind
from oracle.workload.sender import Sender
from oracle.workload.wordings import HELD_OUT, THINGS, TRAINING, PhraseFamily, Wordings, wordings
from oracle.workload.words import TEXT_BYTES, Saying, family_of, write_words
from tests.examples import BOUNDS, CADENCE

_PARCELS = list(wordings(HELD_OUT).families).index("parcel_peak")


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
        bounds=BOUNDS,
        cadence=CADENCE,
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


@pytest.mark.parametrize("voice", range(len(wordings(HELD_OUT).families)))
def test_a_crowd_does_what_it_is_about(voice: int) -> None:
    crowd = Crowd(start_block=0, length_blocks=60, factor=2.5, voice=voice)
    calm, crowded = (_blocks(Traffic(base_load=30, crowds=c, accounts=5, seed=9), 60) for c in ([], [crowd]))
    family = family_of(crowd, wordings(HELD_OUT))
    about = {"payment" if kind is Kind.MEMO else kind.value for kind in family.crowd}

    def share(blocks: list[Block]) -> float:
        kinds = _kinds(blocks)
        return sum(kinds[name] for name in about) / kinds.total()

    assert share(crowded) > 1.2 * share(calm)


def _ahead_of_a_crowd(**said: object) -> list[Block]:
    crowd = Crowd(start_block=60, length_blocks=10, factor=2.5, voice=_PARCELS)
    crowd = dataclasses.replace(crowd, **said)  # type: ignore[arg-type]
    return _blocks(Traffic(base_load=30, crowds=[crowd], accounts=5, seed=6), 60)


def test_numbers_alone_never_give_an_announcement_away() -> None:
    """Announced, called off, worded otherwise or not announced at all: up to the crowd the numbers are the same."""
    silent = _ahead_of_a_crowd()
    variants = [
        _ahead_of_a_crowd(announced_ahead_blocks=40),
        _ahead_of_a_crowd(announced_ahead_blocks=40, called_off=True),
        _ahead_of_a_crowd(announced_ahead_blocks=40, voice=_PARCELS + 1),
    ]
    said = {frozenset(_texts(blocks)) for blocks in (silent, *variants)}
    assert len(said) == 4
    for blocks in variants:
        # Nothing that a chain shows but words: who pays whom how much, for how much gas, with how much calldata.
        for block, same in zip(blocks, silent, strict=True):
            assert (block.gas_used, block.timestamp_seconds) == (same.gas_used, same.timestamp_seconds)
            for one, other in zip(block.transactions, same.transactions, strict=True):
                assert dataclasses.replace(one, calldata=b"") == dataclasses.replace(other, calldata=b"")
                assert one.intrinsic_gas == other.intrinsic_gas
                assert meaning_of(one).kind == meaning_of(other).kind


def _texts(blocks: list[Block]) -> list[str]:
    return [words_of(transaction).text for block in blocks for transaction in block.transactions]


def test_real_and_called_off_announcements_are_one_until_they_are_taken_back() -> None:
    real = _ahead_of_a_crowd(announced_ahead_blocks=40)
    called_off = _ahead_of_a_crowd(announced_ahead_blocks=40, called_off=True)
    assert real[:40] == called_off[:40]  # announced from block 20 on, taken back from block 40 on
    assert real[40:] != called_off[40:]


def test_notes_memos_and_preparatory_transactions_announce() -> None:
    blocks, family = _ahead_of_a_crowd(announced_ahead_blocks=40)[20:], wordings(HELD_OUT).families["parcel_peak"]

    def kinds_that_say(wordings_: tuple[str, ...]) -> set[str]:
        begins = tuple(wording.lower().partition("{")[0] for wording in wordings_ if not wording.startswith("{"))
        return {
            meaning_of(transaction).kind
            for block in blocks
            for transaction in block.transactions
            if words_of(transaction).dated.startswith(begins)
        }

    assert kinds_that_say(family.announcements) == {"note", "payment"}
    assert kinds_that_say(family.preparations) == {family.prepared_by.value}


def test_the_times_that_texts_name_are_those_of_the_crowd() -> None:
    found = [
        share.ahead_seconds / 10 - (60 - number)
        for number, shares in enumerate(text_shares(_window(_ahead_of_a_crowd(announced_ahead_blocks=40))))
        for share in shares
        if share.ahead_seconds is not None and number >= 20
    ]
    assert len(found) > 30
    # Of small talk at any time; of announcements, to a minute at worst.
    assert np.mean(np.abs(found) <= 3) > 0.6


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


def _all_of(speech: Wordings) -> dict[str, set[str]]:
    said = {name: _of(family) for name, family in speech.families.items()}
    return said | {"chatter": set(itertools.chain(*speech.chatter.values()))}


def _of(family: PhraseFamily) -> set[str]:
    return {*family.announcements, *family.preparations, *family.cancellations}


@pytest.mark.parametrize("name", [TRAINING, HELD_OUT])
def test_every_wording_is_read_and_fits_its_length(name: str) -> None:
    speech = wordings(name)
    for language, whens in speech.whens.items():
        for family, said in _all_of(speech).items():
            if family == "chatter" or speech.families[family].language == language:
                for wording in said:
                    longest = max(itertools.chain(*whens.values()), key=len)
                    saying = Saying(wording, max(THINGS, key=len), longest)
                    written = write_words(saying, 39, 60, random.Random(1))
                    assert len(written) == TEXT_BYTES, wording
                    assert "{" not in written.decode()
                    # Small talk has codes too, which are not read.
                    if family != "chatter":
                        text = fold(written.decode())
                        assert without_codes(text) == text
                        assert is_language(text.lower()), wording


@pytest.mark.parametrize("name", [TRAINING, HELD_OUT])
def test_every_stated_time_is_read_back(name: str) -> None:
    for language, whens in wordings(name).whens.items():
        for least, phrases in whens.items():
            for when in phrases:
                if "{" in when:
                    ahead = least + 7
                    said = f"starts {when.format(blocks=ahead, seconds=10 * ahead, minutes=max(1, round(ahead / 6)))}"
                    found = seconds_ahead(fold(said).lower(), Moment(0, 0, 10))
                    assert found is not None, said
                    assert abs(found / 10 - ahead) <= 3, (language, said)


def test_the_two_sets_share_no_text_and_every_family_is_whole() -> None:
    training, held_out = wordings(TRAINING), wordings(HELD_OUT)
    assert not set(training.families) & set(held_out.families)
    one, other = (set(itertools.chain(*_all_of(speech).values())) for speech in (training, held_out))
    assert not one & other
    for language in ("en", "es"):
        whens = [set(itertools.chain(*speech.whens[language].values())) for speech in (training, held_out)]
        assert not whens[0] & whens[1]
    for speech in (training, held_out):
        for family in speech.families.values():
            assert family.prepared_by in WORDED - {Kind.MEMO, Kind.NOTE}
            assert all(each.count("{when}") == 1 for each in family.preparations)
            assert not any("{when}" in each for each in family.cancellations)
        assert set(speech.chatter) == WORDED - {Kind.MEMO}


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
    call = call_of(kind, details, b"x" * TEXT_BYTES if kind in WORDED else b"", contracts)
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
