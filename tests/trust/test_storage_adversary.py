"""What someone who wants harm could try with a StorageRegistry."""

from typing import Any

import pytest

from oracle.storage.merkle import leaves_of, path_of, root_of
from tests.contracts.storage_stage import (
    CHALLENGER,
    HOLDERS,
    NONE,
    OWNER,
    STEWARD,
    Kept,
    Yard,
    kept,
)
from tests.trust.evm import Chain
from tests.trust.hostile import REENTRANCY, Hostile

HOLDER, OTHER, *_ = HOLDERS
GUARDED = (
    "bond",
    "unbond",
    "fund",
    "defund",
    "collect",
    "depart",
    "release",
    "challenge",
    "answer",
    "convict",
    "withdraw",
)


@pytest.fixture
def yard() -> Yard:
    yard = Yard()
    yard.holder(HOLDER)
    yard.holder(OTHER)
    return yard


@pytest.fixture
def file(yard: Yard) -> Kept:
    file = kept(1, 5_000)
    yard.add(file)
    yard.hold(file, HOLDER)
    return file


def hostile_yard() -> tuple[Yard, Hostile]:
    """A registry of a token that means ill."""
    chain = Chain(number=1_000, timestamp=1_800_000_000)
    token = Hostile(chain, OWNER)
    return Yard(token, chain), token


# Proofs


def test_an_inner_node_passes_for_no_chunk(yard: Yard) -> None:
    """Of a file of 2 048 bytes, the two leaves together are 64 bytes: no chunk of a file has their hash."""
    data = bytes(2_048)
    leaves = leaves_of([data])
    forged = kept(1, 64)
    terms = forged.terms.__class__(b"\x07" * 32, root_of(leaves), 64)
    yard.send("register", terms.arguments(), sender=OWNER)
    fake = Kept(b"".join(leaves), [root_of(leaves)], terms)
    yard.hold(fake, HOLDER)
    yard.send("challenge", fake.id, HOLDER, sender=CHALLENGER)
    yard.later(blocks=3)
    for chunk in (b"".join(leaves), (b"\x01" + b"".join(leaves))[:64]):
        failed = yard.failure("answer", fake.id, [(chunk, [])] * 3, sender=HOLDER)
        assert failed[:2] == ("WrongProof", 0)


def test_the_proof_of_another_place_holder_or_challenge_is_none(yard: Yard, file: Kept) -> None:
    yard.hold(file, OTHER)
    yard.send("challenge", file.id, HOLDER, sender=CHALLENGER)
    yard.later()
    yard.send("challenge", file.id, OTHER, sender=CHALLENGER)
    yard.later(blocks=3)
    of_holder, of_other = yard.drawn(file, HOLDER), yard.drawn(file, OTHER)
    assert of_holder != of_other  # holders and blocks draw chunks of their own
    taken = [file.proof(index).arguments() for index in of_holder]
    assert yard.failure("answer", file.id, taken, sender=OTHER)[0] == "WrongProof"
    assert yard.failure("answer", file.id, taken, sender=CHALLENGER)[0] == "NoChallenge"


def test_who_keeps_a_part_alone_is_caught(yard: Yard) -> None:
    """A holder that has lost 1 of 5 chunks fails where one is drawn; the answers that it has serve it nothing else."""
    file, caught = kept(5, 5_000), 0
    yard.add(file)
    for attempt in range(40):
        if yard.status(file, HOLDER) == NONE:
            yard.hold(file, HOLDER)
        yard.send("challenge", file.id, HOLDER, sender=CHALLENGER)
        yard.later(blocks=3 + attempt % 7)
        drawn = yard.drawn(file, HOLDER)
        if 4 not in drawn:
            yard.answer(file, HOLDER)
            yard.later(blocks=5)
            continue
        zeros = bytes(5_000 - 4_096)
        proofs = [
            (zeros, list(path_of(file.leaves, index))) if index == 4 else file.proof(index).arguments()
            for index in drawn
        ]
        assert yard.failure("answer", file.id, proofs, sender=HOLDER)[0] == "WrongProof"
        yard.later(blocks=yard.setup.answer_blocks)
        yard.send("convict", file.id, HOLDER, sender=CHALLENGER)
        caught += 1
        yard.send("bond", 150_000, sender=HOLDER)
    assert caught >= 10  # about 1 - (4/5)^3 of 40


def test_no_draw_is_known_ahead_of_its_block(yard: Yard, file: Kept) -> None:
    yard.send("challenge", file.id, HOLDER, sender=CHALLENGER)
    for _ in range(2):
        assert yard.failure("drawnChunks", file.id, HOLDER, sender=HOLDER)[0] == "TooEarly"
        yard.later()
    assert yard.failure("drawnChunks", file.id, HOLDER, sender=HOLDER)[0] == "TooEarly"
    yard.later()
    assert len(yard.read("drawnChunks", file.id, HOLDER)) == 3


