"""What someone who wants harm could try with a StakeLedger, beside `tests/contracts/test_stake*.py`."""

from dataclasses import astuple, replace
from typing import Any

import pytest
from eth_hash.auto import keccak

from oracle.formulas.body import encode_body
from oracle.formulas.snapshot import show_lane
from tests.contracts.recovery import mirrored
from tests.contracts.stakes import (
    CAPACITY,
    COIN,
    EMPTY,
    EXIT_TERMS,
    GRACE_SLOTS,
    NOTHING_SHOWN,
    STAKES,
    TERM_SLOTS,
    Onion,
    SlotBlock,
    Stakes,
)
from tests.trust.evm import Reverted
from tests.trust.hostile import REENTRANCY, Hostile
from tests.trust.scene import OWNER
from tests.trust.signing import address

REPORTER, THIEF = address(77), address(78)
OTHER_BODY = b"\x05" * 32


@pytest.fixture
def stakes() -> Stakes:
    made = Stakes()
    made.begin(STAKES)
    return made


def pair(stakes: Stakes, node: int) -> tuple[Any, ...]:
    """Evidence that a node signed two blocks for the present slot."""
    one = stakes.block(node)
    return stakes.evidence(one, replace(one, body=OTHER_BODY))


def late_and_drawn(stakes: Stakes, *, other: bool) -> tuple[SlotBlock, int]:
    """Go to a slot that a node has drawn, up to a grace behind one that another, or any, has: its block unsent."""
    late: SlotBlock | None = None
    while True:
        stakes.to_slot(stakes.slot + 1)
        for node in range(stakes.nodes):
            if not stakes.drawn(stakes.slot, node):
                continue
            if late is not None and stakes.slot - late.slot <= GRACE_SLOTS and (late.node != node) is other:
                return late, node
            late = stakes.block(node)


# Replay


def test_a_block_is_good_for_one_chain_alone(stakes: Stakes) -> None:
    """The same ledger at the same address on another chain, with the same stakes, at the same time."""
    twin = Stakes(chain_id=stakes.scene.chain_id + 1)
    twin.begin(STAKES)
    assert twin.ledger.address == stakes.ledger.address
    block = stakes.block(stakes.next_draw())
    twin.to_slot(stakes.slot)
    assert twin.failure("submitBlock", *stakes.submission(block))[:2] == ("NotSignedBy", block.node)
    # Nor is a pair of blocks of two chains evidence on either.
    there = twin.block(block.node)
    one_of_each = (astuple(block), stakes.signature(block), astuple(there), twin.signature(there))
    assert stakes.failure("slash", *one_of_each)[0] == "NotSignedBy"
    stakes.ledger.send("submitBlock", *stakes.submission(block))


def test_a_block_wins_once_and_its_signature_serves_no_other_round(stakes: Stakes) -> None:
    block = stakes.win()
    stakes.to_slot(stakes.slot + 1)
    assert stakes.refused(block) == ("NodeHasBlock", 1, block.node)
    _, body, signature, shown = stakes.submission(block)
    moved = astuple(replace(block, round=2, parent=stakes.opening()[1]))
    assert stakes.failure("submitBlock", moved, body, signature, shown)[:2] == ("NotSignedBy", block.node)


def test_a_mirrored_signature_makes_no_second_block_and_no_evidence(stakes: Stakes) -> None:
    block = stakes.block(stakes.next_draw())
    low, high = stakes.signature(block), mirrored(stakes.signature(block))
    assert stakes.failure("slash", astuple(block), low, astuple(block), high) == ("NoEvidence",)
    stakes.ledger.send("submitBlock", astuple(block), EMPTY, high, NOTHING_SHOWN)
    assert stakes.opening()[:2] == (2, stakes.digest(block))
    assert stakes.refused(block) == ("NodeHasBlock", 1, block.node)


# Slots


