"""The registry of files: terms, agreements, rent, challenges, exits. Random calls: `tests/trust`."""

from dataclasses import replace
from typing import Any

import pytest

from oracle.chain.artefacts import artefact
from oracle.storage.merkle import ChunkProof
from tests.contracts.storage_stage import (
    CHALLENGER,
    GIB,
    HELD,
    HOLDERS,
    LEAVING,
    MINTED,
    NONE,
    OWNER,
    STEWARD,
    Kept,
    Yard,
    kept,
    region,
)

HOLDER, OTHER, THIRD, _ = HOLDERS
HOUR = 3_600


@pytest.fixture
def yard() -> Yard:
    yard = Yard()
    for account in HOLDERS:
        yard.holder(account)
    return yard


@pytest.fixture
def file(yard: Yard) -> Kept:
    """A file of five chunks that one holder has."""
    file = kept(1, 5_000)
    yard.add(file)
    yard.hold(file, HOLDER)
    return file


def challenged(yard: Yard, file: Kept, blocks: int = 3) -> None:
    yard.send("challenge", file.id, HOLDER, sender=CHALLENGER)
    yard.later(blocks=blocks)


# Setup and terms


@pytest.mark.parametrize(
    "change",
    [
        {"period_seconds": 0},
        {"draw_delay_blocks": 0},
        {"answer_blocks": 241},
        {"rest_blocks": 0},
        {"samples": 0},
        {"samples": 9},
        {"challenger_bps": 10_001},
        {"min_bond": 0},
        {"token": "0x" + "0" * 40},
    ],
)
def test_a_setup_that_cannot_work_is_refused(yard: Yard, change: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="reverted") as caught:
        yard.chain.deploy("StorageRegistry", replace(yard.setup, **change).arguments(), sender=OWNER)
    assert caught.value.name == "InvalidSetup"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"content": bytes(32)}, "no content"),
        ({"root": bytes(32)}, "no content"),
        ({"size_bytes": 0}, "size"),
        ({"size_bytes": (1 << 48) + 1}, "size"),
        ({"replicas_min": 0}, "replicas"),
        ({"replicas_min": 4}, "replicas"),
        ({"replicas_max": 17}, "replicas"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused(yard: Yard, change: dict[str, Any], field: str) -> None:
    terms = replace(kept(1, 100).terms, **change)
    assert yard.failure("register", terms.arguments(), sender=OWNER) == ("InvalidTerms", field)


def test_a_file_is_known_by_owner_and_content(yard: Yard, file: Kept) -> None:
    assert yard.read("idOf", OWNER, file.terms.content) == file.id
    assert yard.failure("register", file.terms.arguments(), sender=OWNER) == ("FileKnown", file.id)
    yard.send("register", file.terms.arguments(), sender=STEWARD)  # the same bytes of another owner


def test_an_owner_amends_all_but_the_content(yard: Yard, file: Kept) -> None:
    colder = replace(file.terms, temperature=3, replicas_max=5, regions=("eu",))
    yard.send("amend", file.id, colder.arguments(), sender=OWNER)
    assert yard.read("termsOf", file.id)[4] == 3
    for change in ({"root": b"\x01" * 32}, {"size_bytes": 4_999}, {"codec": 0x70}, {"content": b"\x01" * 32}):
        changed = replace(file.terms, **change)
        assert yard.failure("amend", file.id, changed.arguments(), sender=OWNER)[0] == "InvalidTerms"
    assert yard.failure("amend", file.id, colder.arguments(), sender=STEWARD)[0] == "NotAllowed"


# Agreements


def test_nobody_holds_without_having_accepted(yard: Yard, file: Kept) -> None:
    yard.send("offer", file.id, OTHER, yard.chain.timestamp + 100, sender=STEWARD)
    assert yard.failure("challenge", file.id, OTHER, sender=CHALLENGER)[0] == "WrongStatus"
    assert yard.failure("accept", file.id, sender=THIRD)[0] == "WrongStatus"
    rent = yard.read("agreementOf", file.id, OTHER)[4]
    yard.send("setHolder", region("eu-west"), 1 << 30, 9 * GIB, sender=OTHER)  # a later price is for later offers
    yard.send("accept", file.id, sender=OTHER)
    assert yard.read("agreementOf", file.id, OTHER)[:6] == (
        HELD, yard.chain.timestamp, yard.chain.timestamp, 0, rent, rent * yard.setup.bond_periods,
    )  # fmt: skip


def test_the_bounds_of_the_owner_bind_the_steward(yard: Yard, file: Kept) -> None:
    until = yard.chain.timestamp + 100
    yard.send("setHolder", region("eu-west"), 1 << 30, 3 * GIB, sender=OTHER)
    assert yard.failure("offer", file.id, OTHER, until, sender=STEWARD) == ("RentTooHigh", 15_000, 10_000)
    yard.send("amend", file.id, replace(file.terms, regions=("us", "eu-west-1")).arguments(), sender=OWNER)
    assert yard.failure("offer", file.id, THIRD, until, sender=STEWARD)[0] == "RegionNotAllowed"
    yard.send("amend", file.id, replace(file.terms, replicas_max=2).arguments(), sender=OWNER)
    yard.send("offer", file.id, THIRD, until, sender=STEWARD)
    yard.send("setHolder", region("eu-west"), 1 << 30, 1, sender=OTHER)
    assert yard.failure("offer", file.id, OTHER, until, sender=STEWARD) == ("ReplicaBound", 3, 2)
    assert yard.failure("release", file.id, HOLDER, sender=STEWARD) == ("ReplicaBound", 1, 2)
    assert yard.failure("defund", file.id, sender=STEWARD)[0] == "NotAllowed"
    assert yard.failure("offer", file.id, OTHER, until, sender=CHALLENGER)[0] == "NotAllowed"


@pytest.mark.parametrize(
    ("name", "allowed", "is_within"),
    [
        ("eu-west", ("eu",), True),
        ("eu-west", ("us", "eu-west"), True),
        ("eurasia", ("eu",), False),
        ("eu", ("eu-west",), False),
        ("eu-west", (), True),
        ("a-region-of-16-by", ("a-region-of-16-b",), True),
    ],
)
def test_regions_lie_in_one_another_by_their_parts(
    yard: Yard, name: str, allowed: tuple[str, ...], *, is_within: bool
) -> None:
    file = kept(3, 100, regions=allowed)
    yard.add(file)
    yard.send("setHolder", region(name[:16]), 1 << 30, 1, sender=OTHER)
    arguments = (file.id, OTHER, yard.chain.timestamp)
    if is_within:
        yard.send("offer", *arguments, sender=OWNER)
    else:
        assert yard.failure("offer", *arguments, sender=OWNER) == ("RegionNotAllowed", region(name))


def test_room_and_bond_bound_what_a_holder_accepts(yard: Yard, file: Kept) -> None:
    yard.send("offer", file.id, OTHER, yard.chain.timestamp + 9, sender=OWNER)
    yard.send("setHolder", region("eu"), 4_999, GIB, sender=OTHER)
    assert yard.failure("accept", file.id, sender=OTHER) == ("NoRoom", 4_999, 5_000)
    yard.send("setHolder", region("eu"), 5_000, GIB, sender=OTHER)
    yard.send("unbond", 850_001, sender=OTHER)
    assert yard.failure("accept", file.id, sender=OTHER) == ("BondTooSmall", 149_999, 150_000)
    yard.send("bond", 1, sender=OTHER)
    yard.send("accept", file.id, sender=OTHER)
    assert yard.failure("unbond", 1, sender=OTHER) == ("BondTooSmall", 0, 1)
    assert yard.failure("setHolder", region("eu"), 4_999, 1, sender=OTHER)[0] == "InvalidHolder"


def test_an_offer_lapses_and_anyone_takes_it_back(yard: Yard, file: Kept) -> None:
    yard.send("offer", file.id, OTHER, yard.chain.timestamp + 100, sender=OWNER)
    yard.later(seconds=100)
    assert yard.failure("release", file.id, OTHER, sender=CHALLENGER)[0] == "NotAllowed"
    yard.later(seconds=1)
    assert yard.failure("accept", file.id, sender=OTHER)[0] == "TooLate"
    yard.send("release", file.id, OTHER, sender=CHALLENGER)
    assert yard.status(file, OTHER) == NONE
    assert yard.read("standingOf", file.id)[1:3] == (1, 1)


# Rent


def test_rent_is_paid_for_whole_periods(yard: Yard, file: Kept) -> None:
    assert yard.failure("collect", file.id, sender=HOLDER) == ("NothingDue",)
    yard.later(seconds=3 * HOUR - 1)
    yard.send("collect", file.id, sender=HOLDER)
    assert yard.owed(HOLDER) == 2 * 5_000
    yard.later(seconds=1)
    yard.send("collect", file.id, sender=HOLDER)
    assert yard.owed(HOLDER) == 3 * 5_000
    yard.send("withdraw", HOLDER, sender=HOLDER)
    assert yard.money.read("balanceOf", HOLDER) == MINTED - 1_000_000 + 15_000


def test_an_empty_fund_pays_what_it_has_and_lets_the_holder_go(yard: Yard) -> None:
    file = kept(4, 5_000)
    yard.add(file, fund=12_000)
    yard.hold(file, HOLDER)
    yard.later(seconds=2 * HOUR)
    assert yard.failure("depart", file.id, sender=HOLDER) == ("FundPays", 12_000, 10_000)
    yard.later(seconds=HOUR)
    yard.send("collect", file.id, sender=HOLDER)
    assert yard.owed(HOLDER) == 10_000
    yard.send("depart", file.id, sender=HOLDER)
    assert yard.owed(HOLDER) == 12_000
    assert yard.status(file, HOLDER) == NONE
    assert yard.read("holderOf", HOLDER)[5] == 0


def test_a_holder_goes_after_its_notice(yard: Yard, file: Kept) -> None:
    yard.send("giveNotice", file.id, sender=HOLDER)
    assert yard.status(file, HOLDER) == LEAVING
    yard.later(seconds=2 * HOUR - 1)
    assert yard.failure("depart", file.id, sender=HOLDER)[0] == "TooEarly"
    yard.later(seconds=1)
    yard.send("depart", file.id, sender=HOLDER)
    assert yard.owed(HOLDER) == 10_000
    yard.send("unbond", 1_000_000, sender=HOLDER)


def test_a_released_holder_is_paid_the_begun_period(yard: Yard, file: Kept) -> None:
    yard.hold(file, OTHER)
    yard.hold(file, THIRD)
    yard.later(seconds=HOUR + 1)
    yard.send("release", file.id, HOLDER, sender=STEWARD)
    assert yard.owed(HOLDER) == 10_000
    assert yard.failure("release", file.id, OTHER, sender=STEWARD) == ("ReplicaBound", 2, 2)
    yard.send("release", file.id, OTHER, sender=OWNER)
    assert yard.failure("defund", file.id, sender=OWNER) == ("ReplicaBound", 1, 0)
    yard.send("release", file.id, THIRD, sender=OWNER)
    yard.send("defund", file.id, sender=OWNER)
    assert yard.owed(OWNER) == 1_000_000 - 30_000


# Proofs


def test_an_answer_in_time_gets_the_fee_and_loses_nothing(yard: Yard, file: Kept) -> None:
    challenged(yard, file, blocks=2)
    assert yard.failure("answer", file.id, [], sender=HOLDER)[0] == "TooEarly"  # the hash is not known yet
    yard.later()
    assert list(yard.read("drawnChunks", file.id, HOLDER)) == yard.drawn(file, HOLDER)
    yard.later(blocks=yard.setup.answer_blocks - 1)
    yard.answer(file, HOLDER)
    assert yard.owed(HOLDER) == yard.setup.challenge_fee
    assert yard.failure("convict", file.id, HOLDER, sender=CHALLENGER)[0] == "NoChallenge"
    yard.later(blocks=4)
    assert yard.failure("challenge", file.id, HOLDER, sender=CHALLENGER)[0] == "TooEarly"
    yard.later()
    yard.send("challenge", file.id, HOLDER, sender=CHALLENGER)


def test_only_the_very_bytes_answer(yard: Yard, file: Kept) -> None:
    challenged(yard, file)
    indexes = yard.drawn(file, HOLDER)
    true = [file.proof(index).arguments() for index in indexes]
    chunk, path = true[0]
    other = next(index for index in range(5) if index != indexes[0])
    for wrong in (
        [],
        true[:-1],
        [(bytes(len(chunk)), path), *true[1:]],
        [(chunk[:-1], path), *true[1:]],
        [(chunk, path[:-1]), *true[1:]],
        [(chunk, [*path, bytes(32)]), *true[1:]],
        [file.proof(other).arguments(), *true[1:]],
        [*true, true[0]],
    ):
        assert yard.failure("answer", file.id, wrong, sender=HOLDER)[0] == "WrongProof"
    yard.send("answer", file.id, true, sender=HOLDER)


def test_who_does_not_answer_is_convicted_once(yard: Yard, file: Kept) -> None:
    challenged(yard, file, blocks=2 + yard.setup.answer_blocks)
    assert yard.failure("convict", file.id, HOLDER, sender=OTHER)[0] == "TooEarly"
    yard.later(seconds=5 * HOUR)
    assert yard.failure("answer", file.id, [], sender=HOLDER)[0] == "TooLate"
    yard.send("convict", file.id, HOLDER, sender=OTHER)
    locked = 5_000 * 30
    assert (yard.owed(OWNER), yard.owed(CHALLENGER), yard.owed(HOLDER)) == (135_000, 15_000 + 40, 0)
    assert yard.read("holderOf", HOLDER)[2:] == (0, GIB, 1_000_000 - locked, 0)
    assert yard.read("standingOf", file.id)[3] == 1_000_000  # rent that was not collected stays
    assert yard.failure("convict", file.id, HOLDER, sender=OTHER)[0] == "NoChallenge"
    assert yard.status(file, HOLDER) == NONE


def test_an_open_challenge_holds_up_rent_exit_and_release(yard: Yard, file: Kept) -> None:
    yard.send("giveNotice", file.id, sender=HOLDER)
    yard.later(seconds=3 * HOUR)
    challenged(yard, file)
    for function, arguments, sender in (
        ("collect", (file.id,), HOLDER),
        ("depart", (file.id,), HOLDER),
        ("release", (file.id, HOLDER), OWNER),
        ("challenge", (file.id, HOLDER), OTHER),
    ):
        assert yard.failure(function, *arguments, sender=sender)[0] == "ChallengeOpen"
    yard.answer(file, HOLDER)
    assert yard.failure("challenge", file.id, HOLDER, sender=OTHER)[0] == "TooEarly"  # so the exit comes first
    yard.send("depart", file.id, sender=HOLDER)


@pytest.mark.parametrize("size_bytes", [1, 1_023, 1_024, 1_025, 2_049, 40_000])
def test_files_of_every_shape_are_proven(yard: Yard, size_bytes: int) -> None:
    file = kept(7, size_bytes)
    yard.send("setHolder", region("eu"), 1 << 30, 1, sender=HOLDER)
    yard.add(file)
    yard.hold(file, HOLDER)
    for _ in range(4):
        challenged(yard, file)
        yard.answer(file, HOLDER)
        yard.later(blocks=5)
    assert isinstance(file.proof(0), ChunkProof)


# Gas, exactly


def test_gas(yard: Yard, file: Kept) -> None:
    used = {
        "offer": yard.send("offer", file.id, OTHER, yard.chain.timestamp, sender=OWNER),
        "accept": yard.send("accept", file.id, sender=OTHER),
        "challenge": yard.send("challenge", file.id, OTHER, sender=CHALLENGER),
    }
    yard.later(seconds=HOUR, blocks=3)
    used["answer"] = yard.answer(file, OTHER)
    used["collect"] = yard.send("collect", file.id, sender=OTHER)
    assert used == GAS


GAS = {"offer": 94_869, "accept": 50_026, "challenge": 75_776, "answer": 98_643, "collect": 28_997}


def test_there_is_nobody_to_ask() -> None:
    """No function is an owner's of the registry: those that write are these."""
    functions = [entry for entry in artefact("StorageRegistry")["abi"] if entry["type"] == "function"]
    writing = {entry["name"] for entry in functions if entry["stateMutability"] not in {"view", "pure"}}
    assert writing == {
        *("setHolder", "bond", "unbond", "register", "amend", "fund", "defund", "offer", "accept", "collect"),
        *("giveNotice", "depart", "release", "challenge", "answer", "convict", "withdraw"),
    }