def test_a_holder_that_convicts_itself_still_pays_the_owner(yard: Yard, file: Kept) -> None:
    yard.send("challenge", file.id, HOLDER, sender=HOLDER)
    yard.later(blocks=30)
    yard.send("convict", file.id, HOLDER, sender=HOLDER)
    assert yard.owed(OWNER) == 135_000


def test_no_way_out_of_a_lost_challenge(yard: Yard, file: Kept) -> None:
    yard.send("giveNotice", file.id, sender=HOLDER)
    yard.later(seconds=10**6)
    yard.send("challenge", file.id, HOLDER, sender=CHALLENGER)
    for function, arguments, sender in (
        ("unbond", (850_001,), HOLDER),
        ("depart", (file.id,), HOLDER),
        ("release", (file.id, HOLDER), OWNER),
        ("offer", (file.id, HOLDER, 10**12), OWNER),
    ):
        yard.failure(function, *arguments, sender=sender)
    yard.later(blocks=30)
    yard.send("convict", file.id, HOLDER, sender=CHALLENGER)
    assert yard.owed(CHALLENGER) == 15_040


# Names and places


def test_nobody_takes_anothers_file_or_place(yard: Yard, file: Kept) -> None:
    until = yard.chain.timestamp + 9
    for function, arguments in (
        ("amend", (file.id, file.terms.arguments())),
        ("defund", (file.id,)),
        ("offer", (file.id, OTHER, until)),
        ("release", (file.id, HOLDER)),
    ):
        assert yard.failure(function, *arguments, sender=CHALLENGER)[0] == "NotAllowed"
    yard.send("register", file.terms.arguments(), sender=CHALLENGER)  # takes nothing from the owner's
    assert yard.read("standingOf", file.id)[0] == OWNER.lower()


def test_loops_end_at_sixteen_holders(yard: Yard) -> None:
    accounts = [f"0x{index:040x}" for index in range(0x9000, 0x9011)]
    file = kept(2, 1_024, replicas_max=16)
    yard.add(file)
    for account in accounts:
        yard.money.send("mint", account, 10**9)
        yard.money.send("approve", yard.registry.address, 10**9, sender=account)
        yard.holder(account, price=1)
    for account in accounts[:16]:
        yard.hold(file, account)
    assert yard.failure("offer", file.id, accounts[16], yard.chain.timestamp, sender=OWNER) == ("ReplicaBound", 17, 16)
    assert yard.send("release", file.id, accounts[14], sender=OWNER) < 150_000
    assert len(yard.read("holdersOf", file.id)) == 15


def test_a_steward_that_means_ill_moves_no_money_to_itself(yard: Yard, file: Kept) -> None:
    for function, arguments in (("defund", (file.id,)), ("withdraw", (STEWARD,))):
        yard.failure(function, *arguments, sender=STEWARD)
    yard.send("release", file.id, HOLDER, sender=OWNER)
    yard.send("defund", file.id, sender=OWNER)
    yard.failure("withdraw", STEWARD, sender=STEWARD)


# Tokens


def test_a_token_that_takes_a_fee_credits_what_arrives() -> None:
    yard, token = hostile_yard()
    token.send("setFee", 10)
    yard.send("bond", 1_000, sender=HOLDER)
    assert yard.read("holderOf", HOLDER)[4] == 900


def test_a_token_that_calls_back_finds_every_door_shut() -> None:
    for function in GUARDED:
        yard, token = hostile_yard()
        yard.send("bond", 1_000, sender=HOLDER)
        yard.send("unbond", 400, sender=HOLDER)
        arguments: dict[str, tuple[Any, ...]] = {
            "bond": (1,), "unbond": (1,), "withdraw": (OWNER,), "fund": (b"\1" * 32, 1), "answer": (b"\1" * 32, []),
            "release": (b"\1" * 32, HOLDER), "challenge": (b"\1" * 32, HOLDER), "convict": (b"\1" * 32, HOLDER),
        }  # fmt: skip
        token.arm(yard.registry, function, *arguments.get(function, (b"\1" * 32,)))
        yard.send("withdraw", HOLDER, sender=HOLDER)
        assert token.struck() == (1, False, REENTRANCY), function


def test_a_frozen_token_holds_up_deposits_and_withdrawals_alone() -> None:
    yard, token = hostile_yard()
    file = kept(1, 5_000)
    yard.holder(HOLDER)
    yard.add(file)
    yard.hold(file, HOLDER)
    token.send("freeze", True)
    yard.later(seconds=3_600)
    yard.send("collect", file.id, sender=HOLDER)
    yard.send("release", file.id, HOLDER, sender=OWNER)
    yard.send("defund", file.id, sender=OWNER)
    with pytest.raises(Exception, match="reverted"):
        yard.send("withdraw", HOLDER, sender=HOLDER)
    token.send("freeze", False)
    yard.send("withdraw", HOLDER, sender=HOLDER)
    assert token.read("balanceOf", HOLDER) == 10**12 - 1_000_000 + 10_000