def test_a_slot_that_another_drew_is_of_no_use(stakes: Stakes) -> None:
    """Neither under its own index nor under the other's."""
    owner = stakes.next_draw()
    thief = next(node for node in range(stakes.nodes) if not stakes.drawn(stakes.slot, node))
    assert stakes.refused(stakes.block(thief)) == ("SlotNotWon", stakes.slot, thief)
    posing = stakes.block(owner)
    signature = stakes.signature(posing, key=5000 + thief)
    refused = stakes.failure("submitBlock", astuple(posing), EMPTY, signature, NOTHING_SHOWN)
    assert refused == ("NotSignedBy", owner, address(5000 + thief), address(5000 + owner))


def test_a_slot_makes_one_block_even_where_the_first_one_competes(stakes: Stakes) -> None:
    """The round was won behind its back by an earlier slot, so its slot is still ahead of the new parent's."""
    late, second = late_and_drawn(stakes, other=True)
    block = stakes.block(second)
    stakes.ledger.send("submitBlock", *stakes.submission(late))
    stakes.ledger.send("submitBlock", *stakes.submission(block))
    assert stakes.ledger.read("competingBlocks") == 1
    stakes.chain.at(number=stakes.chain.number + 1, timestamp=stakes.chain.timestamp + 1)
    again = stakes.block(second, slot=block.slot)
    assert (again.round, again.slot) == (2, block.slot)
    assert stakes.refused(again) == ("NodeHasBlock", 2, second)
    # To have signed it is all that evidence needs, so a node signs once for a slot, whatever became of the block.
    stakes.ledger.send("slash", *stakes.evidence(block, again), sender=REPORTER)
    assert stakes.ledger.read("equivocations", second) == 1


def test_parents_that_are_not_the_last_winner_are_refused(stakes: Stakes) -> None:
    first, second = stakes.win(), stakes.win()
    node = stakes.next_draw()
    last = stakes.digest(second)
    for parent in (stakes.digest(first), b"\0" * 32, stakes.digest(stakes.block(node))):
        assert stakes.refused(stakes.block(node, parent=parent)) == ("WrongParent", 3, parent, last)
    # A late block for a round that was won builds on that round's own parent.
    competing = stakes.block(node, round=2)
    expected = ("WrongParent", 2, last, stakes.digest(first))
    if node != second.node:
        assert stakes.refused(competing) == expected
    stakes.ledger.send("submitBlock", *stakes.submission(stakes.block(node)))


def test_phi_that_is_not_of_the_opening_lets_no_heavier_block_in(stakes: Stakes) -> None:
    stakes.scene.apply([1200] * stakes.nodes)
    stakes.win()
    (word, *_), number = stakes.scene.oracle.read("phiWords", 0, 1), stakes.opening()[6]
    root = stakes.ledger.read("phiRoot", number)
    stakes.scene.apply([0] * stakes.nodes)
    node = stakes.next_draw()
    body = encode_body(range(CAPACITY // 2 + 20))
    block = stakes.block(node, body)
    more = word + (3000 << 16 * node)
    for words, pages in (([more], []), ([more], show_lane([more], node).pages), ([word, 0], []), ([0], [root])):
        shown = (words, list(pages))
        assert stakes.refused(block, body, opening=shown) == ("WrongOpeningPhi", node, root)
    honest = show_lane([word], node)
    refused = stakes.refused(block, body, opening=(list(honest.words), list(honest.pages)))
    assert refused[:3] == ("BlockTooHeavy", node, CAPACITY // 2 + 20)


# Seeds


def test_reveals_go_one_layer_at_a_time(stakes: Stakes) -> None:
    """Skipping a layer, or showing one again, would be a choice between seeds."""
    stakes.win(0)
    stakes.next_draw([0])
    onion = stakes.onions[0]
    tip = stakes.ledger.read("tipOf", 0)
    for reveal in (onion._layers[-2], tip, b"\0" * 32):
        assert stakes.refused(stakes.block(0, reveal=reveal)) == ("WrongReveal", 0, reveal, tip)
    stakes.ledger.send("submitBlock", *stakes.submission(stakes.block(0)))


def test_a_late_block_of_the_last_term_has_no_choice_of_onions(stakes: Stakes) -> None:
    """Its reveal goes into the seed of a term that has begun; a commit in between would put another in its place."""
    begins = stakes.term
    late = None
    while late is None:
        stakes.to_slot(begins * TERM_SLOTS + GRACE_SLOTS)
        fresh = Onion(bytes([begins]) * 32, 3)
        stakes.send("commit", 0, fresh.tip, node=0)
        begins += 2
        for slot in range(begins * TERM_SLOTS - GRACE_SLOTS, begins * TERM_SLOTS):
            stakes.to_slot(slot)
            if late is None and stakes.drawn(slot, 0):
                late = stakes.block(0)
        old, stakes.onions[0] = stakes.onions[0], fresh
    stakes.to_slot(begins * TERM_SLOTS)
    refused = stakes.failure("commit", 0, b"\x08" * 32, sender=5000)
    assert refused == ("CommitTooSoon", 0, begins * TERM_SLOTS + GRACE_SLOTS)
    with_the_new = replace(late, reveal=fresh.next())
    assert stakes.refused(with_the_new) == ("WrongReveal", 0, fresh.next(), old.tip)
    stakes.ledger.send("submitBlock", *stakes.submission(late))
    assert stakes.ledger.read("tipOf", 0) == fresh.tip


# Stake that should answer for what it did


def test_stake_that_counted_answers_through_all_its_way_out(stakes: Stakes) -> None:
    """Two blocks for the last slot in which the stake counts, shown at the last moment before it is paid."""
    at = stakes.term
    stakes.send("exit", 0, STAKES[0], node=0)
    stakes.to_slot((at + 2) * TERM_SLOTS - 1)
    assert stakes.ledger.read("stakeOf", 0, stakes.term) == STAKES[0]
    evidence = pair(stakes, 0)
    for term in range(at + 2, at + 2 + EXIT_TERMS):
        stakes.to_term(term)
        assert stakes.ledger.read("stakeOf", 0, term) == 0
        assert stakes.failure("withdraw", 0, sender=5000)[0] == "ExitNotOver"
    stakes.to_slot((at + 2 + EXIT_TERMS) * TERM_SLOTS - 1)
    before = stakes.chain.evm.get_balance(stakes.ledger.address)
    stakes.ledger.send("slash", *evidence, sender=REPORTER)
    assert before - stakes.chain.evm.get_balance(stakes.ledger.address) == STAKES[0]
    stakes.to_term(stakes.term + 1)
    assert stakes.failure("withdraw", 0, sender=5000) == ("NothingToWithdraw", 0)


def test_leaving_in_parts_or_staking_anew_shortens_no_exit(stakes: Stakes) -> None:
    at, half = stakes.term, STAKES[0] // 2
    stakes.send("exit", 0, half, node=0)
    stakes.to_term(at + 1 + EXIT_TERMS)
    stakes.send("exit", 0, half, node=0)
    stakes.deposit(0, 5)
    stakes.to_term(at + 2 + EXIT_TERMS)  # the first half alone would be out
    assert stakes.failure("withdraw", 0)[0] == "ExitNotOver"
    stakes.ledger.send("slash", *pair(stakes, 0), sender=REPORTER)
    assert stakes.chain.evm.get_balance(REPORTER) == (STAKES[0] + 5) // 10


def test_who_was_paid_before_the_evidence_lost_nothing_and_stakes_no_more(stakes: Stakes) -> None:
    evidence = pair(stakes, 0)
    stakes.send("exit", 0, STAKES[0], node=0)
    stakes.to_term(stakes.term + 2 + EXIT_TERMS)
    stakes.send("withdraw", 0, node=0)
    held = stakes.chain.evm.get_balance(stakes.ledger.address)
    stakes.ledger.send("slash", *evidence, sender=REPORTER)
    assert stakes.chain.evm.get_balance(REPORTER) == 0
    assert stakes.chain.evm.get_balance(stakes.ledger.address) == held
    assert stakes.failure("deposit", 0, 5, sender=5000, value=5) == ("NodeSlashed", 0)


def test_copied_evidence_rewards_whoever_comes_first(stakes: Stakes) -> None:
    """Evidence names no reporter: the reward can be stolen from who found it, but it is paid once, and all is lost."""
    evidence = pair(stakes, 0)
    held = stakes.chain.evm.get_balance(stakes.ledger.address)
    stakes.ledger.send("slash", *evidence, sender=THIEF)
    assert stakes.failure("slash", *evidence, sender=77) == ("NodeSlashed", 0)
    assert stakes.chain.evm.get_balance(THIEF) == STAKES[0] // 10
    assert stakes.chain.evm.get_balance(REPORTER) == 0
    assert stakes.chain.evm.get_balance(stakes.ledger.address) == held - STAKES[0]


def test_who_shows_its_own_evidence_saves_a_tenth_and_no_more(stakes: Stakes) -> None:
    before = stakes.chain.evm.get_balance(address(5000))
    stakes.send("slash", *pair(stakes, 0), node=0)
    assert stakes.chain.evm.get_balance(address(5000)) - before == STAKES[0] // 10


def test_a_new_key_judges_what_the_old_one_signed_and_nobody_else_can_set_it(stakes: Stakes) -> None:
    """An owner who changes a key lets earlier pairs off, and the new key alone answers, with the old staker's stake."""
    evidence = pair(stakes, 0)
    with pytest.raises(Reverted, match="reverted") as refused:
        stakes.scene.oracle.send("setMiner", 0, address(5099), sender=address(5000))
    assert refused.value.name == "OwnableUnauthorizedAccount"
    stakes.scene.oracle.send("setMiner", 0, address(5099))
    assert stakes.failure("slash", *evidence)[:2] == ("NotSignedBy", 0)
    assert stakes.failure("withdraw", 0, sender=5099) == ("NothingToWithdraw", 0)
    one = stakes.block(0)
    other = replace(one, body=OTHER_BODY)
    by_new = (astuple(one), stakes.signature(one, 5099), astuple(other), stakes.signature(other, 5099))
    stakes.ledger.send("slash", *by_new, sender=REPORTER)
    assert stakes.ledger.read("stakerOf", 0) == address(5000)


# Contracts that call back, and tokens that take a fee


def hostile_staker(*, token: bool) -> tuple[Stakes, Hostile]:
    """A ledger of which node 0's key is the hostile account, which stakes its own token or the coin."""
    made = Stakes(token=COIN)
    hostile = Hostile(made.chain, address(OWNER))
    if token:
        rounds, setup = made.setup
        made.setup = (rounds, (hostile.address, *setup[1:]))
        made.ledger = made.chain.deploy("StakeLedger", *made.setup, sender=made.scene.owner)
        made.token = hostile
        hostile.send("mint", hostile.address, 1000)
        hostile.send("mint", address(5001), 1000)
    made.chain.evm.set_balance(address(OWNER), 10**24)
    made.scene.oracle.send("setMiner", 0, hostile.address)
    return made, hostile


@pytest.mark.parametrize("function", ["withdraw", "deposit", "slash"])
def test_a_receiver_that_calls_back_is_paid_once(function: str) -> None:
    made, hostile = hostile_staker(token=False)
    made.deposit(1, 10**18)
    hostile.act(made.ledger, "deposit", 0, 100, value=100)
    hostile.act(made.ledger, "exit", 0, 100)
    made.to_term(2 + EXIT_TERMS)
    arguments = {"withdraw": (0,), "deposit": (0, 0), "slash": pair(made, 1)}[function]
    hostile.arm(made.ledger, function, *arguments)
    made.ledger.send("withdraw", 0, sender=THIEF)
    assert hostile.struck() == (1, False, REENTRANCY)
    assert made.chain.evm.get_balance(hostile.address) == 100
    assert made.chain.evm.get_balance(made.ledger.address) == 10**18


def test_a_reporter_that_calls_back_is_rewarded_once(stakes: Stakes) -> None:
    hostile = Hostile(stakes.chain, address(OWNER))
    held = stakes.chain.evm.get_balance(stakes.ledger.address)
    hostile.arm(stakes.ledger, "slash", *pair(stakes, 1))
    hostile.act(stakes.ledger, "slash", *pair(stakes, 0))
    assert hostile.struck() == (1, False, REENTRANCY)
    assert stakes.chain.evm.get_balance(hostile.address) == STAKES[0] // 10
    assert stakes.chain.evm.get_balance(stakes.ledger.address) == held - STAKES[0]


@pytest.mark.parametrize("function", ["deposit", "withdraw"])
def test_a_token_that_calls_back_is_staked_as_far_as_it_came(function: str) -> None:
    made, hostile = hostile_staker(token=True)
    hostile.arm(made.ledger, function, *((0, 100) if function == "deposit" else (0,)))
    hostile.act(made.ledger, "deposit", 0, 100)
    assert hostile.struck() == (1, False, REENTRANCY)
    made.to_term(2)
    assert made.ledger.read("stakeOf", 0, 2) == hostile.read("balanceOf", made.ledger.address) == 100


def test_an_exit_from_within_a_deposit_takes_out_what_was_there_before(stakes: Stakes) -> None:
    """It is not guarded: it moves no money, and the deposit under way is added after it."""
    made, hostile = hostile_staker(token=True)
    hostile.act(made.ledger, "deposit", 0, 60)
    hostile.arm(made.ledger, "exit", 0, 61)
    hostile.act(made.ledger, "deposit", 0, 100)
    assert hostile.struck()[:2] == (1, False)
    hostile.arm(made.ledger, "exit", 0, 60)
    hostile.act(made.ledger, "deposit", 0, 100)
    assert hostile.struck()[:2] == (2, True)
    made.to_term(2 + EXIT_TERMS)
    made.ledger.send("withdraw", 0, sender=THIEF)
    assert made.ledger.read("totalStake", made.term) == hostile.read("balanceOf", made.ledger.address) == 200


def test_of_a_token_that_takes_a_fee_what_arrives_is_staked_and_each_gets_the_own_back() -> None:
    made, hostile = hostile_staker(token=True)
    hostile.send("setFee", 10)
    hostile.act(made.ledger, "deposit", 0, 1000)
    made.send("deposit", 1, 1000, node=1)
    assert hostile.read("balanceOf", made.ledger.address) == 1800
    assert made.failure("exit", 1, 901, sender=5001) == ("AmountTooLarge", 901, 900)
    hostile.act(made.ledger, "exit", 0, 900)
    made.send("exit", 1, 900, node=1)
    made.to_term(2 + EXIT_TERMS)
    for node in (0, 1):
        made.ledger.send("withdraw", node, sender=THIEF)
    assert hostile.read("balanceOf", made.ledger.address) == 0
    assert [hostile.read("balanceOf", who) for who in (hostile.address, address(5001))] == [810, 810]


def test_a_token_that_never_comes_is_not_staked() -> None:
    made, hostile = hostile_staker(token=True)
    hostile.send("setFee", 1)
    assert made.failure("deposit", 1, 100, sender=5001) == ("WrongAmount", 100, 0)
    # An address without code is no token.
    rounds, setup = made.setup
    made.ledger = made.chain.deploy("StakeLedger", rounds, (address(4242), *setup[1:]), sender=made.scene.owner)
    with pytest.raises(Reverted) as refused:
        made.send("deposit", 1, 100, node=1)
    assert refused.value.data == keccak(b"TransferFromFailed()")[:4]
